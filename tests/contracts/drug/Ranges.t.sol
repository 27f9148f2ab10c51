// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {Roles} from "../../../contracts/accreditation/Role.sol";
import {IDrugProvenanceErrors as E} from "../../../contracts/drug/IDrugProvenanceErrors.sol";
import {IDrugProvenanceEvents as V} from "../../../contracts/drug/IDrugProvenanceEvents.sol";
import {LotId, PackProof, Range, Reason} from "../../../contracts/drug/Lot.sol";
import {Vm} from "../base/Vm.sol";
import {DrugTest} from "./DrugTest.sol";

contract RangesTest is DrugTest {
    uint8 private constant BY_RECALL = 1;
    uint8 private constant BY_MAKER = 2;
    uint8 private constant BY_HOLDER = 4;
    uint8 private constant BY_REGULATOR = 8;

    Vm.Wallet private abroad;

    function setUp() public override {
        super.setUp();
        abroad = makeWallet("another regulator");
        _accredit(abroad.addr, Roles.REGULATOR);
        deliver(manufacturer.addr, pharmacist.addr, 6);
    }

    function test_revertsWhenCallerIsNotController() public {
        for (uint256 act = 0; act < 3; ++act) {
            expectNotController(regulator.addr, stranger.addr);
            _act(act, stranger.addr, regulator.addr, LOT_DIGEST);
        }
    }

    function test_revertsWhenLotIsUnknown() public {
        for (uint256 act = 0; act < 3; ++act) {
            LotId unknown = drugs.lotIdOf(GTIN, manufacturer.addr, "unknown");
            vm.expectRevert(abi.encodeWithSelector(E.LotUnknown.selector, unknown));
            _act(act, regulator.addr, regulator.addr, "unknown");
        }
    }

    function test_revertsForCustodianAndStranger() public {
        for (uint256 act = 0; act < 3; ++act) {
            expectNoAuthority(pharmacist.addr);
            _act(act, pharmacist.addr, pharmacist.addr, LOT_DIGEST);
            expectNoAuthority(stranger.addr);
            _act(act, stranger.addr, stranger.addr, LOT_DIGEST);
        }
    }

    function test_stopsFromFirstToLast() public {
        vm.expectEmit(true, true, true, true, address(drugs));
        emit V.PacksQuarantined(lot, manufacturer.addr, 2, 4, REASON);
        _quarantine(manufacturer.addr, 2, 4);
        for (uint64 index = 2; index <= 4; ++index) {
            assertEq(drugs.stopsAt(lot, index), BY_MAKER);
            _expectStopped(index, BY_MAKER);
            decommission(pharmacist.addr, index, Reason.Dispensed);
        }
        PackProof[] memory both = new PackProof[](2);
        (both[0], both[1]) = (packAt(1), packAt(2));
        _expectStopped(2, BY_MAKER);
        vm.prank(pharmacist.addr);
        drugs.decommissionPacks(pharmacist.addr, lot, both, Reason.Dispensed);
        decommission(pharmacist.addr, 1, Reason.Dispensed);
        decommission(pharmacist.addr, 5, Reason.Dispensed);
        decommission(pharmacist.addr, 3, Reason.Destroyed);
        deliver(pharmacist.addr, hospital.addr, 1);
    }

    function test_revertsForARangeThatIsNone() public {
        _expectInvalid(3, 2);
        _quarantine(holder.addr, 3, 2);
        _expectInvalid(0, uint40(QUANTITY));
        _quarantine(holder.addr, 0, uint40(QUANTITY));
        _quarantine(holder.addr, 0, uint40(QUANTITY - 1));
    }

    function test_revertsWhenStoppedAlready() public {
        _quarantine(holder.addr, 0, 3);
        _expectRangeStopped(Range(0, 3), BY_HOLDER);
        _quarantine(holder.addr, 0, 3);
        _recall(holder.addr, 0, 3);
        _expectRangeStopped(Range(0, 3), BY_HOLDER | BY_RECALL);
        _recall(regulator.addr, 0, 3);
        _expectRangeStopped(Range(0, 3), BY_HOLDER | BY_RECALL);
        _quarantine(regulator.addr, 0, 3);
    }

    function test_revertsWhenTheLotIsRecalled() public {
        recall();
        expectLot(E.LotIsRecalled.selector);
        _quarantine(holder.addr, 0, 3);
        expectLot(E.LotIsRecalled.selector);
        _recall(holder.addr, 0, 3);
    }

    function test_holdsThreeRangesAndNoFourth() public {
        for (uint40 i = 0; i < 3; ++i) {
            _quarantine(holder.addr, i, i);
        }
        _expectTooMany();
        _quarantine(holder.addr, 3, 3);
        _quarantine(regulator.addr, 2, 2);
        for (uint256 i = 0; i < 4; ++i) {
            uint8 expected = i == 2 ? BY_HOLDER | BY_REGULATOR : i == 3 ? 0 : BY_HOLDER;
            assertEq(drugs.stopsAt(lot, i), expected);
        }
    }

    function test_releasesAsTheLotsRulesSay() public {
        _quarantine(manufacturer.addr, 1, 2);
        _quarantine(holder.addr, 1, 2);
        _quarantine(abroad.addr, 1, 2);
        vm.expectEmit(true, true, true, true, address(drugs));
        emit V.PacksReleased(lot, regulator.addr, 1, 2, REASON);
        _release(regulator.addr, 1, 2);
        assertEq(drugs.stopsAt(lot, 1), BY_MAKER | BY_HOLDER);
        _release(manufacturer.addr, 1, 2);
        assertEq(drugs.stopsAt(lot, 1), BY_HOLDER);
        _quarantine(manufacturer.addr, 1, 2);
        _release(holder.addr, 1, 2);
        assertEq(drugs.stopsAt(lot, 1), 0);
        decommission(pharmacist.addr, 1, Reason.Dispensed);
    }

    function test_revertsForOtherBounds() public {
        _quarantine(holder.addr, 1, 4);
        vm.expectRevert(abi.encodeWithSelector(E.RangeNotQuarantined.selector, lot, Range(1, 3)));
        _release(holder.addr, 1, 3);
        vm.expectRevert(abi.encodeWithSelector(E.RangeNotQuarantined.selector, lot, Range(1, 4)));
        _release(manufacturer.addr, 1, 4);
    }

    function test_revertsForARegulatorThatMayNotAmendTheProduct() public {
        _quarantine(regulator.addr, 1, 4);
        expectNoAuthority(abroad.addr);
        _release(abroad.addr, 1, 4);
    }

    function test_doesNotUndoARecall() public {
        _quarantine(holder.addr, 1, 4);
        _recall(manufacturer.addr, 1, 4);
        _release(holder.addr, 1, 4);
        assertEq(drugs.stopsAt(lot, 4), BY_RECALL);
        vm.expectRevert(abi.encodeWithSelector(E.RangeNotQuarantined.selector, lot, Range(1, 4)));
        _release(holder.addr, 1, 4);
    }

    function test_releasesTheFirstPackAlone() public {
        _quarantine(holder.addr, 1, 4);
        _quarantine(holder.addr, 0, 0);
        _release(holder.addr, 1, 4);
        _expectRangeStopped(Range(0, 0), BY_HOLDER);
        _quarantine(holder.addr, 0, 0);
        _release(holder.addr, 0, 0);
        assertEq(drugs.stopsAt(lot, 0), 0);
    }

    function test_makesRoom() public {
        for (uint40 i = 0; i < 3; ++i) {
            _quarantine(holder.addr, i, i);
        }
        _release(holder.addr, 1, 1);
        _quarantine(holder.addr, 4, 5);
        for (uint256 i = 0; i < 6; ++i) {
            assertEq(drugs.stopsAt(lot, i), i == 1 || i == 3 ? 0 : BY_HOLDER);
        }
        _expectTooMany();
        _quarantine(holder.addr, 1, 1);
    }

    function test_holdsAndReportsARecall() public {
        address[3] memory actors = [manufacturer.addr, holder.addr, abroad.addr];
        for (uint40 i = 0; i < 3; ++i) {
            vm.expectEmit(true, true, true, true, address(drugs));
            emit V.PacksRecalled(lot, actors[i], i, i, REASON);
            _recall(actors[i], i, i);
            _expectStopped(i, BY_RECALL);
            decommission(pharmacist.addr, i, Reason.Dispensed);
        }
        assertFalse(drugs.lotOf(lot).recalled);
    }

    function test_recalledPacksAreNotRestored() public {
        decommission(pharmacist.addr, 1, Reason.Dispensed);
        decommission(pharmacist.addr, 2, Reason.Dispensed);
        _quarantine(holder.addr, 1, 1);
        _recall(holder.addr, 2, 2);
        vm.startPrank(pharmacist.addr);
        drugs.restorePack(pharmacist.addr, lot, 1);
        _expectStopped(2, BY_RECALL);
        drugs.restorePack(pharmacist.addr, lot, 2);
        vm.stopPrank();
    }

    function testFuzz_joinsTheStopsOfLotAndRanges(uint40[6] memory ends, uint256 index) public {
        index = bound(index, 0, QUANTITY - 1);
        uint8 expected = BY_MAKER;
        quarantine(manufacturer.addr);
        for (uint256 i = 0; i < 3; ++i) {
            uint40 first = uint40(bound(ends[2 * i], 0, QUANTITY - 1));
            uint40 last = uint40(bound(ends[2 * i + 1], first, QUANTITY - 1));
            address[3] memory actors = [manufacturer.addr, holder.addr, abroad.addr];
            _quarantine(actors[i], first, last);
            if (first <= index && index <= last) expected |= uint8(2 << i);
        }
        assertEq(drugs.stopsAt(lot, index), expected);
    }

    // Words -------------------------------------------------------------------------------------

    function _quarantine(address actor, uint40 first, uint40 last) private {
        vm.prank(actor);
        drugs.quarantinePacks(
            actor, GTIN, manufacturer.addr, LOT_DIGEST, Range(first, last), REASON
        );
    }

    function _release(address actor, uint40 first, uint40 last) private {
        vm.prank(actor);
        drugs.releasePacks(actor, GTIN, manufacturer.addr, LOT_DIGEST, Range(first, last), REASON);
    }

    function _recall(address actor, uint40 first, uint40 last) private {
        vm.prank(actor);
        drugs.recallPacks(actor, GTIN, manufacturer.addr, LOT_DIGEST, Range(first, last), REASON);
    }

    function _act(uint256 act, address caller, address actor, bytes32 digest) private {
        address maker = manufacturer.addr;
        vm.prank(caller);
        if (act == 0) drugs.quarantinePacks(actor, GTIN, maker, digest, Range(0, 1), REASON);
        else if (act == 1) drugs.releasePacks(actor, GTIN, maker, digest, Range(0, 1), REASON);
        else drugs.recallPacks(actor, GTIN, maker, digest, Range(0, 1), REASON);
    }

    function _expectStopped(uint256 index, uint8 stops) private {
        vm.expectRevert(abi.encodeWithSelector(E.PackIsStopped.selector, lot, index, stops));
    }

    function _expectRangeStopped(Range memory range, uint8 stops) private {
        vm.expectRevert(abi.encodeWithSelector(E.RangeIsStopped.selector, lot, range, stops));
    }

    function _expectInvalid(uint40 first, uint40 last) private {
        vm.expectRevert(
            abi.encodeWithSelector(E.RangeInvalid.selector, lot, Range(first, last), QUANTITY)
        );
    }

    function _expectTooMany() private {
        vm.expectRevert(abi.encodeWithSelector(E.RangesTooMany.selector, lot));
    }
}
