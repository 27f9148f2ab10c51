// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IAccessControl} from "@openzeppelin/contracts/access/IAccessControl.sol";

import {Roles} from "../../../contracts/accreditation/Role.sol";
import {IConsentRegistry} from "../../../contracts/consent/IConsentRegistry.sol";
import {Gtin} from "../../../contracts/drug/Lot.sol";
import {Authorization} from "../../../contracts/shared/Authorization.sol";
import {ISignedActs} from "../../../contracts/shared/ISignedActs.sol";
import {ConsentTest} from "../consent/ConsentTest.sol";

/// @title A faithless relayer, and who deployed the contracts
/// @dev The test itself deployed them.
contract RelayTrustTest is ConsentTest {
    // A relayer -------------------------------------------------------------------------------------

    function _signedGrant() private view returns (Authorization memory) {
        return signForConsents(patient, grantStruct(theConsent(), soon()), soon());
    }

    function _submit(address whom, bytes32 particulars, Authorization memory auth) private {
        vm.prank(relayer.addr);
        consents.grantConsentBySig(whom, 0, particulars, auth);
    }

    function test_theRelayerCannotChangeWhatWasSigned() external {
        Authorization memory auth = _signedGrant();
        bytes32 signed = particularsTo(clinician.addr);
        bytes memory refused =
            abi.encodeWithSelector(ISignedActs.SignatureInvalid.selector, patient.addr);
        vm.expectRevert(refused);
        _submit(patient.addr, particularsTo(thief.addr), auth);
        vm.expectRevert(refused);
        _submit(carer.addr, signed, auth);
        auth.deadline += 1;
        vm.expectRevert(refused);
        _submit(patient.addr, signed, auth);
    }

    function test_theRelayerCannotSubmitTwice() external {
        Authorization memory auth = _signedGrant();
        _submit(patient.addr, particularsTo(clinician.addr), auth);
        vm.expectPartialRevert(IConsentRegistry.ConsentAlreadyGranted.selector);
        _submit(patient.addr, particularsTo(clinician.addr), auth);
    }

    function test_whatTheRelayerWithholdsAnybodyElseSubmits() external {
        bytes32 consentId = grant();
        bytes32 structHash = revokeStruct(patient.addr, consentId, soon());
        Authorization memory auth = signForConsents(patient, structHash, soon());
        vm.prank(stranger.addr);
        consents.revokeConsentBySig(patient.addr, consentId, auth);
        assertFalse(consents.isActive(patient.addr, consentId));
    }

    function test_aWithheldGrantIsTakenBackBeforeItIsSubmitted() external {
        Authorization memory auth = _signedGrant();
        bytes32 consentId = theConsent();
        vm.prank(patient.addr);
        consents.revokeConsent(patient.addr, consentId);
        vm.expectPartialRevert(IConsentRegistry.ConsentAlreadyRevoked.selector);
        _submit(patient.addr, particularsTo(clinician.addr), auth);
    }

    function test_aWithheldGrantEndsAtItsDeadline() external {
        Authorization memory auth = _signedGrant();
        skip(1 hours + 1);
        vm.expectRevert(
            abi.encodeWithSelector(ISignedActs.SignatureExpired.selector, auth.deadline)
        );
        _submit(patient.addr, particularsTo(clinician.addr), auth);
    }

    // The deployer ----------------------------------------------------------------------------------

    function test_theDeployerCanDoNothing() external {
        assertFalse(accreditations.hasRole(0, address(this)));
        vm.expectPartialRevert(IAccessControl.AccessControlUnauthorizedAccount.selector);
        accreditations.nameAccreditor(Roles.CLINICIAN, address(this));
        vm.expectRevert(notController(patient.addr, address(this)));
        identities.changeOwner(patient.addr, address(this));
        vm.expectRevert(notController(patient.addr, address(this)));
        consents.revokeAllConsents(patient.addr, FRESH);
        vm.expectRevert(notController(manufacturer.addr, address(this)));
        drugs.recallLot(
            manufacturer.addr, Gtin.wrap(9_506_000_134_352), manufacturer.addr, FRESH, FRESH
        );
    }
}
