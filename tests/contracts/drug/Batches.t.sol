// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {Roles} from "../../../contracts/accreditation/Role.sol";
import {IDrugProvenanceErrors as E} from "../../../contracts/drug/IDrugProvenanceErrors.sol";
import {
    LotId,
    ReceiptLine,
    Shipment,
    ShipmentLine,
    ShipmentStatus
} from "../../../contracts/drug/Lot.sol";
import {DrugTest} from "./DrugTest.sol";

contract BatchesTest is DrugTest {
    bytes32 private constant DESPATCH = keccak256("EPCIS shipping event of all");

    // Shipping ----------------------------------------------------------------------------------

    function test_shippingRevertsWhenCallerIsNotController() public {
        ShipmentLine[] memory lines = _lines(2, distributor.addr);
        expectNotController(manufacturer.addr, stranger.addr);
        vm.prank(stranger.addr);
        drugs.shipLots(lines);
    }

    function test_revertsWithoutShipments() public {
        vm.expectRevert(E.ShipmentBatchEmpty.selector);
        drugs.shipLots(new ShipmentLine[](0));
        vm.expectRevert(E.ShipmentBatchEmpty.selector);
        drugs.receiveLots(new ReceiptLine[](0), EVENT);
    }

    function test_shippingRevertsWhenMixed() public {
        ShipmentLine[] memory lines = _lines(3, distributor.addr);
        lines[2].shipment.to = pharmacist.addr;
        _expectMixed(2);
        _ship(lines);
        lines[2].shipment.to = distributor.addr;
        lines[1].shipment.from = hospital.addr;
        _expectMixed(1);
        _ship(lines);
    }

    function test_shipsAllOrNone() public {
        ShipmentLine[] memory lines = _lines(3, distributor.addr);
        vm.prank(holder.addr);
        drugs.recallLot(holder.addr, GTIN, manufacturer.addr, lines[2].lotDigest, REASON);
        vm.expectRevert(abi.encodeWithSelector(E.LotIsRecalled.selector, lines[2].shipment.lot));
        _ship(lines);
        assertEq(drugs.heldBy(lines[0].shipment.lot, manufacturer.addr), QUANTITY);
    }

    function test_revertsWhenSenderIsNotAccredited() public {
        ShipmentLine[] memory lines = _lines(2, distributor.addr);
        disaccredit(manufacturer.addr, Roles.MANUFACTURER);
        expectIdentity(E.NotTradingPartner.selector, manufacturer.addr);
        _ship(lines);
    }

    function test_sendsBackWithoutAnAccreditation() public {
        ShipmentLine[] memory lines = _lines(2, distributor.addr);
        _ship(lines);
        _receive(lines, distributor.addr);
        disaccredit(distributor.addr, Roles.DISTRIBUTOR);
        for (uint256 i = 0; i < 2; ++i) {
            (lines[i].shipment.from, lines[i].shipment.to) = (distributor.addr, manufacturer.addr);
        }
        _ship(lines);
        assertEq(drugs.heldBy(lines[1].shipment.lot, distributor.addr), 0);
    }

    function test_revertsToSelfAndToAStranger() public {
        ShipmentLine[] memory lines = _lines(1, manufacturer.addr);
        expectIdentity(E.ShipmentToSelf.selector, manufacturer.addr);
        _ship(lines);
        lines[0].shipment.to = stranger.addr;
        expectIdentity(E.NotTradingPartner.selector, stranger.addr);
        _ship(lines);
    }

    function test_shipsWhatSingleCallsShip() public {
        ShipmentLine[] memory lines = _lines(2, distributor.addr);
        _ship(lines);
        for (uint256 i = 0; i < 2; ++i) {
            Shipment memory shipment = lines[i].shipment;
            assertTrue(drugs.shipmentOf(idOf(shipment)).status == ShipmentStatus.InTransit);
            assertEq(drugs.shipmentOf(idOf(shipment)).inTransit, shipment.quantity);
            assertEq(drugs.heldBy(shipment.lot, manufacturer.addr), QUANTITY - shipment.quantity);
        }
        vm.prank(distributor.addr);
        drugs.receiveLot(lines[0].shipment, GTIN, lines[0].lotDigest, 3, EVENT);
        assertEq(drugs.heldBy(lines[0].shipment.lot, distributor.addr), 3);
    }

    function test_fortyLots() public {
        ShipmentLine[] memory lines = _lines(40, distributor.addr);
        _ship(lines);
        _receive(lines, distributor.addr);
        for (uint256 i = 0; i < 40; ++i) {
            assertEq(drugs.heldBy(lines[i].shipment.lot, distributor.addr), 3);
            assertTrue(drugs.shipmentOf(idOf(lines[i].shipment)).status == ShipmentStatus.Closed);
        }
    }

    // Receiving ---------------------------------------------------------------------------------

    function test_receivingRevertsWhenCallerIsNotController() public {
        ShipmentLine[] memory lines = _lines(2, distributor.addr);
        _ship(lines);
        expectNotController(distributor.addr, stranger.addr);
        _receive(lines, stranger.addr);
    }

    function test_receivingRevertsWhenMixed() public {
        ShipmentLine[] memory lines = _lines(2, distributor.addr);
        _ship(lines);
        lines[1].shipment.to = pharmacist.addr;
        _expectMixed(1);
        _receive(lines, distributor.addr);
    }

    function test_revertsWhenConsigneeIsNotAccredited() public {
        ShipmentLine[] memory lines = _lines(2, distributor.addr);
        _ship(lines);
        disaccredit(distributor.addr, Roles.DISTRIBUTOR);
        expectIdentity(E.NotTradingPartner.selector, distributor.addr);
        _receive(lines, distributor.addr);
    }

    function test_aShortageDisputesItsOwnLot() public {
        ShipmentLine[] memory lines = _lines(2, distributor.addr);
        _ship(lines);
        ReceiptLine[] memory receipts = _receipts(lines);
        receipts[0].counted = 1;
        vm.prank(distributor.addr);
        drugs.receiveLots(receipts, EVENT);
        assertTrue(drugs.shipmentOf(idOf(lines[0].shipment)).status == ShipmentStatus.Disputed);
        assertEq(drugs.shipmentOf(idOf(lines[0].shipment)).inTransit, 2);
        assertTrue(drugs.shipmentOf(idOf(lines[1].shipment)).status == ShipmentStatus.Closed);
    }

    function test_receivesAllOrNone() public {
        ShipmentLine[] memory lines = _lines(2, distributor.addr);
        _ship(lines);
        ReceiptLine[] memory receipts = _receipts(lines);
        receipts[1].counted = 4;
        vm.expectRevert(
            abi.encodeWithSelector(E.ShipmentOverage.selector, idOf(lines[1].shipment), 3, 4)
        );
        vm.prank(distributor.addr);
        drugs.receiveLots(receipts, EVENT);
        assertEq(drugs.heldBy(lines[0].shipment.lot, distributor.addr), 0);
        receipts[1] = receipts[0];
        expectStatus(lines[0].shipment, ShipmentStatus.Closed);
        vm.prank(distributor.addr);
        drugs.receiveLots(receipts, EVENT);
    }

    // Words -------------------------------------------------------------------------------------

    /// @notice Three packs each of as many new lots, from their maker.
    function _lines(uint256 count, address to) private returns (ShipmentLine[] memory lines) {
        lines = new ShipmentLine[](count);
        for (uint256 i = 0; i < count; ++i) {
            bytes32 digest = keccak256(abi.encode("lot", i));
            vm.prank(manufacturer.addr);
            LotId id = drugs.commissionLot(
                manufacturer.addr, GTIN, digest, EXPIRY, QUANTITY, serialRoot, EVENT
            );
            Shipment memory shipment =
                Shipment(id, manufacturer.addr, to, 3, keccak256("contents"), DESPATCH);
            lines[i] = ShipmentLine(shipment, GTIN, digest);
        }
    }

    function _receipts(ShipmentLine[] memory lines)
        private
        pure
        returns (ReceiptLine[] memory receipts)
    {
        receipts = new ReceiptLine[](lines.length);
        for (uint256 i = 0; i < lines.length; ++i) {
            receipts[i] = ReceiptLine(lines[i].shipment, lines[i].gtin, lines[i].lotDigest, 3);
        }
    }

    function _ship(ShipmentLine[] memory lines) private {
        vm.prank(lines[0].shipment.from);
        drugs.shipLots(lines);
    }

    function _receive(ShipmentLine[] memory lines, address caller) private {
        vm.prank(caller);
        drugs.receiveLots(_receipts(lines), EVENT);
    }

    function _expectMixed(uint256 place) private {
        vm.expectRevert(abi.encodeWithSelector(E.ShipmentBatchMixed.selector, place));
    }
}
