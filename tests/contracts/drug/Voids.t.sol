// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {Roles} from "../../../contracts/accreditation/Role.sol";
import {IDrugProvenanceErrors as E} from "../../../contracts/drug/IDrugProvenanceErrors.sol";
import {IDrugProvenanceEvents as V} from "../../../contracts/drug/IDrugProvenanceEvents.sol";
import {Lot, LotId, Reason, Shipment} from "../../../contracts/drug/Lot.sol";
import {Vm} from "../base/Vm.sol";
import {DrugTest} from "./DrugTest.sol";

contract VoidsTest is DrugTest {
    function test_revertsWhenCallerIsNotController() public {
        expectNotController(manufacturer.addr, stranger.addr);
        vm.prank(stranger.addr);
        drugs.voidLot(manufacturer.addr, GTIN, LOT_DIGEST, REASON);
    }

    function test_revertsWhenTheLotIsNotTheMakers() public {
        Vm.Wallet memory rival = makeWallet("another manufacturer");
        LotId unknown = drugs.lotIdOf(GTIN, rival.addr, LOT_DIGEST);
        vm.expectRevert(abi.encodeWithSelector(E.LotUnknown.selector, unknown));
        vm.prank(rival.addr);
        drugs.voidLot(rival.addr, GTIN, LOT_DIGEST, REASON);
    }

    function test_aVoidLotIsNobodys() public {
        vm.expectEmit(true, true, true, true, address(drugs));
        emit V.LotVoided(lot, manufacturer.addr, REASON);
        _void();
        assertEq(held(manufacturer.addr), 0);
        Lot memory stored = drugs.lotOf(lot);
        assertTrue(stored.voided);
        assertEq(stored.quantity, QUANTITY);
    }

    function test_whatCameBackWholeCanBeVoided() public {
        deliver(manufacturer.addr, distributor.addr, 4);
        deliver(distributor.addr, manufacturer.addr, 4);
        _void();
        assertTrue(drugs.lotOf(lot).voided);
    }

    function test_stopsStay() public {
        quarantine(regulator.addr);
        recall();
        _void();
        Lot memory stored = drugs.lotOf(lot);
        assertTrue(stored.voided && stored.recalled && stored.quarantinedByRegulator);
    }

    function test_aMakerNoLongerPermittedVoidsItsOwn() public {
        vm.prank(regulator.addr);
        drugs.permitMaker(regulator.addr, GTIN, manufacturer.addr, false);
        disaccredit(manufacturer.addr, Roles.MANUFACTURER);
        _void();
        assertTrue(drugs.lotOf(lot).voided);
    }

    function test_revertsWhenSomethingHasLeft() public {
        uint256 whole = vm.snapshotState();
        shipFrom(manufacturer.addr, distributor.addr, 1);
        _expectHasLeft();
        vm.revertToState(whole);
        deliver(manufacturer.addr, distributor.addr, 1);
        _expectHasLeft();
        vm.revertToState(whole);
        decommission(manufacturer.addr, 0, Reason.Sample);
        _expectHasLeft();
    }

    function test_theNumberStaysSpent() public {
        _void();
        expectLot(E.LotIsVoid.selector);
        commissionLot();
    }

    function test_revertsWhenVoidAlready() public {
        _void();
        expectLot(E.LotIsVoid.selector);
        _void();
    }

    function test_nothingOfAVoidLotMoves() public {
        _void();
        Shipment memory shipment = makeShipment(manufacturer.addr, distributor.addr, 1);
        expectLot(E.LotIsVoid.selector);
        ship(shipment);
        expectLot(E.LotIsVoid.selector);
        decommission(manufacturer.addr, 0, Reason.Sample);
        expectInsufficient(manufacturer.addr, 0, 1);
        decommission(manufacturer.addr, 0, Reason.Destroyed);
        shipment = makeShipment(manufacturer.addr, holder.addr, 1);
        _accredit(holder.addr, Roles.MANUFACTURER);
        expectInsufficient(manufacturer.addr, 0, 1);
        ship(shipment);
    }

    function _void() private {
        vm.prank(manufacturer.addr);
        drugs.voidLot(manufacturer.addr, GTIN, LOT_DIGEST, REASON);
    }

    function _expectHasLeft() private {
        vm.expectRevert(abi.encodeWithSelector(E.LotHasLeft.selector, lot, QUANTITY - 1, QUANTITY));
        _void();
    }
}
