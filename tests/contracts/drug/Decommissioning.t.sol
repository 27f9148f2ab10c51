// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {Roles} from "../../../contracts/accreditation/Role.sol";
import {IDrugProvenanceErrors as E} from "../../../contracts/drug/IDrugProvenanceErrors.sol";
import {IDrugProvenanceEvents as V} from "../../../contracts/drug/IDrugProvenanceEvents.sol";
import {Flag, LotId, Pack, PackProof, Reason} from "../../../contracts/drug/Lot.sol";
import {DrugTest} from "./DrugTest.sol";

contract DecommissioningTest is DrugTest {
    function setUp() public override {
        super.setUp();
        deliver(manufacturer.addr, pharmacist.addr, 6);
        deliver(manufacturer.addr, distributor.addr, 2);
    }

    function test_revertsWhenCallerIsNotController() public {
        PackProof[] memory packs = _packs(0, 1);
        expectNotController(pharmacist.addr, distributor.addr);
        vm.prank(distributor.addr);
        drugs.decommissionPack(pharmacist.addr, lot, packs[0], Reason.Dispensed);
        expectNotController(pharmacist.addr, distributor.addr);
        vm.prank(distributor.addr);
        drugs.decommissionPacks(pharmacist.addr, lot, packs, Reason.Dispensed);
    }

    function test_revertsWhenLotIsUnknown() public {
        PackProof[] memory packs = _packs(0, 1);
        LotId unknown = LotId.wrap(keccak256("unknown"));
        vm.expectRevert(abi.encodeWithSelector(E.LotUnknown.selector, unknown));
        vm.prank(pharmacist.addr);
        drugs.decommissionPack(pharmacist.addr, unknown, packs[0], Reason.Lost);
        vm.expectRevert(abi.encodeWithSelector(E.LotUnknown.selector, unknown));
        vm.prank(pharmacist.addr);
        drugs.decommissionPacks(pharmacist.addr, unknown, packs, Reason.Lost);
    }

    function test_revertsWithoutAReason() public {
        _expectReasonInvalid();
        decommission(pharmacist.addr, 0, Reason.None);
        _expectReasonInvalid();
        _batch(pharmacist.addr, _packs(0, 1), Reason.None);
    }

    function test_revertsWhenPartnerHoldsNone() public {
        expectInsufficient(hospital.addr, 0, 1);
        decommission(hospital.addr, 0, Reason.Dispensed);
        expectInsufficient(stranger.addr, 0, 1);
        decommission(stranger.addr, 0, Reason.Stolen);
    }

    function testFuzz_revertsForACounterfeit(uint64 index, bytes32 commitment) public {
        index = uint64(bound(index, 0, QUANTITY - 1));
        PackProof memory pack = packAt(index);
        vm.assume(commitment != pack.commitment);
        pack.commitment = commitment;
        _expectNotInLot(index);
        _one(pharmacist.addr, pack, Reason.Dispensed);
    }

    function test_revertsForTheIndexOfAnotherPack() public {
        PackProof memory pack = packAt(3);
        pack.index = 2;
        _expectNotInLot(2);
        _one(pharmacist.addr, pack, Reason.Dispensed);
    }

    function testFuzz_revertsPastTheQuantity(uint64 index) public {
        PackProof memory pack = packAt(uint64(QUANTITY - 1));
        pack.index = uint64(bound(index, QUANTITY, type(uint64).max));
        _expectNotInLot(pack.index);
        _one(pharmacist.addr, pack, Reason.Lost);
    }

    function test_reversibleReasonsRevertForAnUnsoundLot() public {
        quarantine(regulator.addr);
        for (uint8 i = 1; i <= uint8(Reason.CheckedOut); ++i) {
            expectLot(E.LotIsQuarantined.selector);
            decommission(pharmacist.addr, 0, Reason(i));
        }
        release(regulator.addr);
        uint256 before = vm.snapshotState();
        recall();
        for (uint8 i = 1; i <= uint8(Reason.CheckedOut); ++i) {
            expectLot(E.LotIsRecalled.selector);
            decommission(pharmacist.addr, 0, Reason(i));
        }
        vm.revertToState(before);
        expire();
        for (uint8 i = 1; i <= uint8(Reason.CheckedOut); ++i) {
            expectExpired();
            decommission(pharmacist.addr, 0, Reason(i));
        }
    }

    function test_reversibleReasonsRevertForAFlaggedPack() public {
        _flag(0, Flag.Locked);
        _flag(1, Flag.Stolen);
        for (uint8 i = 1; i <= uint8(Reason.CheckedOut); ++i) {
            _expectFlagged(0, Flag.Locked);
            decommission(pharmacist.addr, 0, Reason(i));
            _expectFlagged(1, Flag.Stolen);
            decommission(pharmacist.addr, 1, Reason(i));
        }
        _flag(0, Flag.None);
        decommission(pharmacist.addr, 0, Reason.Dispensed);
    }

    function test_onlyPharmaciesAndHospitalsDispense() public {
        expectIdentity(E.NotDispenser.selector, distributor.addr);
        decommission(distributor.addr, 0, Reason.Dispensed);
        expectIdentity(E.NotDispenser.selector, manufacturer.addr);
        decommission(manufacturer.addr, 0, Reason.Dispensed);
        deliver(manufacturer.addr, hospital.addr, 1);
        decommission(hospital.addr, 0, Reason.Dispensed);
        assertTrue(_pack(0).reason == Reason.Dispensed);
    }

    function test_reversibleReasonsRevertOnceAccreditationIsRevoked() public {
        disaccredit(pharmacist.addr, Roles.PHARMACY);
        expectIdentity(E.NotDispenser.selector, pharmacist.addr);
        decommission(pharmacist.addr, 0, Reason.Dispensed);
        expectIdentity(E.NotTradingPartner.selector, pharmacist.addr);
        decommission(pharmacist.addr, 0, Reason.Exported);
        expectIdentity(E.NotTradingPartner.selector, pharmacist.addr);
        decommission(pharmacist.addr, 0, Reason.Sample);
    }

    function test_endsAPackForReversibleReasons() public {
        decommission(pharmacist.addr, 0, Reason.Dispensed);
        decommission(distributor.addr, 1, Reason.Exported);
        decommission(manufacturer.addr, 2, Reason.Sample);
        assertTrue(_pack(0).reason == Reason.Dispensed);
        assertTrue(_pack(1).reason == Reason.Exported);
        assertTrue(_pack(2).reason == Reason.Sample);
    }

    function test_endsAPackOfAnUnsoundLot() public {
        quarantine(regulator.addr);
        decommission(pharmacist.addr, 0, Reason.Destroyed);
        recall();
        decommission(pharmacist.addr, 1, Reason.Stolen);
        expire();
        decommission(pharmacist.addr, 2, Reason.Lost);
        assertEq(held(pharmacist.addr), 3);
    }

    function test_endsAFlaggedPackAndKeepsItsFlag() public {
        _flag(0, Flag.Locked);
        _flag(1, Flag.Stolen);
        decommission(pharmacist.addr, 0, Reason.Destroyed);
        decommission(pharmacist.addr, 1, Reason.Stolen);
        assertTrue(_pack(0).reason == Reason.Destroyed && _pack(0).flag == Flag.Locked);
        assertTrue(_pack(1).reason == Reason.Stolen && _pack(1).flag == Flag.Stolen);
    }

    function test_endsAPackOfAPartnerNoLongerAccredited() public {
        disaccredit(pharmacist.addr, Roles.PHARMACY);
        decommission(pharmacist.addr, 0, Reason.Destroyed);
        assertEq(held(pharmacist.addr), 5);
    }

    function test_revertsWhenDecommissionedAlready() public {
        decommission(pharmacist.addr, 4, Reason.Dispensed);
        uint256 when = vm.getBlockTimestamp();
        skip(3 days);
        _expectAlready(4, when, Reason.Dispensed);
        decommission(pharmacist.addr, 4, Reason.Dispensed);
    }

    function testFuzz_aSerialEndsOnce(uint64 index, uint8 first, uint8 second, bool same) public {
        index = uint64(bound(index, 0, QUANTITY - 1));
        Reason reason = Reason(bound(first, 1, uint256(Reason.Lost)));
        deliver(manufacturer.addr, hospital.addr, 1);
        decommission(pharmacist.addr, index, reason);
        _expectAlready(index, vm.getBlockTimestamp(), reason);
        address again = same ? pharmacist.addr : hospital.addr;
        decommission(again, index, Reason(bound(second, 1, uint256(Reason.Lost))));
    }

    function test_holdsWhoWhenAndWhy() public {
        decommission(pharmacist.addr, 4, Reason.Dispensed);
        Pack memory pack = _pack(4);
        assertEq(pack.by, pharmacist.addr);
        assertEq(pack.decommissionedAt, vm.getBlockTimestamp());
        assertTrue(pack.reason == Reason.Dispensed);
        assertTrue(pack.flag == Flag.None);
        assertEq(_pack(3).by, address(0));
    }

    function test_reportsThePack() public {
        PackProof memory pack = packAt(4);
        vm.expectEmit(address(drugs));
        emit V.PackDecommissioned(lot, 4, pharmacist.addr, Reason.Dispensed);
        _one(pharmacist.addr, pack, Reason.Dispensed);
    }

    function test_takesOneFromCustody() public {
        decommission(pharmacist.addr, 4, Reason.Dispensed);
        assertEq(held(pharmacist.addr), 5);
        assertEq(held(distributor.addr), 2);
    }

    function test_batchRevertsWhenEmpty() public {
        vm.expectRevert(E.PackBatchEmpty.selector);
        _batch(pharmacist.addr, new PackProof[](0), Reason.Dispensed);
    }

    function test_batchRevertsWhenPartnerHoldsFewer() public {
        PackProof[] memory packs = _packs(0, 7);
        expectInsufficient(pharmacist.addr, 6, 7);
        _batch(pharmacist.addr, packs, Reason.Dispensed);
    }

    function test_batchRevertsWholeForOneCounterfeit() public {
        PackProof[] memory packs = _packs(0, 3);
        packs[2].commitment = keccak256("counterfeit");
        _expectNotInLot(2);
        _batch(pharmacist.addr, packs, Reason.Dispensed);
        assertEq(_pack(0).by, address(0));
        assertEq(held(pharmacist.addr), 6);
    }

    function test_batchRevertsWholeForADouble() public {
        PackProof[] memory packs = _packs(0, 3);
        packs[2] = packs[0];
        _expectAlready(0, vm.getBlockTimestamp(), Reason.Dispensed);
        _batch(pharmacist.addr, packs, Reason.Dispensed);
        assertEq(_pack(0).by, address(0));
    }

    function testFuzz_batchEndsEach(uint64 from, uint256 count, uint8 reason) public {
        count = bound(count, 1, 6);
        from = uint64(bound(from, 0, QUANTITY - count));
        Reason why = Reason(bound(reason, 1, uint256(Reason.Lost)));
        PackProof[] memory packs = _packs(from, count);
        for (uint64 i = from; i < from + count; ++i) {
            vm.expectEmit(address(drugs));
            emit V.PackDecommissioned(lot, i, pharmacist.addr, why);
        }
        _batch(pharmacist.addr, packs, why);
        assertEq(held(pharmacist.addr), 6 - count);
        for (uint64 i = 0; i < QUANTITY; ++i) {
            assertEq(_pack(i).by != address(0), i >= from && i < from + count);
        }
    }

    function test_verifiesEveryPackAtItsIndex() public view {
        for (uint64 i = 0; i < QUANTITY; ++i) {
            PackProof memory pack = packAt(i);
            assertTrue(drugs.verifyPack(lot, pack));
            pack.index = (i + 1) % uint64(QUANTITY);
            assertFalse(drugs.verifyPack(lot, pack));
        }
    }

    function test_verifyRevertsWhenLotIsUnknown() public {
        PackProof memory pack = packAt(0);
        LotId unknown = LotId.wrap(keccak256("unknown"));
        vm.expectRevert(abi.encodeWithSelector(E.LotUnknown.selector, unknown));
        drugs.verifyPack(unknown, pack);
    }

    /// @dev Made by the Python library; the same lot that third parties check.
    function test_dispensesThePacksOfTheVector() public {
        string memory file = string.concat(vm.projectRoot(), "/tests/vectors/packs/lot-v1.json");
        string memory json = vm.readFile(file);
        uint256 quantity = vm.parseJsonUint(json, ".quantity");
        bytes32 root = vm.parseJsonBytes32(json, ".root");
        bytes32 digest = vm.parseJsonBytes32(json, ".lotDigest");
        vm.prank(manufacturer.addr);
        lot = drugs.commissionLot(manufacturer.addr, GTIN, digest, EXPIRY, quantity, root, EVENT);
        for (uint64 i = 0; i < quantity; ++i) {
            string memory key = string.concat(".packs[", vm.toString(i), "]");
            bytes32 commitment = vm.parseJsonBytes32(json, string.concat(key, ".commitment"));
            bytes32[] memory path = vm.parseJsonBytes32Array(json, string.concat(key, ".proof"));
            _one(manufacturer.addr, PackProof(i, commitment, path), Reason.Sample);
        }
        assertEq(held(manufacturer.addr), 0);
    }

    function _one(address partner, PackProof memory pack, Reason reason) private {
        vm.prank(partner);
        drugs.decommissionPack(partner, lot, pack, reason);
    }

    function _batch(address partner, PackProof[] memory packs, Reason reason) private {
        vm.prank(partner);
        drugs.decommissionPacks(partner, lot, packs, reason);
    }

    function _packs(uint64 from, uint256 count) private view returns (PackProof[] memory packs) {
        packs = new PackProof[](count);
        for (uint64 i = 0; i < count; ++i) {
            packs[i] = packAt(from + i);
        }
    }

    function _flag(uint64 index, Flag flag) private {
        PackProof memory pack = packAt(index);
        vm.prank(holder.addr);
        drugs.flagPack(holder.addr, GTIN, manufacturer.addr, LOT_DIGEST, pack, flag);
    }

    function _pack(uint256 index) private view returns (Pack memory) {
        return drugs.packOf(lot, index);
    }

    function _expectReasonInvalid() private {
        vm.expectRevert(abi.encodeWithSelector(E.PackReasonInvalid.selector, Reason.None));
    }

    function _expectNotInLot(uint64 index) private {
        vm.expectRevert(abi.encodeWithSelector(E.PackNotInLot.selector, lot, index));
    }

    function _expectFlagged(uint64 index, Flag flag) private {
        vm.expectRevert(abi.encodeWithSelector(E.PackIsFlagged.selector, lot, index, flag));
    }

    function _expectAlready(uint64 index, uint256 when, Reason reason) private {
        vm.expectRevert(
            abi.encodeWithSelector(
                E.PackDecommissionedAlready.selector, lot, index, pharmacist.addr, when, reason
            )
        );
    }
}
