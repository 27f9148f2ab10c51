// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {
    LotId,
    Reason,
    ReceiptLine,
    Shipment,
    ShipmentLine,
    ShipmentStatus
} from "../../../contracts/drug/Lot.sol";
import {ReferenceTree} from "../merkle/ReferenceTree.sol";
import {DrugBooks} from "./DrugBooks.sol";

/// @title Lots and their shipments: what partners may try with custody
abstract contract CustodyActs is DrugBooks {
    uint256 private constant MOST_LOTS = 4;
    uint256 private constant MOST_PACKS = 7;

    // Lots --------------------------------------------------------------------------------------

    function commission(uint256 product, uint256 who, uint256 quantity, uint256 duration) external {
        product %= 2;
        if (lots.length == MOST_LOTS) return;
        // The product's first maker two times in three.
        address maker = who % 3 == 0 ? _partner(who / 3) : _partner(product);
        bytes32 digest = _digest(lots.length);
        quantity = bound(quantity, 1, MOST_PACKS);
        uint256 expiry = time() + bound(duration, 1, 400 days);
        bytes32 root = ReferenceTree.rootOf(_leaves(quantity));
        bool expected = mayCommission(product, maker);
        vm.prank(maker);
        try DRUGS.commissionLot(
            maker, gtinOf(product), digest, expiry, quantity, root, ANY
        ) returns (
            LotId id
        ) {
            _note("commission", expected, true);
            lots.push(
                ModelLot(id, product, maker, quantity, expiry, false, false, false, false, 0, false)
            );
            heldBy[lots.length - 1][maker] = quantity;
        } catch {
            _note("commission", expected, false);
        }
    }

    /// @dev One time in four, so that trade goes on.
    function voidLot(uint256 which, uint256 dice) external {
        uint256 lot = which % lots.length;
        if (dice % 4 != 0) return;
        address maker = lots[lot].maker;
        bool expected = mayVoid(lot);
        vm.prank(maker);
        try DRUGS.voidLot(maker, _gtin(lot), _digest(lot), ANY) {
            _note("void", expected, true);
            lots[lot].voided = true;
            heldBy[lot][maker] = 0;
        } catch {
            _note("void", expected, false);
        }
    }

    // Custody -----------------------------------------------------------------------------------

    function ship(uint256 which, uint256 who, uint256 whom, uint40 quantity) external {
        uint256 lot = which % lots.length;
        (address from, address to) = (_custodian(lot, who), _partner(whom));
        quantity = uint40(bound(quantity, 0, heldBy[lot][from] + 1));
        Shipment memory details = Shipment(
            lots[lot].id, from, to, quantity, ANY, keccak256(abi.encode(shipments.length))
        );
        bool expected = mayShip(lot, from, to, quantity);
        vm.prank(from);
        try DRUGS.shipLot(details, _gtin(lot), _digest(lot)) {
            _note("ship", expected, true);
            _shipped(lot, details);
        } catch {
            _note("ship", expected, false);
        }
    }

    /// @dev Two lots to one consignee in one call, sometimes the same lot twice.
    function shipTwo(uint256 one, uint256 two, uint256 who, uint256 whom, uint40 quantity)
        external
    {
        (one, two) = (one % lots.length, two % lots.length);
        ShipmentLine[] memory lines = new ShipmentLine[](2);
        lines[0] = _line(one, _custodian(one, who), _partner(whom), quantity, "one");
        lines[1] = _line(two, lines[0].shipment.from, _partner(whom), quantity, "two");
        bool expected = _mayShipBoth(one, two, lines);
        vm.prank(lines[0].shipment.from);
        try DRUGS.shipLots(lines) {
            _note("ship two", expected, true);
            _shipped(one, lines[0].shipment);
            _shipped(two, lines[1].shipment);
        } catch {
            _note("ship two", expected, false);
        }
    }

    function receiveTwo(uint256 one, uint256 two, uint256 counted) external {
        (one, two) = (one % shipments.length, two % shipments.length);
        if (one == two) return;
        ReceiptLine[] memory lines = new ReceiptLine[](2);
        lines[0] = _receipt(one, bound(counted, 1, shipments[one].inTransit + 1));
        lines[1] = _receipt(two, bound(counted, 1, shipments[two].inTransit + 1));
        address to = shipments[one].details.to;
        bool expected = shipments[two].details.to == to && mayReceive(one, lines[0].counted)
            && mayReceive(two, lines[1].counted);
        vm.prank(to);
        try DRUGS.receiveLots(lines, ANY) {
            _note("receive two", expected, true);
            _received(one, lines[0].counted);
            _received(two, lines[1].counted);
        } catch {
            _note("receive two", expected, false);
        }
    }

    function receivePacks(uint256 which, uint256 counted) external {
        uint256 i = which % shipments.length;
        ModelShipment storage s = shipments[i];
        counted = bound(counted, 0, s.inTransit + 1);
        bool expected = mayReceive(i, counted);
        vm.prank(s.details.to);
        try DRUGS.receiveLot(s.details, _gtin(s.lot), _digest(s.lot), counted, ANY) {
            _note("receive", expected, true);
            _received(i, counted);
        } catch {
            _note("receive", expected, false);
        }
    }

    function dispute(uint256 which, uint256 counted) external {
        uint256 i = which % shipments.length;
        vm.prank(shipments[i].details.to);
        DRUGS.disputeShipment(shipments[i].details, counted, ANY);
        if (isOpen(i)) shipments[i].status = ShipmentStatus.Disputed;
    }

    function reject(uint256 which) external {
        uint256 i = which % shipments.length;
        bool expected = isOpen(i);
        vm.prank(shipments[i].details.to);
        try DRUGS.rejectShipment(shipments[i].details, ANY) {
            _note("reject", expected, true);
            shipments[i].status = ShipmentStatus.Rejected;
        } catch {
            _note("reject", expected, false);
        }
    }

    function takeBack(uint256 which) external {
        uint256 i = which % shipments.length;
        ModelShipment storage s = shipments[i];
        bool expected = mayTakeBack(i);
        vm.prank(s.details.from);
        try DRUGS.takeBackShipment(s.details) {
            _note("take back", expected, true);
            heldBy[s.lot][s.details.from] += s.inTransit;
            (s.inTransit, s.status) = (0, ShipmentStatus.Closed);
        } catch {
            _note("take back", expected, false);
        }
    }

    function writeOff(uint256 which, uint8 why) external {
        uint256 i = which % shipments.length;
        ModelShipment storage s = shipments[i];
        Reason reason = Reason(why % 9);
        bool expected = mayWriteOff(i, reason);
        vm.prank(s.details.from);
        try DRUGS.writeOffShipment(s.details, reason) {
            _note("write off", expected, true);
            lots[s.lot].writtenOff += s.inTransit;
            (s.inTransit, s.status) = (0, ShipmentStatus.Closed);
        } catch {
            _note("write off", expected, false);
        }
    }

    function _shipped(uint256 lot, Shipment memory details) private {
        heldBy[lot][details.from] -= details.quantity;
        shipments.push(
            ModelShipment(details, lot, details.quantity, time(), ShipmentStatus.InTransit)
        );
    }

    function _received(uint256 shipment, uint256 counted) private {
        ModelShipment storage s = shipments[shipment];
        heldBy[s.lot][s.details.to] += counted;
        s.inTransit -= counted;
        s.status = s.inTransit == 0 ? ShipmentStatus.Closed : ShipmentStatus.Disputed;
    }

    function _line(uint256 lot, address from, address to, uint40 quantity, string memory name)
        private
        view
        returns (ShipmentLine memory line)
    {
        line.shipment.lot = lots[lot].id;
        (line.shipment.from, line.shipment.to) = (from, to);
        line.shipment.quantity = uint40(bound(quantity, 0, heldBy[lot][from] + 1));
        line.shipment.contentsRoot = ANY;
        line.shipment.eventHash = keccak256(abi.encode(shipments.length, name));
        (line.gtin, line.lotDigest) = (_gtin(lot), _digest(lot));
    }

    function _mayShipBoth(uint256 one, uint256 two, ShipmentLine[] memory lines)
        private
        view
        returns (bool)
    {
        (Shipment memory first, Shipment memory second) = (lines[0].shipment, lines[1].shipment);
        uint256 sum = uint256(first.quantity) + second.quantity;
        return mayShip(one, first.from, first.to, first.quantity)
            && mayShip(two, second.from, second.to, second.quantity)
            && (one != two || heldBy[one][first.from] >= sum);
    }

    function _receipt(uint256 shipment, uint256 counted) private view returns (ReceiptLine memory) {
        uint256 lot = shipments[shipment].lot;
        return ReceiptLine(shipments[shipment].details, _gtin(lot), _digest(lot), counted);
    }
}
