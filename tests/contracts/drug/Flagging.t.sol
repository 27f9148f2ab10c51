// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IDrugProvenanceErrors as E} from "../../../contracts/drug/IDrugProvenanceErrors.sol";
import {IDrugProvenanceEvents as V} from "../../../contracts/drug/IDrugProvenanceEvents.sol";
import {Flag, LotId, PackProof, Reason} from "../../../contracts/drug/Lot.sol";
import {DrugTest} from "./DrugTest.sol";

contract FlaggingTest is DrugTest {
    PackProof private pack;

    function setUp() public override {
        super.setUp();
        deliver(manufacturer.addr, pharmacist.addr, 6);
        PackProof memory shown = packAt(4);
        (pack.index, pack.commitment, pack.proof) = (shown.index, shown.commitment, shown.proof);
    }

    function test_revertsWhenCallerIsNotController() public {
        expectNotController(holder.addr, manufacturer.addr);
        vm.prank(manufacturer.addr);
        drugs.flagPack(holder.addr, GTIN, manufacturer.addr, LOT_DIGEST, pack, Flag.Locked);
    }

    function test_revertsWhenLotIsUnknown() public {
        LotId unknown = drugs.lotIdOf(GTIN, manufacturer.addr, "unknown");
        vm.expectRevert(abi.encodeWithSelector(E.LotUnknown.selector, unknown));
        vm.prank(holder.addr);
        drugs.flagPack(holder.addr, GTIN, manufacturer.addr, "unknown", pack, Flag.Locked);
    }

    function test_revertsForMakerRegulatorAndCustodian() public {
        address[3] memory others = [manufacturer.addr, regulator.addr, pharmacist.addr];
        for (uint256 i = 0; i < others.length; ++i) {
            _expectNotAuthority(others[i]);
            _flag(others[i], Flag.Locked);
        }
    }

    function test_revertsForAFormerHolder() public {
        vm.prank(regulator.addr);
        drugs.changeHolder(regulator.addr, GTIN, hospital.addr);
        _expectNotAuthority(holder.addr);
        _flag(holder.addr, Flag.Locked);
        _flag(hospital.addr, Flag.Locked);
        assertTrue(_current() == Flag.Locked);
    }

    function test_revertsForACounterfeit() public {
        pack.commitment = keccak256("counterfeit");
        vm.expectRevert(abi.encodeWithSelector(E.PackNotInLot.selector, lot, 4));
        _flag(holder.addr, Flag.Locked);
    }

    function test_revertsWhenDecommissioned() public {
        decommission(pharmacist.addr, 4, Reason.Dispensed);
        vm.expectRevert(
            abi.encodeWithSelector(
                E.PackDecommissionedAlready.selector,
                lot,
                4,
                pharmacist.addr,
                vm.getBlockTimestamp(),
                Reason.Dispensed
            )
        );
        _flag(holder.addr, Flag.Stolen);
    }

    function test_revertsWhenNothingChanges() public {
        _expectUnchanged(Flag.None);
        _flag(holder.addr, Flag.None);
        _flag(holder.addr, Flag.Locked);
        _expectUnchanged(Flag.Locked);
        _flag(holder.addr, Flag.Locked);
    }

    function test_stolenIsForEver() public {
        _flag(holder.addr, Flag.Stolen);
        for (uint8 i = 0; i <= uint8(Flag.Stolen); ++i) {
            vm.expectRevert(abi.encodeWithSelector(E.PackIsFlagged.selector, lot, 4, Flag.Stolen));
            _flag(holder.addr, Flag(i));
        }
    }

    function test_locksUnlocksAndMarksStolen() public {
        Flag[4] memory steps = [Flag.Locked, Flag.None, Flag.Locked, Flag.Stolen];
        for (uint256 i = 0; i < steps.length; ++i) {
            vm.expectEmit(address(drugs));
            emit V.PackFlagged(lot, 4, holder.addr, steps[i]);
            _flag(holder.addr, steps[i]);
            assertTrue(_current() == steps[i]);
        }
    }

    function test_flagsAPackOfAnUnsoundLot() public {
        recall();
        expire();
        _flag(holder.addr, Flag.Stolen);
        assertTrue(_current() == Flag.Stolen);
    }

    function test_leavesAllQuantities() public {
        _flag(holder.addr, Flag.Stolen);
        assertEq(held(pharmacist.addr), 6);
        assertEq(held(manufacturer.addr), QUANTITY - 6);
        assertEq(held(holder.addr), 0);
        assertTrue(drugs.packOf(lot, 4).reason == Reason.None);
        decommission(pharmacist.addr, 4, Reason.Stolen);
        assertEq(held(pharmacist.addr), 5);
    }

    function _flag(address actor, Flag flag) private {
        vm.prank(actor);
        drugs.flagPack(actor, GTIN, manufacturer.addr, LOT_DIGEST, pack, flag);
    }

    function _current() private view returns (Flag) {
        return drugs.packOf(lot, 4).flag;
    }

    function _expectNotAuthority(address actor) private {
        vm.expectRevert(abi.encodeWithSelector(E.NotProductAuthority.selector, GTIN, actor));
    }

    function _expectUnchanged(Flag flag) private {
        vm.expectRevert(abi.encodeWithSelector(E.PackFlagUnchanged.selector, lot, 4, flag));
    }
}
