// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {Roles} from "../../../contracts/accreditation/Role.sol";
import {IDrugProvenanceErrors as E} from "../../../contracts/drug/IDrugProvenanceErrors.sol";
import {IDrugProvenanceEvents as V} from "../../../contracts/drug/IDrugProvenanceEvents.sol";
import {LotId, Shipment, ShipmentState, ShipmentStatus} from "../../../contracts/drug/Lot.sol";
import {DrugTest} from "./DrugTest.sol";

contract ReceivingTest is DrugTest {
    Shipment private shipment;

    function setUp() public override {
        super.setUp();
        shipment = shipFrom(manufacturer.addr, distributor.addr, 5);
    }

    function test_revertsWhenCallerIsNotController() public {
        expectNotController(distributor.addr, manufacturer.addr);
        vm.prank(manufacturer.addr);
        drugs.receiveLot(shipment, GTIN, LOT_DIGEST, 5, EVENT);
    }

    function testFuzz_revertsWhenShipmentIsUnknown(uint256 member, uint32 by) public {
        vm.assume(by != 0);
        Shipment memory changed = shipment;
        member = bound(member, 0, 4);
        if (member == 0) changed.lot = LotId.wrap(LotId.unwrap(lot) ^ bytes32(uint256(by)));
        if (member == 1) changed.from = address(uint160(changed.from) ^ by);
        if (member == 2) changed.quantity ^= by;
        if (member == 3) changed.contentsRoot ^= bytes32(uint256(by));
        if (member == 4) changed.eventHash ^= bytes32(uint256(by));
        expectStatus(changed, ShipmentStatus.None);
        receivePacks(changed, 1);
    }

    function test_revertsWhenOpeningIsWrong() public {
        expectLot(E.LotOpeningWrong.selector);
        vm.prank(distributor.addr);
        drugs.receiveLot(shipment, GTIN, "another", 5, EVENT);
    }

    function test_revertsWhenConsigneeIsNoLongerAccredited() public {
        disaccredit(distributor.addr, Roles.DISTRIBUTOR);
        expectIdentity(E.NotTradingPartner.selector, distributor.addr);
        receivePacks(shipment, 5);
        vm.prank(distributor.addr);
        drugs.rejectShipment(shipment, REASON);
        assertTrue(_state().status == ShipmentStatus.Rejected);
    }

    function test_receivesFromASenderNoLongerAccredited() public {
        disaccredit(manufacturer.addr, Roles.MANUFACTURER);
        receivePacks(shipment, 5);
        assertEq(held(distributor.addr), 5);
    }

    function test_revertsWhenNothingIsCounted() public {
        vm.expectRevert(E.ShipmentZeroQuantity.selector);
        receivePacks(shipment, 0);
    }

    function testFuzz_revertsOnOverage(uint256 counted) public {
        counted = bound(counted, 6, type(uint256).max);
        vm.expectRevert(
            abi.encodeWithSelector(E.ShipmentOverage.selector, idOf(shipment), 5, counted)
        );
        receivePacks(shipment, counted);
        assertEq(held(distributor.addr), 0);
    }

    function testFuzz_creditsWhatIsCounted(uint256 counted) public {
        counted = bound(counted, 1, 4);
        receivePacks(shipment, counted);
        assertEq(held(distributor.addr), counted);
        assertEq(_state().inTransit, 5 - counted);
        assertTrue(_state().status == ShipmentStatus.Disputed);
    }

    function test_receivesTheRestLater() public {
        receivePacks(shipment, 3);
        receivePacks(shipment, 1);
        vm.expectRevert(abi.encodeWithSelector(E.ShipmentOverage.selector, idOf(shipment), 1, 2));
        receivePacks(shipment, 2);
        receivePacks(shipment, 1);
        assertEq(held(distributor.addr), 5);
        assertTrue(_state().status == ShipmentStatus.Closed);
    }

    function test_closesAShipmentReceivedWhole() public {
        receivePacks(shipment, 5);
        assertEq(held(distributor.addr), 5);
        assertEq(held(manufacturer.addr), QUANTITY - 5);
        assertEq(_state().inTransit, 0);
        assertTrue(_state().status == ShipmentStatus.Closed);
    }

    function test_reportsWhatWasReceived() public {
        vm.expectEmit(address(drugs));
        emit V.LotReceived(lot, idOf(shipment), distributor.addr, 3, 2, EVENT);
        receivePacks(shipment, 3);
        vm.expectEmit(address(drugs));
        emit V.LotReceived(lot, idOf(shipment), distributor.addr, 2, 0, EVENT);
        receivePacks(shipment, 2);
    }

    function test_revertsWhenClosedOrRejected() public {
        receivePacks(shipment, 5);
        expectStatus(shipment, ShipmentStatus.Closed);
        receivePacks(shipment, 5);
        Shipment memory next = shipFrom(manufacturer.addr, distributor.addr, 2);
        vm.prank(distributor.addr);
        drugs.rejectShipment(next, REASON);
        expectStatus(next, ShipmentStatus.Rejected);
        receivePacks(next, 2);
    }

    function test_unsoundLotIsNotReceived() public {
        uint256 before = vm.snapshotState();
        recall();
        expectLot(E.LotIsRecalled.selector);
        receivePacks(shipment, 5);
        vm.revertToState(before);
        quarantine(holder.addr);
        expectLot(E.LotIsQuarantined.selector);
        receivePacks(shipment, 5);
        release(holder.addr);
        expire();
        expectExpired();
        receivePacks(shipment, 5);
    }

    function test_receivesOnceReleased() public {
        quarantine(regulator.addr);
        release(regulator.addr);
        receivePacks(shipment, 5);
        assertEq(held(distributor.addr), 5);
    }

    function test_makerAndHolderReceiveAnUnsoundLot() public {
        _accredit(holder.addr, Roles.DISTRIBUTOR);
        receivePacks(shipment, 5);
        Shipment memory toMaker = shipFrom(distributor.addr, manufacturer.addr, 2);
        Shipment memory toHolder = shipFrom(distributor.addr, holder.addr, 2);
        quarantine(regulator.addr);
        recall();
        expire();
        receivePacks(toMaker, 2);
        receivePacks(toHolder, 2);
        assertEq(held(manufacturer.addr), QUANTITY - 3);
        assertEq(held(holder.addr), 2);
    }

    function _state() private view returns (ShipmentState memory) {
        return drugs.shipmentOf(idOf(shipment));
    }
}
