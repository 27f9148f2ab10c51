// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IDrugProvenanceErrors as E} from "../../../contracts/drug/IDrugProvenanceErrors.sol";
import {IDrugProvenanceEvents as V} from "../../../contracts/drug/IDrugProvenanceEvents.sol";
import {Flag, Pack, Reason} from "../../../contracts/drug/Lot.sol";
import {DrugTest} from "./DrugTest.sol";

contract RestoringTest is DrugTest {
    uint256 private closedAt;

    function setUp() public override {
        super.setUp();
        deliver(manufacturer.addr, pharmacist.addr, 6);
        decommission(pharmacist.addr, 4, Reason.Dispensed);
        closedAt = vm.getBlockTimestamp() + 10 days;
    }

    function test_revertsWhenCallerIsNotController() public {
        expectNotController(pharmacist.addr, stranger.addr);
        vm.prank(stranger.addr);
        drugs.restorePack(pharmacist.addr, lot, 4);
    }

    function test_revertsWhenNotDecommissioned() public {
        vm.expectRevert(abi.encodeWithSelector(E.PackNotDecommissioned.selector, lot, 5));
        _restore(pharmacist.addr, 5);
    }

    function test_revertsForAnotherParty() public {
        vm.expectRevert(
            abi.encodeWithSelector(E.PackUndoNotSameParty.selector, lot, 4, pharmacist.addr)
        );
        _restore(manufacturer.addr, 4);
    }

    function test_revertsForFinalReasons() public {
        for (uint8 i = uint8(Reason.Destroyed); i <= uint8(Reason.Lost); ++i) {
            uint64 index = i + 1;
            decommission(pharmacist.addr, index, Reason(i));
            vm.expectRevert(abi.encodeWithSelector(E.PackReasonFinal.selector, lot, index, i));
            _restore(pharmacist.addr, index);
        }
    }

    function testFuzz_revertsOnceTheWindowHasClosed(uint256 time) public {
        vm.warp(bound(time, closedAt, EXPIRY - 1));
        vm.expectRevert(abi.encodeWithSelector(E.PackUndoClosed.selector, lot, 4, closedAt));
        _restore(pharmacist.addr, 4);
    }

    function test_revertsWhenLotIsRecalled() public {
        recall();
        expectLot(E.LotIsRecalled.selector);
        _restore(pharmacist.addr, 4);
    }

    function test_revertsWhenLotHasExpired() public {
        vm.warp(EXPIRY - 1);
        decommission(pharmacist.addr, 5, Reason.Dispensed);
        expire();
        expectExpired();
        _restore(pharmacist.addr, 5);
    }

    function test_restoresInQuarantine() public {
        quarantine(regulator.addr);
        _restore(pharmacist.addr, 4);
        assertEq(held(pharmacist.addr), 6);
    }

    function test_restoresForTheSamePartyWithAnotherKey() public {
        vm.prank(pharmacist.addr);
        identities.changeOwner(pharmacist.addr, carer.addr);
        expectNotController(pharmacist.addr, pharmacist.addr);
        _restore(pharmacist.addr, 4);
        vm.prank(carer.addr);
        drugs.restorePack(pharmacist.addr, lot, 4);
        assertEq(held(pharmacist.addr), 6);
    }

    function test_restoresUntilTheLastSecond() public {
        decommission(pharmacist.addr, 2, Reason.Exported);
        decommission(pharmacist.addr, 3, Reason.Sample);
        vm.warp(closedAt - 1);
        _restore(pharmacist.addr, 2);
        _restore(pharmacist.addr, 3);
        _restore(pharmacist.addr, 4);
        assertEq(held(pharmacist.addr), 6);
    }

    function test_givesThePackBack() public {
        _restore(pharmacist.addr, 4);
        assertEq(held(pharmacist.addr), 6);
        Pack memory pack = drugs.packOf(lot, 4);
        assertEq(pack.by, address(0));
        assertEq(pack.decommissionedAt, 0);
        assertTrue(pack.reason == Reason.None && pack.flag == Flag.None);
    }

    function test_reportsTheRestoring() public {
        vm.expectEmit(address(drugs));
        emit V.PackRestored(lot, 4, pharmacist.addr);
        _restore(pharmacist.addr, 4);
    }

    function test_aRestoredPackEndsAgain() public {
        _restore(pharmacist.addr, 4);
        deliver(pharmacist.addr, hospital.addr, 6);
        decommission(hospital.addr, 4, Reason.Dispensed);
        assertEq(drugs.packOf(lot, 4).by, hospital.addr);
        vm.expectRevert(
            abi.encodeWithSelector(E.PackUndoNotSameParty.selector, lot, 4, hospital.addr)
        );
        _restore(pharmacist.addr, 4);
    }

    function test_theUndoWindowIsTenDays() public view {
        assertEq(drugs.UNDO_WINDOW(), 10 days);
    }

    function _restore(address partner, uint256 index) private {
        vm.prank(partner);
        drugs.restorePack(partner, lot, index);
    }
}
