// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {ConsentTest} from "../consent/ConsentTest.sol";

/// @title The key of a patient's delegate, a carer who may grant, is stolen
contract DelegateTrustTest is ConsentTest {
    function setUp() public override {
        super.setUp();
        delegate(GRANT, carer.addr, 365 days);
    }

    function _grantAsCarer() private returns (bytes32 consentId) {
        consentId = theConsent();
        bytes32 epoch = consents.epochOf(patient.addr);
        vm.prank(carer.addr);
        consents.grantConsent(patient.addr, epoch, particularsTo(clinician.addr));
    }

    function _expectRefused() private {
        vm.expectRevert(notController(patient.addr, carer.addr));
    }

    function test_theThiefGrantsUntilThePatientEndsIt() external {
        bytes32 consentId = _grantAsCarer();
        assertTrue(consents.isActive(patient.addr, consentId));
        vm.startPrank(patient.addr);
        identities.revokeDelegate(patient.addr, GRANT, carer.addr);
        consents.revokeAllConsents(patient.addr, FRESH);
        vm.stopPrank();
        assertFalse(consents.isActive(patient.addr, consentId));
        _expectRefused();
        this.grantAsCarer();
    }

    function test_theThiefCanNothingElse() external {
        bytes32 consentId = theConsent();
        vm.startPrank(carer.addr);
        _expectRefused();
        consents.revokeConsent(patient.addr, consentId);
        _expectRefused();
        consents.revokeAllConsents(patient.addr, FRESH);
        _expectRefused();
        consents.setBreakGlassOptOut(patient.addr, true);
        _expectRefused();
        identities.changeOwner(patient.addr, thief.addr);
        _expectRefused();
        identities.addDelegate(patient.addr, GRANT, thief.addr, 1 days);
        vm.stopPrank();
    }

    function test_theDelegatesOwnRotationEndsTheThief() external {
        rotate(carer, stranger);
        _expectRefused();
        this.grantAsCarer();
    }

    function test_timeEndsTheThief() external {
        skip(365 days);
        _expectRefused();
        this.grantAsCarer();
    }

    /// @dev One call, so that a revert can be expected of it.
    function grantAsCarer() external {
        _grantAsCarer();
    }
}
