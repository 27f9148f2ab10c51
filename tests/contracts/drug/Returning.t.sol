// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {Roles} from "../../../contracts/accreditation/Role.sol";
import {IDrugProvenanceErrors as E} from "../../../contracts/drug/IDrugProvenanceErrors.sol";
import {IDrugProvenanceEvents as V} from "../../../contracts/drug/IDrugProvenanceEvents.sol";
import {Reason, Shipment, ShipmentState, ShipmentStatus} from "../../../contracts/drug/Lot.sol";
import {DrugTest} from "./DrugTest.sol";

contract ReturningTest is DrugTest {
    Shipment private shipment;
    uint256 private overdueAt;

    function setUp() public override {
        super.setUp();
        shipment = shipFrom(manufacturer.addr, distributor.addr, 5);
        overdueAt = vm.getBlockTimestamp() + 90 days;
    }

    function test_theTransitLimitIsNinetyDays() public view {
        assertEq(drugs.TRANSIT_LIMIT(), 90 days);
    }

    // Disputes ----------------------------------------------------------------------------------

    function test_disputeRevertsWhenCallerIsNotController() public {
        expectNotController(distributor.addr, manufacturer.addr);
        vm.prank(manufacturer.addr);
        drugs.disputeShipment(shipment, 3, REASON);
    }

    function test_disputesWithoutMovingPacks() public {
        vm.expectEmit(address(drugs));
        emit V.ShipmentDisputed(lot, idOf(shipment), distributor.addr, 6, REASON);
        _dispute(6);
        _assertState(ShipmentStatus.Disputed, 5);
        assertEq(held(distributor.addr), 0);
    }

    function test_aDisputedShipmentCanBeReceived() public {
        _dispute(6);
        receivePacks(shipment, 5);
        _assertState(ShipmentStatus.Closed, 0);
    }

    function test_disputeOfAClosedShipmentChangesNothing() public {
        receivePacks(shipment, 5);
        vm.expectEmit(address(drugs));
        emit V.ShipmentDisputed(lot, idOf(shipment), distributor.addr, 6, REASON);
        _dispute(6);
        _assertState(ShipmentStatus.Closed, 0);
    }

    function test_disputeRevertsWhenUnknownOrRejected() public {
        _reject();
        expectStatus(shipment, ShipmentStatus.Rejected);
        _dispute(3);
        shipment.quantity = 4;
        expectStatus(shipment, ShipmentStatus.None);
        _dispute(3);
    }

    // Rejections --------------------------------------------------------------------------------

    function test_rejectRevertsWhenCallerIsNotController() public {
        expectNotController(distributor.addr, stranger.addr);
        vm.prank(stranger.addr);
        drugs.rejectShipment(shipment, REASON);
    }

    function test_rejectedPacksStayInTransit() public {
        vm.expectEmit(address(drugs));
        emit V.ShipmentRejected(lot, idOf(shipment), distributor.addr, REASON);
        _reject();
        _assertState(ShipmentStatus.Rejected, 5);
        assertEq(held(manufacturer.addr), QUANTITY - 5);
    }

    function test_rejectsTheRestOfADisputedShipment() public {
        receivePacks(shipment, 3);
        _reject();
        _assertState(ShipmentStatus.Rejected, 2);
    }

    function test_rejectRevertsWhenNotOpen() public {
        _reject();
        expectStatus(shipment, ShipmentStatus.Rejected);
        _reject();
        _takeBack();
        expectStatus(shipment, ShipmentStatus.Closed);
        _reject();
        shipment.quantity = 4;
        expectStatus(shipment, ShipmentStatus.None);
        _reject();
    }

    // Taking back -------------------------------------------------------------------------------

    function test_takeBackRevertsWhenCallerIsNotController() public {
        _reject();
        expectNotController(manufacturer.addr, distributor.addr);
        vm.prank(distributor.addr);
        drugs.takeBackShipment(shipment);
    }

    function test_takeBackRevertsWhileTheConsigneeMayAct() public {
        vm.warp(overdueAt - 1);
        _expectNotOverdue();
        _takeBack();
        _dispute(6);
        _expectNotOverdue();
        _takeBack();
    }

    function test_takesBackWhatWasRejected() public {
        _reject();
        vm.expectEmit(address(drugs));
        emit V.ShipmentReturned(lot, idOf(shipment), manufacturer.addr, 5);
        _takeBack();
        _assertState(ShipmentStatus.Closed, 0);
        assertEq(held(manufacturer.addr), QUANTITY);
    }

    function test_takesBackTheRestOnly() public {
        receivePacks(shipment, 3);
        _reject();
        _takeBack();
        assertEq(held(manufacturer.addr), QUANTITY - 3);
        assertEq(held(distributor.addr), 3);
    }

    function test_takesBackFromTheLimitOn() public {
        vm.warp(overdueAt);
        _takeBack();
        assertEq(held(manufacturer.addr), QUANTITY);
        expectStatus(shipment, ShipmentStatus.Closed);
        receivePacks(shipment, 5);
    }

    function test_takesBackUnaccreditedAndRecalled() public {
        disaccredit(manufacturer.addr, Roles.MANUFACTURER);
        recall();
        _reject();
        _takeBack();
        assertEq(held(manufacturer.addr), QUANTITY);
    }

    function test_takeBackRevertsWhenNothingIsInTransit() public {
        receivePacks(shipment, 5);
        vm.warp(overdueAt);
        expectStatus(shipment, ShipmentStatus.Closed);
        _takeBack();
        shipment.quantity = 4;
        expectStatus(shipment, ShipmentStatus.None);
        _takeBack();
    }

    // Writing off -------------------------------------------------------------------------------

    function test_writeOffRevertsWhenCallerIsNotController() public {
        _reject();
        expectNotController(manufacturer.addr, distributor.addr);
        vm.prank(distributor.addr);
        drugs.writeOffShipment(shipment, Reason.Lost);
    }

    function test_writeOffRevertsForOtherReasons() public {
        _reject();
        for (uint8 i = 0; i < uint8(Reason.Destroyed); ++i) {
            vm.expectRevert(abi.encodeWithSelector(E.PackReasonInvalid.selector, i));
            _writeOff(Reason(i));
        }
    }

    function test_writeOffRevertsWhileTheConsigneeMayAct() public {
        vm.warp(overdueAt - 1);
        _expectNotOverdue();
        _writeOff(Reason.Lost);
    }

    function test_writesOffWhatWasDisputedOrRejected() public {
        receivePacks(shipment, 3);
        vm.expectEmit(address(drugs));
        emit V.ShipmentWrittenOff(lot, idOf(shipment), manufacturer.addr, 2, Reason.Stolen);
        _writeOff(Reason.Stolen);
        _assertState(ShipmentStatus.Closed, 0);

        shipment = shipFrom(manufacturer.addr, distributor.addr, 4);
        _reject();
        _writeOff(Reason.Destroyed);
        _assertState(ShipmentStatus.Closed, 0);
        assertEq(held(manufacturer.addr), QUANTITY - 9);
        assertEq(held(distributor.addr), 3);
    }

    function test_writesOffFromTheLimitOn() public {
        vm.warp(overdueAt);
        _writeOff(Reason.Lost);
        _assertState(ShipmentStatus.Closed, 0);
        assertEq(held(manufacturer.addr), QUANTITY - 5);
        expectStatus(shipment, ShipmentStatus.Closed);
        receivePacks(shipment, 5);
    }

    function test_writeOffRevertsWhenNothingIsInTransit() public {
        _reject();
        _takeBack();
        expectStatus(shipment, ShipmentStatus.Closed);
        _writeOff(Reason.Lost);
        shipment.quantity = 4;
        expectStatus(shipment, ShipmentStatus.None);
        _writeOff(Reason.Lost);
    }

    function _dispute(uint256 counted) private {
        vm.prank(distributor.addr);
        drugs.disputeShipment(shipment, counted, REASON);
    }

    function _reject() private {
        vm.prank(distributor.addr);
        drugs.rejectShipment(shipment, REASON);
    }

    function _takeBack() private {
        vm.prank(manufacturer.addr);
        drugs.takeBackShipment(shipment);
    }

    function _writeOff(Reason reason) private {
        vm.prank(manufacturer.addr);
        drugs.writeOffShipment(shipment, reason);
    }

    function _assertState(ShipmentStatus status, uint256 inTransit) private view {
        ShipmentState memory state = drugs.shipmentOf(idOf(shipment));
        assertEq(uint8(state.status), uint8(status));
        assertEq(state.inTransit, inTransit);
    }

    function _expectNotOverdue() private {
        vm.expectRevert(
            abi.encodeWithSelector(E.ShipmentNotOverdue.selector, idOf(shipment), overdueAt)
        );
    }
}
