// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {Flag, Gtin, LotId, Reason, Shipment, ShipmentStatus} from "../../../contracts/drug/Lot.sol";
import {Test} from "../base/Test.sol";

/// @title What should be true of the supply chain: a second, naive book of all lots, shipments and packs
/// @notice Written from the rules, not from the contract: sums where the contract has none, structs where it packs.
abstract contract DrugModel is Test {
    struct ModelLot {
        LotId id;
        uint256 product;
        address maker;
        uint256 quantity;
        uint256 expiry;
        bool recalled;
        bool stoppedByMaker;
        bool stoppedByHolder;
        bool stoppedByRegulator;
        uint256 writtenOff;
        bool voided;
    }

    struct ModelRange {
        uint256 first;
        uint256 last;
        uint8 stops;
    }

    struct ModelShipment {
        Shipment details;
        uint256 lot;
        uint256 inTransit;
        uint256 shippedAt;
        ShipmentStatus status;
    }

    struct ModelPack {
        address by;
        uint256 endedAt;
        Reason reason;
        Flag flag;
    }

    ModelLot[] internal lots;
    ModelShipment[] internal shipments;
    mapping(uint256 lot => mapping(address partner => uint256 packs)) internal heldBy;
    mapping(uint256 lot => mapping(uint256 index => ModelPack pack)) internal packs;
    mapping(uint256 lot => ModelRange[]) internal ranges;
    mapping(uint256 product => address holder) internal holderOf;
    mapping(uint256 product => mapping(address maker => bool permitted)) internal permitted;
    mapping(address identity => bool accredited) internal accredited;
    mapping(address identity => bool dispenses) internal dispenses;
    mapping(address identity => bool makes) internal makes;
    mapping(address identity => bool processes) internal processes;

    function isSound(uint256 lot) internal view returns (bool) {
        ModelLot storage l = lots[lot];
        bool stopped = l.stoppedByMaker || l.stoppedByHolder || l.stoppedByRegulator;
        return !l.recalled && !stopped && time() < l.expiry;
    }

    /// @notice What stops a pack by the ranges that it stands in: 1 recalled, 2, 4, 8 by maker, holder, regulator.
    function rangeStops(uint256 lot, uint256 index) internal view returns (uint8 stops) {
        for (uint256 i = 0; i < ranges[lot].length; ++i) {
            ModelRange storage r = ranges[lot][i];
            if (r.first <= index && index <= r.last) stops |= r.stops;
        }
    }

    function mayVoid(uint256 lot) internal view returns (bool) {
        return !lots[lot].voided && heldBy[lot][lots[lot].maker] == lots[lot].quantity;
    }

    function goesBack(uint256 lot, address to) internal view returns (bool) {
        (uint256 product, address maker) = (lots[lot].product, lots[lot].maker);
        return (to == maker && permitted[product][maker]) || to == holderOf[product];
    }

    function mayCommission(uint256 product, address maker) internal view returns (bool) {
        return permitted[product][maker] && makes[maker] && accredited[maker];
    }

    function mayShip(uint256 lot, address from, address to, uint256 quantity)
        internal
        view
        returns (bool)
    {
        bool way = goesBack(lot, to) || (isSound(lot) ? accredited[from] : processes[to]);
        return way && accredited[to] && from != to && quantity != 0 && heldBy[lot][from] >= quantity;
    }

    function mayReceive(uint256 shipment, uint256 counted) internal view returns (bool) {
        ModelShipment storage s = shipments[shipment];
        bool way = goesBack(s.lot, s.details.to) || isSound(s.lot) || processes[s.details.to];
        return isOpen(shipment) && way && accredited[s.details.to] && counted != 0
            && counted <= s.inTransit;
    }

    function mayTakeBack(uint256 shipment) internal view returns (bool) {
        ModelShipment storage s = shipments[shipment];
        return s.inTransit != 0 && (s.status == ShipmentStatus.Rejected || isOverdue(shipment));
    }

    function mayWriteOff(uint256 shipment, Reason reason) internal view returns (bool) {
        ModelShipment storage s = shipments[shipment];
        bool final_ = reason == Reason.Destroyed || reason == Reason.Stolen || reason == Reason.Lost;
        bool given = s.status == ShipmentStatus.Rejected || s.status == ShipmentStatus.Disputed;
        return final_ && s.inTransit != 0 && (given || isOverdue(shipment));
    }

    function mayEnd(uint256 lot, address partner, uint256 index, Reason reason)
        internal
        view
        returns (bool)
    {
        ModelPack storage pack = packs[lot][index];
        bool free = reason == Reason.Destroyed || reason == Reason.Stolen || reason == Reason.Lost;
        if (reason == Reason.Dispensed) free = accredited[partner] && dispenses[partner];
        bool back = reason <= Reason.CheckedOut;
        if (back && reason != Reason.Dispensed) free = accredited[partner];
        if (back) {
            free = free && isSound(lot) && pack.flag == Flag.None && rangeStops(lot, index) == 0;
        }
        return free && reason != Reason.None && index < lots[lot].quantity
            && pack.reason == Reason.None && heldBy[lot][partner] >= 1;
    }

    function mayEndQuantity(uint256 lot, address partner, uint256 quantity, Reason reason)
        internal
        view
        returns (bool)
    {
        bool free = accredited[partner] && isSound(lot) && ranges[lot].length == 0;
        if (reason == Reason.Dispensed) free = free && dispenses[partner];
        if (reason == Reason.Destroyed || reason == Reason.Stolen || reason == Reason.Lost) {
            free = true;
        }
        return free && reason != Reason.None && quantity != 0 && heldBy[lot][partner] >= quantity;
    }

    function mayRestore(uint256 lot, address partner, uint256 index) internal view returns (bool) {
        ModelPack storage pack = packs[lot][index];
        bool reversible = pack.reason != Reason.None && pack.reason <= Reason.CheckedOut
            && rangeStops(lot, index) & 1 == 0;
        return reversible && pack.by == partner && time() < pack.endedAt + 10 days
            && !lots[lot].recalled && time() < lots[lot].expiry;
    }

    function mayReinstate(uint256 lot, uint256 index) internal view returns (bool) {
        return packs[lot][index].reason >= Reason.Destroyed;
    }

    function isOpen(uint256 shipment) internal view returns (bool) {
        ShipmentStatus status = shipments[shipment].status;
        return status == ShipmentStatus.InTransit || status == ShipmentStatus.Disputed;
    }

    function isOverdue(uint256 shipment) internal view returns (bool) {
        return time() >= shipments[shipment].shippedAt + 90 days;
    }

    function time() internal view returns (uint256) {
        return vm.getBlockTimestamp();
    }
}
