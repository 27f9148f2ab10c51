// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IDrugProvenance} from "./IDrugProvenance.sol";
import {Gtin, Lot, LotId} from "./Lot.sol";
import {Products} from "./Products.sol";
import {Ranges} from "./Ranges.sol";

/// @title Lots: what they are, who holds how much of them, and whether they may move forward
abstract contract Lots is Products {
    /// @dev Two slots: a recall touches the second only, and all of it that a movement needs is there.
    struct StoredLot {
        bytes32 serialRoot;
        address maker;
        uint40 quantity;
        uint48 expiry;
        uint8 flags;
    }

    uint8 internal constant RECALLED = 1;
    uint8 internal constant QUARANTINED_BY_MAKER = 2;
    uint8 internal constant QUARANTINED_BY_HOLDER = 4;
    uint8 internal constant QUARANTINED_BY_REGULATOR = 8;
    uint8 internal constant QUARANTINED =
        QUARANTINED_BY_MAKER | QUARANTINED_BY_HOLDER | QUARANTINED_BY_REGULATOR;

    /// @dev Its maker declared that there is no such lot.
    uint8 internal constant VOID = 16;
    /// @dev Ranges of it were stopped: without this bit nobody looks for them.
    uint8 internal constant RANGED = 32;

    mapping(LotId lot => mapping(address partner => uint256 packs)) private _held;
    mapping(LotId lot => StoredLot stored) private _lots;
    mapping(LotId lot => Ranges ranges) internal _ranges;

    /// @inheritdoc IDrugProvenance
    function lotIdOf(Gtin gtin, address maker, bytes32 lotDigest) external pure returns (LotId) {
        return _lotIdOf(gtin, maker, lotDigest);
    }

    /// @inheritdoc IDrugProvenance
    function lotOf(LotId lot) external view returns (Lot memory) {
        StoredLot memory stored = _lots[lot];
        return Lot({
            serialRoot: stored.serialRoot,
            maker: stored.maker,
            quantity: stored.quantity,
            expiry: stored.expiry,
            recalled: stored.flags & RECALLED != 0,
            quarantinedByMaker: stored.flags & QUARANTINED_BY_MAKER != 0,
            quarantinedByHolder: stored.flags & QUARANTINED_BY_HOLDER != 0,
            quarantinedByRegulator: stored.flags & QUARANTINED_BY_REGULATOR != 0,
            voided: stored.flags & VOID != 0
        });
    }

    /// @inheritdoc IDrugProvenance
    function stopsAt(LotId lot, uint256 index) external view returns (uint8) {
        return _lots[lot].flags & (RECALLED | QUARANTINED) | _ranges[lot].stopsAt(index);
    }

    /// @inheritdoc IDrugProvenance
    function heldBy(LotId lot, address partner) external view returns (uint256) {
        return _held[lot][partner];
    }

    /// @inheritdoc IDrugProvenance
    function commissionLot(
        address maker,
        Gtin gtin,
        bytes32 lotDigest,
        uint256 expiry,
        uint256 quantity,
        bytes32 serialRoot,
        bytes32 eventHash
    ) external returns (LotId lot) {
        _requireController(maker, msg.sender);
        require(_isPermitted(gtin, maker), MakerNotPermitted(gtin, maker));
        _requireManufacturer(maker);
        lot = _lotIdOf(gtin, maker, lotDigest);
        if (_lots[lot].maker != address(0)) _refuseTaken(lot);
        require(quantity != 0, LotZeroQuantity());
        require(quantity <= type(uint40).max, LotTooLarge(quantity, type(uint40).max));
        require(expiry > block.timestamp, LotExpired(lot, expiry));
        require(expiry <= type(uint48).max, LotExpiryTooFar(expiry, type(uint48).max));
        require(serialRoot != 0, LotZeroRoot());

        _lots[lot] = StoredLot(serialRoot, maker, uint40(quantity), uint48(expiry), 0);
        _credit(lot, maker, quantity);

        emit LotCommissioned(lot, gtin, maker, lotDigest, expiry, quantity, serialRoot, eventHash);
    }

    /// @inheritdoc IDrugProvenance
    function voidLot(address maker, Gtin gtin, bytes32 lotDigest, bytes32 reasonDigest) external {
        _requireController(maker, msg.sender);
        LotId lot = _lotIdOf(gtin, maker, lotDigest);
        StoredLot storage stored = _known(lot);
        require(stored.flags & VOID == 0, LotIsVoid(lot));
        uint256 held = _held[lot][maker];
        require(held == stored.quantity, LotHasLeft(lot, held, stored.quantity));

        stored.flags |= VOID;
        _held[lot][maker] = 0;

        emit LotVoided(lot, maker, reasonDigest);
    }

    function _lotIdOf(Gtin gtin, address maker, bytes32 lotDigest) internal pure returns (LotId) {
        return LotId.wrap(keccak256(abi.encode(gtin, maker, lotDigest)));
    }

    /// @dev Who is no longer permitted has lost its say: that is how a maker gone bad is stopped.
    function _isItsMaker(address actor, Gtin gtin, address maker) internal view returns (bool) {
        return actor == maker && _isPermitted(gtin, actor);
    }

    function _known(LotId lot) internal view returns (StoredLot storage stored) {
        stored = _lots[lot];
        require(stored.maker != address(0), LotUnknown(lot));
    }

    /// @notice A lot that is neither void, recalled nor expired.
    function _requireCurrent(LotId lot, StoredLot storage stored) internal view {
        (uint8 flags, uint48 expiry) = (stored.flags, stored.expiry);
        if (flags & (RECALLED | VOID) != 0) _refuseEnded(lot, flags);
        require(block.timestamp < expiry, LotExpired(lot, expiry));
    }

    function _isSound(StoredLot storage stored) internal view returns (bool) {
        (uint8 flags, uint48 expiry) = (stored.flags, stored.expiry);
        return flags & (RECALLED | VOID | QUARANTINED) == 0 && block.timestamp < expiry;
    }

    /// @notice A lot that may move forward and be dispensed; others only go back.
    function _requireSound(LotId lot, StoredLot storage stored) internal view {
        if (!_isSound(stored)) _refuseUnsound(lot, stored);
    }

    function _refuseUnsound(LotId lot, StoredLot storage stored) internal view {
        _requireCurrent(lot, stored);
        revert LotIsQuarantined(lot);
    }

    function _refuseEnded(LotId lot, uint8 flags) private pure {
        require(flags & VOID == 0, LotIsVoid(lot));
        revert LotIsRecalled(lot);
    }

    function _refuseTaken(LotId lot) private view {
        require(_lots[lot].flags & VOID == 0, LotIsVoid(lot));
        revert LotExists(lot);
    }

    /// @dev Cannot overflow: all that is ever credited of a lot was commissioned, fewer than 2^40 packs.
    function _credit(LotId lot, address partner, uint256 packs) internal {
        _held[lot][partner] += packs;
    }

    function _debit(LotId lot, address partner, uint256 packs) internal {
        uint256 held = _held[lot][partner];
        require(held >= packs, LotInsufficient(lot, partner, held, packs));

        _held[lot][partner] = held - packs;
    }
}
