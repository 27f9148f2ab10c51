// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IConsentRegistry} from "../../../contracts/consent/IConsentRegistry.sol";
import {IIdentityRegistry} from "../../../contracts/identity/IIdentityRegistry.sol";
import {GuardedPatient} from "../identity/GuardedPatient.sol";

/// @title A patient's key is stolen, or all guardians' keys are
/// @dev Stories of recovery itself stand in identity/Theft.t.sol; these are about what hangs on the identity.
contract PatientTrustTest is GuardedPatient {
    bytes32 private constant HIS = keccak256("the patient's consent");
    bytes32 private constant THIEFS = keccak256("the thief's consent");

    function _grant(address by, bytes32 particulars) private returns (bytes32 consentId) {
        bytes32 epoch = consents.epochOf(patient.addr);
        consentId = consents.consentIdOf(patient.addr, epoch, particulars);
        vm.prank(by);
        consents.grantConsent(patient.addr, epoch, particulars);
    }

    function _recoverTo(address newOwner, uint256 guardiansNumber) private {
        _propose(newOwner, guardiansNumber);
        skip(RECOVERY_DELAY);
        _execute();
    }

    // The patient's key -----------------------------------------------------------------------------

    function test_theThiefGrantsAndTheRecoveredOwnerEndsIt() external {
        bytes32 thiefs = _grant(patient.addr, THIEFS);
        assertTrue(consents.isActive(patient.addr, thiefs));
        _recoverTo(carer.addr, 3);
        assertTrue(consents.isActive(patient.addr, thiefs));
        vm.prank(carer.addr);
        consents.revokeAllConsents(patient.addr, FRESH);
        assertFalse(consents.isActive(patient.addr, thiefs));
    }

    function test_theThiefsKeyDoesNothingAfterTheRecovery() external {
        bytes32 consentId = _grant(patient.addr, HIS);
        _recoverTo(carer.addr, 3);
        vm.startPrank(patient.addr);
        _expectNotController(patient.addr, patient.addr);
        consents.grantConsent(patient.addr, 0, THIEFS);
        _expectNotController(patient.addr, patient.addr);
        consents.revokeConsent(patient.addr, consentId);
        _expectNotController(patient.addr, patient.addr);
        consents.setBreakGlassOptOut(patient.addr, true);
        vm.stopPrank();
    }

    function test_theThiefCannotBringBackWhatWasRevoked() external {
        bytes32 consentId = _grant(patient.addr, HIS);
        vm.startPrank(patient.addr);
        consents.revokeConsent(patient.addr, consentId);
        vm.expectRevert(
            abi.encodeWithSelector(
                IConsentRegistry.ConsentAlreadyRevoked.selector, patient.addr, consentId
            )
        );
        consents.grantConsent(patient.addr, 0, HIS);
        vm.stopPrank();
    }

    function test_aPatientWhoRotatesFirstNeedsNobody() external {
        _rotate(patient, patient.addr, carer.addr);
        _expectNotController(patient.addr, patient.addr);
        vm.prank(patient.addr);
        identities.changeOwner(patient.addr, thief.addr);
        assertEq(identities.identityOwner(patient.addr), carer.addr);
    }

    // The guardians' keys ---------------------------------------------------------------------------

    function test_allGuardiansTogetherTakeTheIdentityAfterTheDelay() external {
        _propose(thief.addr, 3);
        vm.expectPartialRevert(IIdentityRegistry.RecoveryUnanimous.selector);
        _veto(patient.addr);
        vm.expectPartialRevert(IIdentityRegistry.RecoveryNotReady.selector);
        _execute();
        skip(RECOVERY_DELAY);
        _execute();
        assertEq(identities.identityOwner(patient.addr), thief.addr);
    }

    function test_thePatientEndsEverythingBeforeAllGuardiansTakeOver() external {
        bytes32 consentId = _grant(patient.addr, HIS);
        _propose(thief.addr, 3);
        vm.prank(patient.addr);
        consents.revokeAllConsents(patient.addr, FRESH);
        skip(RECOVERY_DELAY);
        _execute();
        assertFalse(consents.isActive(patient.addr, consentId));
    }
}
