// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {Roles} from "../../../contracts/accreditation/Role.sol";
import {IDrugProvenanceErrors as E} from "../../../contracts/drug/IDrugProvenanceErrors.sol";
import {IDrugProvenanceEvents as V} from "../../../contracts/drug/IDrugProvenanceEvents.sol";
import {LotId, Range, Reason} from "../../../contracts/drug/Lot.sol";
import {DrugTest} from "./DrugTest.sol";

/// @title Packs that end by their number
contract QuantitiesTest is DrugTest {
    bytes32 private constant CONTENTS = keccak256("contents");

    function setUp() public override {
        super.setUp();
        deliver(manufacturer.addr, pharmacist.addr, 6);
        deliver(manufacturer.addr, distributor.addr, 2);
    }

    function test_revertsWhenCallerIsNotController() public {
        expectNotController(pharmacist.addr, distributor.addr);
        vm.prank(distributor.addr);
        drugs.decommissionQuantity(pharmacist.addr, lot, 1, Reason.Lost, CONTENTS, EVENT);
    }

    function test_revertsWhenLotIsUnknown() public {
        LotId unknown = LotId.wrap(keccak256("unknown"));
        vm.expectRevert(abi.encodeWithSelector(E.LotUnknown.selector, unknown));
        vm.prank(pharmacist.addr);
        drugs.decommissionQuantity(pharmacist.addr, unknown, 1, Reason.Lost, CONTENTS, EVENT);
    }

    function test_revertsWithoutAReason() public {
        vm.expectRevert(abi.encodeWithSelector(E.PackReasonInvalid.selector, Reason.None));
        _end(pharmacist.addr, 1, Reason.None);
    }

    function test_revertsWithoutPacks() public {
        vm.expectRevert(E.PackBatchEmpty.selector);
        _end(pharmacist.addr, 0, Reason.Dispensed);
        vm.expectRevert(E.PackBatchEmpty.selector);
        _end(stranger.addr, 0, Reason.Lost);
    }

    function testFuzz_revertsWhenPartnerHoldsFewer(uint256 quantity, uint8 reason) public {
        quantity = bound(quantity, 7, type(uint256).max);
        expectInsufficient(pharmacist.addr, 6, quantity);
        _end(pharmacist.addr, quantity, Reason(bound(reason, 1, uint256(type(Reason).max))));
    }

    function test_reversibleReasonsRevertForAnUnsoundLot() public {
        quarantine(regulator.addr);
        expectLot(E.LotIsQuarantined.selector);
        _end(pharmacist.addr, 1, Reason.Dispensed);
        release(regulator.addr);
        uint256 before = vm.snapshotState();
        recall();
        expectLot(E.LotIsRecalled.selector);
        _end(pharmacist.addr, 1, Reason.CheckedOut);
        vm.revertToState(before);
        expire();
        expectExpired();
        _end(pharmacist.addr, 1, Reason.Sample);
    }

    function test_reversibleReasonsRevertBesideAStoppedRange() public {
        _stop(Range(0, 0));
        for (uint8 i = 1; i <= uint8(Reason.CheckedOut); ++i) {
            expectLot(E.PackNotShown.selector);
            _end(pharmacist.addr, 1, Reason(i));
        }
        vm.prank(holder.addr);
        drugs.releasePacks(holder.addr, GTIN, manufacturer.addr, LOT_DIGEST, Range(0, 0), REASON);
        _end(pharmacist.addr, 1, Reason.Dispensed);
        assertEq(held(pharmacist.addr), 5);
    }

    function test_reversibleReasonsNeedTheRightRole() public {
        expectIdentity(E.NotDispenser.selector, distributor.addr);
        _end(distributor.addr, 1, Reason.Dispensed);
        disaccredit(distributor.addr, Roles.DISTRIBUTOR);
        expectIdentity(E.NotTradingPartner.selector, distributor.addr);
        _end(distributor.addr, 1, Reason.Exported);
    }

    function test_endsPacksOfAnUnsoundLot() public {
        quarantine(regulator.addr);
        _end(pharmacist.addr, 1, Reason.Destroyed);
        _stop(Range(0, 3));
        _end(pharmacist.addr, 1, Reason.Destroyed);
        recall();
        _end(pharmacist.addr, 1, Reason.Stolen);
        expire();
        disaccredit(pharmacist.addr, Roles.PHARMACY);
        _end(pharmacist.addr, 2, Reason.Lost);
        assertEq(held(pharmacist.addr), 1);
    }

    function testFuzz_takesThemFromCustody(uint256 quantity, uint8 reason) public {
        quantity = bound(quantity, 1, 6);
        _end(pharmacist.addr, quantity, Reason(bound(reason, 1, uint256(type(Reason).max))));
        assertEq(held(pharmacist.addr), 6 - quantity);
        assertEq(held(distributor.addr), 2);
        assertEq(held(manufacturer.addr), 3);
    }

    function test_reportsThem() public {
        vm.expectEmit(address(drugs));
        emit V.QuantityDecommissioned(lot, pharmacist.addr, 4, Reason.Dispensed, CONTENTS, EVENT);
        _end(pharmacist.addr, 4, Reason.Dispensed);
    }

    function test_leavesEverySerialAsItWas() public {
        _end(pharmacist.addr, 5, Reason.Destroyed);
        for (uint256 i = 0; i < QUANTITY; ++i) {
            assertTrue(drugs.packOf(lot, i).reason == Reason.None);
        }
        decommission(pharmacist.addr, 3, Reason.Dispensed);
        expectInsufficient(pharmacist.addr, 0, 1);
        decommission(pharmacist.addr, 4, Reason.Dispensed);
    }

    function _end(address partner, uint256 quantity, Reason reason) private {
        vm.prank(partner);
        drugs.decommissionQuantity(partner, lot, quantity, reason, CONTENTS, EVENT);
    }

    function _stop(Range memory range) private {
        vm.prank(holder.addr);
        drugs.quarantinePacks(holder.addr, GTIN, manufacturer.addr, LOT_DIGEST, range, REASON);
    }
}
