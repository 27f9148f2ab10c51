// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IConsentRegistry as I} from "../../../contracts/consent/IConsentRegistry.sol";
import {Authorization} from "../../../contracts/shared/Authorization.sol";
import {ISignedActs} from "../../../contracts/shared/ISignedActs.sol";
import {Vm} from "../base/Vm.sol";
import {ConsentTest} from "./ConsentTest.sol";

/// @title Taking one consent back, and all of them
contract RevokingTest is ConsentTest {
    bytes32 private id;

    function setUp() public override {
        super.setUp();
        id = grant();
        skip(1 hours);
    }

    // revokeConsent ---------------------------------------------------------------------------

    function test_revokesAConsent() public {
        vm.expectEmit(address(consents));
        emit I.ConsentRevoked(patient.addr, id);
        _revokeAs(patient.addr);

        I.ConsentStatus memory status = consents.consentStatus(patient.addr, id);
        assertEq(status.grantedAt, vm.getBlockTimestamp() - 1 hours);
        assertEq(status.revokedAt, vm.getBlockTimestamp());
        assertFalse(status.active);
        assertFalse(consents.isActive(patient.addr, id));
    }

    function testFuzz_revokesWhatWasNeverRegistered(bytes32 unknown) public {
        vm.assume(unknown != id);
        vm.prank(patient.addr);
        consents.revokeConsent(patient.addr, unknown);
        I.ConsentStatus memory status = consents.consentStatus(patient.addr, unknown);
        assertEq(status.grantedAt, 0);
        assertEq(status.revokedAt, vm.getBlockTimestamp());
        assertTrue(consents.isActive(patient.addr, id));
    }

    function test_revokesAConsentOfAnOldEpoch() public {
        revokeAll();
        _revokeAs(patient.addr);
        assertEq(consents.consentStatus(patient.addr, id).revokedAt, vm.getBlockTimestamp());
    }

    function test_revertsRevokingTwice() public {
        _revokeAs(patient.addr);
        vm.expectRevert(abi.encodeWithSelector(I.ConsentAlreadyRevoked.selector, patient.addr, id));
        _revokeAs(patient.addr);
    }

    function test_revertsRevokingByAnyoneElse() public {
        address[4] memory others = [stranger.addr, clinician.addr, board.addr, governance.addr];
        for (uint256 i = 0; i < others.length; ++i) {
            vm.expectRevert(notController(patient.addr, others[i]));
            _revokeAs(others[i]);
        }
    }

    function test_revertsRevokingByAKeyThatWasRotatedAway() public {
        rotate(patient, carer);
        vm.expectRevert(notController(patient.addr, patient.addr));
        _revokeAs(patient.addr);
        _revokeAs(carer.addr);
        assertFalse(consents.isActive(patient.addr, id));
    }

    function test_revokesByARevokeDelegate() public {
        delegate(REVOKE, carer.addr, 1 days);
        _revokeAs(carer.addr);
        assertFalse(consents.isActive(patient.addr, id));
    }

    function test_revertsRevokingByAGrantDelegate() public {
        delegate(GRANT, carer.addr, 1 days);
        vm.expectRevert(notController(patient.addr, carer.addr));
        _revokeAs(carer.addr);
    }

    function test_revertsRevokingByADelegateWhoseKeyWasRotatedAway() public {
        delegate(REVOKE, carer.addr, 1 days);
        rotate(carer, thief);
        vm.expectRevert(notController(patient.addr, carer.addr));
        _revokeAs(carer.addr);
    }

    // revokeConsentBySig ----------------------------------------------------------------------

    function test_revokesByTheSignatureThatAnybodySubmits() public {
        Authorization memory auth = _signRevocation(patient);
        vm.prank(relayer.addr);
        consents.revokeConsentBySig(patient.addr, id, auth);
        assertFalse(consents.isActive(patient.addr, id));
    }

    function test_revokesBySignatureWhateverElseIsSignedAndWithheld() public {
        _signRevocation(patient);
        Authorization memory withheld =
            signForConsents(patient, revokeAllStruct(patient.addr, 0, soon()), soon());
        Authorization memory auth = _signRevocation(patient);
        consents.revokeConsentBySig(patient.addr, id, auth);
        assertFalse(consents.isActive(patient.addr, id));
        consents.revokeAllConsentsBySig(patient.addr, 0, FRESH, withheld);
    }

    function test_revokesBySignatureWhoeverHurriesAhead() public {
        Authorization memory auth = _signRevocation(patient);
        revokeAll();
        vm.prank(patient.addr);
        identities.setAttribute(patient.addr, "did/svc/Inbox", "x", 1 days);
        consents.revokeConsentBySig(patient.addr, id, auth);
        assertFalse(consents.isActive(patient.addr, id));
    }

    // revokeAllConsents -----------------------------------------------------------------------

    function test_endsEveryConsent() public {
        bytes32 other = _grantTo(pharmacist);
        revokeAll();
        assertFalse(consents.isActive(patient.addr, id));
        assertFalse(consents.isActive(patient.addr, other));
        assertFalse(consents.consentStatus(patient.addr, id).active);
        assertEq(consents.consentStatus(patient.addr, id).revokedAt, 0);
    }

    function testFuzz_movesTheEpochToWhatBlockEpochAndSaltMake(bytes32 blockHash, bytes32 salt)
        public
    {
        vm.setBlockhash(vm.getBlockNumber() - 1, blockHash);
        bytes32 next = keccak256(abi.encode(bytes32(0), blockHash, patient.addr, salt));
        vm.expectEmit(address(consents));
        emit I.AllConsentsRevoked(patient.addr, next);
        vm.prank(patient.addr);
        consents.revokeAllConsents(patient.addr, salt);
        assertEq(consents.epochOf(patient.addr), next);
    }

    function test_movesTheEpochTwiceInABlockWithoutARepeat() public {
        bytes32[4] memory seen;
        for (uint256 i = 1; i < seen.length; ++i) {
            revokeAll();
            seen[i] = consents.epochOf(patient.addr);
            for (uint256 j = 0; j < i; ++j) {
                assertNotEq(seen[i], seen[j]);
            }
        }
    }

    function test_leavesOtherPatientsAlone() public {
        vm.prank(payer.addr);
        consents.revokeAllConsents(payer.addr, FRESH);
        assertTrue(consents.isActive(patient.addr, id));
        assertEq(consents.epochOf(patient.addr), 0);
    }

    function test_revertsRevokingAllByAnyoneElse() public {
        address[4] memory others = [stranger.addr, clinician.addr, board.addr, governance.addr];
        for (uint256 i = 0; i < others.length; ++i) {
            vm.expectRevert(notController(patient.addr, others[i]));
            vm.prank(others[i]);
            consents.revokeAllConsents(patient.addr, FRESH);
        }
    }

    function test_revokesAllByARevokeDelegate() public {
        delegate(REVOKE, carer.addr, 1 days);
        vm.prank(carer.addr);
        consents.revokeAllConsents(patient.addr, FRESH);
        assertFalse(consents.isActive(patient.addr, id));
    }

    function test_revertsRevokingAllByAGrantDelegate() public {
        delegate(GRANT, carer.addr, 1 days);
        vm.expectRevert(notController(patient.addr, carer.addr));
        vm.prank(carer.addr);
        consents.revokeAllConsents(patient.addr, FRESH);
    }

    // revokeAllConsentsBySig ------------------------------------------------------------------

    function test_revokesAllByTheSignatureThatAnybodySubmits() public {
        bytes32 structHash = revokeAllStruct(patient.addr, 0, soon());
        Authorization memory auth = signForConsents(patient, structHash, soon());
        vm.prank(relayer.addr);
        consents.revokeAllConsentsBySig(patient.addr, 0, FRESH, auth);
        assertFalse(consents.isActive(patient.addr, id));
    }

    function testFuzz_revertsRevokingAllWithAnotherSaltThanWasSigned(bytes32 salt) public {
        vm.assume(salt != FRESH);
        bytes32 structHash = revokeAllStruct(patient.addr, 0, soon());
        Authorization memory auth = signForConsents(patient, structHash, soon());
        vm.expectRevert(abi.encodeWithSelector(ISignedActs.SignatureInvalid.selector, patient.addr));
        consents.revokeAllConsentsBySig(patient.addr, 0, salt, auth);
    }

    function test_revertsRevokingAllOfAnotherEpochBySignature() public {
        bytes32 structHash = revokeAllStruct(patient.addr, 0, soon());
        Authorization memory auth = signForConsents(patient, structHash, soon());
        revokeAll();
        bytes32 current = consents.epochOf(patient.addr);
        vm.expectRevert(abi.encodeWithSelector(I.ConsentEpochMoved.selector, patient.addr, current));
        consents.revokeAllConsentsBySig(patient.addr, 0, FRESH, auth);
    }

    // isActive --------------------------------------------------------------------------------

    function test_endsWithTheIdentity() public {
        deactivate(patient.addr);
        assertFalse(consents.isActive(patient.addr, id));
        assertFalse(consents.consentStatus(patient.addr, id).active);
    }

    function test_outlivesARotationOfTheKey() public {
        rotate(patient, carer);
        assertTrue(consents.isActive(patient.addr, id));
    }

    function testFuzz_knowsNothingOfWhatWasNeverGranted(address who, bytes32 unknown) public view {
        vm.assume(unknown != id);
        assertFalse(consents.isActive(who, unknown));
        I.ConsentStatus memory status = consents.consentStatus(who, unknown);
        assertEq(uint256(status.grantedAt) + status.revokedAt, 0);
        assertFalse(status.active);
    }

    function _revokeAs(address actor) private {
        vm.prank(actor);
        consents.revokeConsent(patient.addr, id);
    }

    function _grantTo(Vm.Wallet memory grantee) private returns (bytes32) {
        bytes32 particulars = particularsTo(grantee.addr);
        vm.prank(patient.addr);
        consents.grantConsent(patient.addr, 0, particulars);
        return idOf(patient.addr, 0, particulars);
    }

    function _signRevocation(Vm.Wallet memory signer) private view returns (Authorization memory) {
        return signForConsents(signer, revokeStruct(patient.addr, id, soon()), soon());
    }
}
