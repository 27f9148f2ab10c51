// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IDrugProvenance} from "./IDrugProvenance.sol";
import {Gtin, LotId} from "./Lot.sol";
import {Lots} from "./Lots.sol";

/// @title Quarantine, recall and correction: one write whatever the lot's size
abstract contract Safety is Lots {
    /// @inheritdoc IDrugProvenance
    function quarantineLot(
        address actor,
        Gtin gtin,
        address maker,
        bytes32 lotDigest,
        bytes32 reasonDigest
    ) external {
        _requireController(actor, msg.sender);
        LotId lot = _lotIdOf(gtin, maker, lotDigest);
        StoredLot storage stored = _known(lot);
        uint8 stop = _stopOf(actor, gtin, maker);
        uint8 flags = stored.flags;
        require(flags & RECALLED == 0, LotIsRecalled(lot));
        require(flags & stop == 0, LotIsQuarantined(lot));

        stored.flags = flags | stop;

        emit LotQuarantined(lot, actor, reasonDigest);
    }

    /// @inheritdoc IDrugProvenance
    function releaseLot(
        address actor,
        Gtin gtin,
        address maker,
        bytes32 lotDigest,
        bytes32 reasonDigest
    ) external {
        _requireController(actor, msg.sender);
        LotId lot = _lotIdOf(gtin, maker, lotDigest);
        StoredLot storage stored = _known(lot);
        uint8 flags = stored.flags;
        uint8 releasable = _releasableBy(actor, gtin, maker, flags);
        require(flags & releasable != 0, LotNotQuarantined(lot));

        stored.flags = flags & ~releasable;

        emit LotReleased(lot, actor, reasonDigest);
    }

    /// @inheritdoc IDrugProvenance
    function recallLot(
        address actor,
        Gtin gtin,
        address maker,
        bytes32 lotDigest,
        bytes32 reasonDigest
    ) external {
        _requireController(actor, msg.sender);
        LotId lot = _lotIdOf(gtin, maker, lotDigest);
        StoredLot storage stored = _known(lot);
        if (!_isItsMaker(actor, gtin, maker)) _stopOf(actor, gtin, maker);
        uint8 flags = stored.flags;
        require(flags & RECALLED == 0, LotIsRecalled(lot));

        stored.flags = flags | RECALLED;

        emit LotRecalled(lot, actor, reasonDigest);
    }

    /// @inheritdoc IDrugProvenance
    function correctEvent(
        address actor,
        LotId lot,
        bytes32 wrongEvent,
        bytes32 replacement,
        bytes32 reasonDigest
    ) external {
        _requireController(actor, msg.sender);
        _known(lot);

        emit EventCorrected(lot, wrongEvent, actor, replacement, reasonDigest);
    }

    /// @return The flag that `actor` sets.
    function _stopOf(address actor, Gtin gtin, address maker) private view returns (uint8) {
        if (actor == _holderOf(gtin)) return QUARANTINED_BY_HOLDER;
        if (_isItsMaker(actor, gtin, maker)) return QUARANTINED_BY_MAKER;
        require(_isRegulator(actor), NotProductAuthority(gtin, actor));
        return QUARANTINED_BY_REGULATOR;
    }

    /// @dev The holder stands above its makers, and neither above regulators: a maker must not let go what its holder
    /// stopped, and a maker's stop must not outlive the maker. Any regulator stops any lot, for a danger knows no
    /// border; what one stopped, only one that may amend the product lets go: else any regulator's key, wherever
    /// stolen, would undo every other's stop. Who stands in several places lets go what each of them may.
    /// @return releasable The flags that `actor` clears.
    function _releasableBy(address actor, Gtin gtin, address maker, uint8 flags)
        private
        view
        returns (uint8 releasable)
    {
        if (actor == _holderOf(gtin)) {
            releasable = QUARANTINED_BY_HOLDER | QUARANTINED_BY_MAKER;
        } else if (_isItsMaker(actor, gtin, maker)) {
            releasable = QUARANTINED_BY_MAKER;
        }
        if (releasable != 0 && flags & QUARANTINED_BY_REGULATOR == 0) return releasable;
        if (_isRegulator(actor) && _mayAmend(actor, _registrarOf(gtin))) {
            return releasable | QUARANTINED_BY_REGULATOR;
        }
        require(releasable != 0, NotProductAuthority(gtin, actor));
    }

    /// @dev Who is no longer permitted has lost its say: that is how a maker gone bad is stopped.
    function _isItsMaker(address actor, Gtin gtin, address maker) private view returns (bool) {
        return actor == maker && _isPermitted(gtin, actor);
    }
}
