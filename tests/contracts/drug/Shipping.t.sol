// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {Roles} from "../../../contracts/accreditation/Role.sol";
import {IDrugProvenanceErrors as E} from "../../../contracts/drug/IDrugProvenanceErrors.sol";
import {IDrugProvenanceEvents as V} from "../../../contracts/drug/IDrugProvenanceEvents.sol";
import {
    Gtin,
    LotId,
    Shipment,
    ShipmentId,
    ShipmentState,
    ShipmentStatus
} from "../../../contracts/drug/Lot.sol";
import {DrugTest} from "./DrugTest.sol";

contract ShippingTest is DrugTest {
    function test_revertsWhenCallerIsNotController() public {
        Shipment memory shipment = makeShipment(manufacturer.addr, distributor.addr, 3);
        expectNotController(manufacturer.addr, distributor.addr);
        vm.prank(distributor.addr);
        drugs.shipLot(shipment, GTIN, LOT_DIGEST);
    }

    function test_revertsWhenShippedToSelf() public {
        expectIdentity(E.ShipmentToSelf.selector, manufacturer.addr);
        shipFrom(manufacturer.addr, manufacturer.addr, 3);
    }

    function test_revertsWhenQuantityIsZero() public {
        vm.expectRevert(E.ShipmentZeroQuantity.selector);
        shipFrom(manufacturer.addr, distributor.addr, 0);
    }

    function test_revertsWhenLotIsUnknown() public {
        LotId unknown = drugs.lotIdOf(GTIN, manufacturer.addr, "unknown");
        Shipment memory shipment = makeShipment(manufacturer.addr, distributor.addr, 3);
        shipment.lot = unknown;
        vm.expectRevert(abi.encodeWithSelector(E.LotUnknown.selector, unknown));
        vm.prank(manufacturer.addr);
        drugs.shipLot(shipment, GTIN, "unknown");
    }

    function test_revertsWhenOpeningIsWrong() public {
        Shipment memory shipment = makeShipment(manufacturer.addr, distributor.addr, 3);
        expectLot(E.LotOpeningWrong.selector);
        vm.prank(manufacturer.addr);
        drugs.shipLot(shipment, GTIN, "another");
        expectLot(E.LotOpeningWrong.selector);
        vm.prank(manufacturer.addr);
        drugs.shipLot(shipment, Gtin.wrap(Gtin.unwrap(GTIN) + 1), LOT_DIGEST);
    }

    function test_revertsForwardWhenSenderIsNotAccredited() public {
        deliver(manufacturer.addr, distributor.addr, 5);
        disaccredit(distributor.addr, Roles.DISTRIBUTOR);
        expectIdentity(E.NotTradingPartner.selector, distributor.addr);
        shipFrom(distributor.addr, pharmacist.addr, 3);
    }

    function test_unaccreditedSenderMaySendBack() public {
        _accredit(holder.addr, Roles.DISTRIBUTOR);
        deliver(manufacturer.addr, distributor.addr, 5);
        disaccredit(distributor.addr, Roles.DISTRIBUTOR);
        deliver(distributor.addr, manufacturer.addr, 3);
        deliver(distributor.addr, holder.addr, 2);
        assertEq(held(manufacturer.addr), QUANTITY - 2);
        assertEq(held(holder.addr), 2);
    }

    function test_revertsWhenConsigneeIsNoTradingPartner() public {
        expectIdentity(E.NotTradingPartner.selector, stranger.addr);
        shipFrom(manufacturer.addr, stranger.addr, 3);
        expectIdentity(E.NotTradingPartner.selector, payer.addr);
        shipFrom(manufacturer.addr, payer.addr, 3);
        expectIdentity(E.NotTradingPartner.selector, regulator.addr);
        shipFrom(manufacturer.addr, regulator.addr, 3);
    }

    function test_revertsWhenMakerOrHolderIsNoTradingPartner() public {
        deliver(manufacturer.addr, distributor.addr, 5);
        expectIdentity(E.NotTradingPartner.selector, holder.addr);
        shipFrom(distributor.addr, holder.addr, 3);
        disaccredit(manufacturer.addr, Roles.MANUFACTURER);
        expectIdentity(E.NotTradingPartner.selector, manufacturer.addr);
        shipFrom(distributor.addr, manufacturer.addr, 3);
    }

    function testFuzz_revertsWhenSenderHoldsFewer(uint40 has, uint40 wanted) public {
        has = uint40(bound(has, 1, QUANTITY));
        wanted = uint40(bound(wanted, uint256(has) + 1, type(uint40).max));
        deliver(manufacturer.addr, distributor.addr, has);
        expectInsufficient(distributor.addr, has, wanted);
        shipFrom(distributor.addr, pharmacist.addr, wanted);
    }

    function test_revertsWhenShipmentExists() public {
        Shipment memory shipment = makeShipment(manufacturer.addr, distributor.addr, 3);
        ship(shipment);
        vm.expectRevert(abi.encodeWithSelector(E.ShipmentExists.selector, idOf(shipment)));
        ship(shipment);
        receivePacks(shipment, 3);
        vm.expectRevert(abi.encodeWithSelector(E.ShipmentExists.selector, idOf(shipment)));
        ship(shipment);
    }

    function test_recalledLotDoesNotMoveForward() public {
        deliver(manufacturer.addr, distributor.addr, 5);
        recall();
        expectLot(E.LotIsRecalled.selector);
        shipFrom(distributor.addr, pharmacist.addr, 3);
        expectLot(E.LotIsRecalled.selector);
        shipFrom(manufacturer.addr, distributor.addr, 3);
    }

    function test_quarantinedLotDoesNotMoveForward() public {
        address[3] memory actors = [manufacturer.addr, holder.addr, regulator.addr];
        for (uint256 i = 0; i < actors.length; ++i) {
            quarantine(actors[i]);
            expectLot(E.LotIsQuarantined.selector);
            shipFrom(manufacturer.addr, distributor.addr, 1);
            release(actors[i]);
            shipFrom(manufacturer.addr, distributor.addr, 1);
        }
    }

    function test_expiredLotDoesNotMoveForward() public {
        vm.warp(EXPIRY - 1);
        shipFrom(manufacturer.addr, distributor.addr, 3);
        expire();
        expectExpired();
        shipFrom(manufacturer.addr, distributor.addr, 3);
    }

    function test_unsoundLotGoesBack() public {
        _accredit(holder.addr, Roles.DISTRIBUTOR);
        deliver(manufacturer.addr, distributor.addr, 8);
        quarantine(regulator.addr);
        deliver(distributor.addr, manufacturer.addr, 1);
        deliver(distributor.addr, holder.addr, 1);
        recall();
        deliver(distributor.addr, manufacturer.addr, 1);
        deliver(distributor.addr, holder.addr, 1);
        expire();
        deliver(distributor.addr, manufacturer.addr, 1);
        deliver(distributor.addr, holder.addr, 1);
        assertEq(held(holder.addr), 3);
        assertEq(held(distributor.addr), 2);
    }

    function testFuzz_movesPacksIntoTransit(uint256 partner, uint40 quantity) public {
        address[3] memory partners = [hospital.addr, pharmacist.addr, distributor.addr];
        address to = partners[partner % 3];
        quantity = uint40(bound(quantity, 1, QUANTITY));
        Shipment memory shipment = shipFrom(manufacturer.addr, to, quantity);

        ShipmentState memory state = drugs.shipmentOf(idOf(shipment));
        assertTrue(state.status == ShipmentStatus.InTransit);
        assertEq(state.inTransit, quantity);
        assertEq(state.shippedAt, vm.getBlockTimestamp());
        assertEq(held(manufacturer.addr), QUANTITY - quantity);
        assertEq(held(to), 0);
    }

    function test_reportsTheShipment() public {
        Shipment memory shipment = makeShipment(manufacturer.addr, distributor.addr, 3);
        vm.expectEmit(address(drugs));
        emit V.LotShipped(lot, manufacturer.addr, distributor.addr, idOf(shipment), shipment);
        ship(shipment);
    }

    function testFuzz_shipmentIdIsTheHashOfItsMembers(Shipment memory any) public {
        bytes32 expected = ShipmentId.unwrap(idOf(any));
        assertEq(ShipmentId.unwrap(drugs.shipmentIdOf(any)), expected);
        Shipment memory made = makeShipment(manufacturer.addr, distributor.addr, 3);
        assertEq(ShipmentId.unwrap(ship(made)), ShipmentId.unwrap(idOf(made)));
    }
}
