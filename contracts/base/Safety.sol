// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IDrugProvenance} from "../interfaces/IDrugProvenance.sol";
import {Gtin, LotId} from "../types/Lot.sol";
import {Lots} from "./Lots.sol";

// slither-disable-start timestamp -- flags and names are compared, the time beside them in the slot is not

/// @notice Quarantine, recall and correction: one write whatever the lot's size.
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
        (uint8 stop,) = _standingOf(actor, gtin, maker);
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
        (uint8 stop, uint8 releasable) = _standingOf(actor, gtin, maker);
        if (stop == QUARANTINED_BY_REGULATOR) _requireMayRelease(actor, gtin);
        uint8 flags = stored.flags;
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
        if (!_isItsMaker(actor, gtin, maker)) _standingOf(actor, gtin, maker);
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

    /// @dev Any regulator stops any lot, for a danger knows no border. What one stopped, only one that may amend the
    /// product lets go: else any regulator's key, wherever stolen, would undo every other's stop.
    function _requireMayRelease(address regulator, Gtin gtin) private view {
        require(_mayAmend(regulator, _registrarOf(gtin)), NotProductAuthority(gtin, regulator));
    }

    /// @dev The holder stands above its makers, and neither above regulators: a maker must not let go what its holder
    /// stopped, and a maker's stop must not outlive the maker.
    /// @return stop The flag that `actor` sets.
    /// @return releasable The flags that `actor` clears.
    function _standingOf(address actor, Gtin gtin, address maker)
        private
        view
        returns (uint8 stop, uint8 releasable)
    {
        if (actor == _holderOf(gtin)) {
            return (QUARANTINED_BY_HOLDER, QUARANTINED_BY_HOLDER | QUARANTINED_BY_MAKER);
        }
        if (_isItsMaker(actor, gtin, maker)) return (QUARANTINED_BY_MAKER, QUARANTINED_BY_MAKER);
        require(_isRegulator(actor), NotProductAuthority(gtin, actor));
        return (QUARANTINED_BY_REGULATOR, QUARANTINED_BY_REGULATOR);
    }

    /// @dev Who is no longer permitted has lost its say: that is how a maker gone bad is stopped.
    function _isItsMaker(address actor, Gtin gtin, address maker) private view returns (bool) {
        return actor == maker && _isPermitted(gtin, actor);
    }
}
// slither-disable-end timestamp
