// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {MerkleTree} from "../shared/MerkleTree.sol";
import {IDrugProvenance} from "./IDrugProvenance.sol";
import {Flag, Gtin, LotId, Pack, PackProof, Reason} from "./Lot.sol";
import {Lots} from "./Lots.sol";

/// @title Single packs: the end of a serial, its undoing, and what the authorisation holder says of it
abstract contract Packs is Lots {
    /// @inheritdoc IDrugProvenance
    uint256 public constant UNDO_WINDOW = 10 days;

    mapping(LotId lot => mapping(uint256 index => Pack pack)) private _packs;

    /// @inheritdoc IDrugProvenance
    function packOf(LotId lot, uint256 index) external view returns (Pack memory) {
        return _packs[lot][index];
    }

    /// @inheritdoc IDrugProvenance
    function verifyPack(LotId lot, PackProof calldata pack) external view returns (bool) {
        StoredLot storage stored = _known(lot);
        return _isInLot(stored.serialRoot, stored.quantity, pack);
    }

    /// @inheritdoc IDrugProvenance
    function decommissionPack(address partner, LotId lot, PackProof calldata pack, Reason reason)
        external
    {
        _requireController(partner, msg.sender);
        StoredLot storage stored = _known(lot);
        bool ranged = _requireMayEnd(partner, lot, stored, reason);
        if (ranged) _requireUnstopped(lot, pack.index, RECALLED | QUARANTINED);

        _debit(lot, partner, 1);
        _end(partner, lot, stored.serialRoot, stored.quantity, pack, reason);
    }

    /// @inheritdoc IDrugProvenance
    function decommissionPacks(
        address partner,
        LotId lot,
        PackProof[] calldata packs,
        Reason reason
    ) external {
        _requireController(partner, msg.sender);
        StoredLot storage stored = _known(lot);
        bool ranged = _requireMayEnd(partner, lot, stored, reason);
        require(packs.length != 0, PackBatchEmpty());

        _debit(lot, partner, packs.length);
        (bytes32 root, uint256 quantity) = (stored.serialRoot, stored.quantity);
        for (uint256 i = 0; i < packs.length; ++i) {
            if (ranged) _requireUnstopped(lot, packs[i].index, RECALLED | QUARANTINED);
            _end(partner, lot, root, quantity, packs[i], reason);
        }
    }

    /// @inheritdoc IDrugProvenance
    function decommissionQuantity(
        address partner,
        LotId lot,
        uint256 quantity,
        Reason reason,
        bytes32 contentsRoot,
        bytes32 eventHash
    ) external {
        _requireController(partner, msg.sender);
        StoredLot storage stored = _known(lot);
        bool ranged = _requireMayEnd(partner, lot, stored, reason);
        if (ranged) require(_ranges[lot].isEmpty(), PackNotShown(lot));
        require(quantity != 0, PackBatchEmpty());

        _debit(lot, partner, quantity);

        emit QuantityDecommissioned(lot, partner, quantity, reason, contentsRoot, eventHash);
    }

    /// @inheritdoc IDrugProvenance
    function restorePack(address partner, LotId lot, uint256 index) external {
        _requireController(partner, msg.sender);
        Pack memory pack = _packs[lot][index];
        require(pack.reason != Reason.None, PackNotDecommissioned(lot, index));
        require(pack.by == partner, PackUndoNotSameParty(lot, index, pack.by));
        require(_isReversible(pack.reason), PackReasonFinal(lot, index, pack.reason));
        uint256 closedAt = uint256(pack.decommissionedAt) + UNDO_WINDOW;
        require(block.timestamp < closedAt, PackUndoClosed(lot, index, closedAt));
        StoredLot storage stored = _known(lot);
        _requireCurrent(lot, stored);
        if (stored.flags & RANGED != 0) _requireUnstopped(lot, index, RECALLED);

        delete _packs[lot][index];
        _credit(lot, partner, 1);

        emit PackRestored(lot, index, partner);
    }

    /// @inheritdoc IDrugProvenance
    function reinstatePack(
        address holder,
        Gtin gtin,
        address maker,
        bytes32 lotDigest,
        uint256 index
    ) external {
        _requireController(holder, msg.sender);
        LotId lot = _lotIdOf(gtin, maker, lotDigest);
        require(holder == _holderOf(gtin), NotProductAuthority(gtin, holder));
        Pack memory pack = _packs[lot][index];
        require(pack.reason != Reason.None, PackNotDecommissioned(lot, index));
        require(!_isReversible(pack.reason), PackReasonInvalid(pack.reason));

        _packs[lot][index] = Pack(address(0), 0, Reason.None, pack.flag);
        _credit(lot, pack.by, 1);

        emit PackRestored(lot, index, holder);
    }

    /// @inheritdoc IDrugProvenance
    function flagPack(
        address holder,
        Gtin gtin,
        address maker,
        bytes32 lotDigest,
        PackProof calldata pack,
        Flag flag
    ) external {
        _requireController(holder, msg.sender);
        LotId lot = _lotIdOf(gtin, maker, lotDigest);
        StoredLot storage stored = _known(lot);
        require(holder == _holderOf(gtin), NotProductAuthority(gtin, holder));
        Pack memory current = _requireInChain(lot, stored.serialRoot, stored.quantity, pack);
        require(current.flag != Flag.Stolen, PackIsFlagged(lot, pack.index, Flag.Stolen));
        require(current.flag != flag, PackFlagUnchanged(lot, pack.index, flag));

        _packs[lot][pack.index].flag = flag;

        emit PackFlagged(lot, pack.index, holder, flag);
    }

    /// @dev Putting medicine into somebody's hands needs a sound lot and a licence in force. Getting rid of it needs
    /// neither: whoever is left with packs must be able to.
    /// @return ranged Whether ranges of the lot are stopped that the pack must not stand in.
    function _requireMayEnd(address partner, LotId lot, StoredLot storage stored, Reason reason)
        private
        view
        returns (bool ranged)
    {
        require(reason != Reason.None, PackReasonInvalid(reason));
        if (!_isReversible(reason)) return false;
        _requireSound(lot, stored);
        if (reason == Reason.Dispensed) _requireDispenser(partner);
        else _requirePartner(partner);
        return stored.flags & RANGED != 0;
    }

    /// @notice Refuses a pack in a range with any of these stops.
    function _requireUnstopped(LotId lot, uint256 index, uint8 refused) private view {
        uint8 stops = _ranges[lot].stopsAt(index);
        require(stops & refused == 0, PackIsStopped(lot, index, stops));
    }

    function _end(
        address partner,
        LotId lot,
        bytes32 root,
        uint256 quantity,
        PackProof calldata pack,
        Reason reason
    ) private {
        Flag flag = _requireInChain(lot, root, quantity, pack).flag;
        require(flag == Flag.None || !_isReversible(reason), PackIsFlagged(lot, pack.index, flag));

        _packs[lot][pack.index] = Pack(partner, uint48(block.timestamp), reason, flag);

        emit PackDecommissioned(lot, pack.index, partner, reason);
    }

    function _requireInChain(LotId lot, bytes32 root, uint256 quantity, PackProof calldata pack)
        private
        view
        returns (Pack memory current)
    {
        require(_isInLot(root, quantity, pack), PackNotInLot(lot, pack.index));
        current = _packs[lot][pack.index];
        require(
            current.reason == Reason.None,
            PackDecommissionedAlready(
                lot, pack.index, current.by, current.decommissionedAt, current.reason
            )
        );
    }

    function _isInLot(bytes32 root, uint256 quantity, PackProof calldata pack)
        private
        view
        returns (bool)
    {
        return MerkleTree.includes(
            root, quantity, pack.index, MerkleTree.leafHash(pack.commitment), pack.proof
        );
    }

    function _isReversible(Reason reason) private pure returns (bool) {
        return reason <= Reason.CheckedOut;
    }
}
