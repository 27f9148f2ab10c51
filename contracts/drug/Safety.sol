// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IDrugProvenance} from "./IDrugProvenance.sol";
import {Gtin, LotId, Range} from "./Lot.sol";
import {Lots} from "./Lots.sol";
import {Ranges} from "./Ranges.sol";

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
    function quarantinePacks(
        address actor,
        Gtin gtin,
        address maker,
        bytes32 lotDigest,
        Range calldata range,
        bytes32 reasonDigest
    ) external {
        _requireController(actor, msg.sender);
        LotId lot = _lotIdOf(gtin, maker, lotDigest);
        StoredLot storage stored = _known(lot);
        uint8 stop = _stopOf(actor, gtin, maker);

        _stopRange(lot, stored, range, stop);

        emit PacksQuarantined(lot, actor, range.first, range.last, reasonDigest);
    }

    /// @inheritdoc IDrugProvenance
    function releasePacks(
        address actor,
        Gtin gtin,
        address maker,
        bytes32 lotDigest,
        Range calldata range,
        bytes32 reasonDigest
    ) external {
        _requireController(actor, msg.sender);
        LotId lot = _lotIdOf(gtin, maker, lotDigest);
        _known(lot);
        Ranges ranges = _ranges[lot];
        uint256 place = ranges.placeOf(range);
        uint8 stops = ranges.stopsOf(place);
        uint8 releasable = _releasableBy(actor, gtin, maker, stops);
        require(stops & releasable != 0, RangeNotQuarantined(lot, range.first, range.last));

        _ranges[lot] = ranges.withoutStops(place, releasable);

        emit PacksReleased(lot, actor, range.first, range.last, reasonDigest);
    }

    /// @inheritdoc IDrugProvenance
    function recallPacks(
        address actor,
        Gtin gtin,
        address maker,
        bytes32 lotDigest,
        Range calldata range,
        bytes32 reasonDigest
    ) external {
        _requireController(actor, msg.sender);
        LotId lot = _lotIdOf(gtin, maker, lotDigest);
        StoredLot storage stored = _known(lot);
        if (!_isItsMaker(actor, gtin, maker)) _stopOf(actor, gtin, maker);

        _stopRange(lot, stored, range, RECALLED);

        emit PacksRecalled(lot, actor, range.first, range.last, reasonDigest);
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

    /// @notice Stops a range that is one of the lot, unless it is recalled or stopped like this already.
    function _stopRange(LotId lot, StoredLot storage stored, Range calldata range, uint8 stop)
        private
    {
        (uint8 flags, uint256 quantity) = (stored.flags, stored.quantity);
        require(
            range.first <= range.last && range.last < quantity,
            RangeInvalid(lot, range.first, range.last, quantity)
        );
        require(flags & RECALLED == 0, LotIsRecalled(lot));
        Ranges ranges = _ranges[lot];
        uint8 stops = ranges.stopsOf(ranges.placeOf(range));
        require(stops & (stop | RECALLED) == 0, RangeIsStopped(lot, range.first, range.last, stops));

        _ranges[lot] = ranges.withStop(lot, range, stop);
        if (flags & RANGED == 0) stored.flags = flags | RANGED;
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
}
