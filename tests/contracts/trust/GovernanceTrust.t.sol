// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IAccessControl} from "@openzeppelin/contracts/access/IAccessControl.sol";
import {
    IAccessControlDefaultAdminRules
} from "@openzeppelin/contracts/access/extensions/IAccessControlDefaultAdminRules.sol";

import {IAccreditationRegistry} from "../../../contracts/accreditation/IAccreditationRegistry.sol";
import {Role, Roles} from "../../../contracts/accreditation/Role.sol";
import {Checkpoint} from "../../../contracts/anchor/Checkpoint.sol";
import {ISignedActs} from "../../../contracts/shared/ISignedActs.sol";
import {Fixture} from "../base/Fixture.sol";

/// @title Governance's key is stolen
/// @dev What is done as `governance` is done by the thief, or by its victim: both hold the key.
contract GovernanceTrustTest is Fixture {
    bytes32 private constant DIGEST = keccak256("evidence");

    function _name(address accreditor) private {
        vm.prank(governance.addr);
        accreditations.nameAccreditor(Roles.CLINICIAN, accreditor);
    }

    function _remove(address accreditor, uint256 voidFrom) private {
        vm.prank(governance.addr);
        accreditations.removeAccreditor(Roles.CLINICIAN, accreditor, voidFrom);
    }

    function _accreditThief(address by) private {
        uint256 until = vm.getBlockTimestamp() + 365 days;
        vm.prank(by);
        accreditations.accredit(by, thief.addr, Roles.CLINICIAN, until, DIGEST);
    }

    function _expectUnknown(address accreditor) private {
        vm.expectRevert(
            abi.encodeWithSelector(
                IAccreditationRegistry.AccreditorUnknown.selector, Roles.CLINICIAN, accreditor
            )
        );
    }

    // What the thief cannot -------------------------------------------------------------------------

    function test_cannotAccredit() external {
        _expectUnknown(governance.addr);
        _accreditThief(governance.addr);
    }

    function test_cannotActForAnybody() external {
        bytes memory refused = abi.encodeWithSelector(
            ISignedActs.NotController.selector, patient.addr, governance.addr
        );
        vm.startPrank(governance.addr);
        vm.expectRevert(refused);
        identities.changeOwner(patient.addr, thief.addr);
        vm.expectRevert(refused);
        consents.grantConsent(patient.addr, 0, DIGEST);
        vm.expectRevert(refused);
        consents.revokeAllConsents(patient.addr, FRESH);
        vm.stopPrank();
    }

    function test_cannotStopARevocation() external {
        vm.prank(patient.addr);
        consents.grantConsent(patient.addr, 0, DIGEST);
        bytes32 consentId = consents.consentIdOf(patient.addr, 0, DIGEST);
        for (uint8 role = 1; role <= Role.unwrap(Roles.ETHICS_BOARD); ++role) {
            vm.prank(governance.addr);
            accreditations.removeAccreditor(Role.wrap(role), board.addr, 1);
        }
        vm.startPrank(patient.addr);
        consents.revokeConsent(patient.addr, consentId);
        consents.revokeAllConsents(patient.addr, FRESH);
        identities.changeOwner(patient.addr, carer.addr);
        vm.stopPrank();
        assertFalse(consents.isActive(patient.addr, consentId));
    }

    function test_cannotStopAnAnchor() external {
        _remove(board.addr, 1);
        vm.prank(hospital.addr);
        anchors.anchor(hospital.addr, "audit", Checkpoint(0, 0, 0), 1, DIGEST);
    }

    // What is noticed in time -----------------------------------------------------------------------

    function test_theThiefsAccreditorIsRemovedBeforeItMayAct() external {
        _name(thief.addr);
        skip(NAMING_DELAY - 1);
        vm.expectPartialRevert(IAccreditationRegistry.AccreditorNotEffective.selector);
        _accreditThief(thief.addr);
        _remove(thief.addr, 0);
        skip(NAMING_DELAY);
        _expectUnknown(thief.addr);
        _accreditThief(thief.addr);
    }

    function test_aHandoverIsCancelledBeforeItIsAccepted() external {
        vm.prank(governance.addr);
        accreditations.beginDefaultAdminTransfer(thief.addr);
        vm.expectPartialRevert(
            IAccessControlDefaultAdminRules.AccessControlEnforcedDefaultAdminDelay.selector
        );
        vm.prank(thief.addr);
        accreditations.acceptDefaultAdminTransfer();

        vm.prank(governance.addr);
        accreditations.cancelDefaultAdminTransfer();
        skip(GOVERNANCE_DELAY + 1);
        vm.expectPartialRevert(
            IAccessControlDefaultAdminRules.AccessControlInvalidDefaultAdmin.selector
        );
        vm.prank(thief.addr);
        accreditations.acceptDefaultAdminTransfer();
        assertEq(accreditations.defaultAdmin(), governance.addr);
    }

    // What is lost, and how it is mended ------------------------------------------------------------

    function test_aHandoverThatNobodyCancelsIsForGood() external {
        vm.prank(governance.addr);
        accreditations.beginDefaultAdminTransfer(thief.addr);
        skip(GOVERNANCE_DELAY + 1);
        vm.prank(thief.addr);
        accreditations.acceptDefaultAdminTransfer();
        assertEq(accreditations.defaultAdmin(), thief.addr);
        vm.expectPartialRevert(IAccessControl.AccessControlUnauthorizedAccount.selector);
        _name(stranger.addr);
    }

    function test_whatARemovalVoidedIsGivenAnewByAnAccreditorNamedAgain() external {
        _remove(board.addr, 1);
        assertFalse(accreditations.isAccredited(clinician.addr, Roles.CLINICIAN));
        assertTrue(accreditations.isAccredited(hospital.addr, Roles.HOSPITAL));
        _name(board.addr);
        skip(NAMING_DELAY);
        _accredit(clinician.addr, Roles.CLINICIAN);
        assertTrue(accreditations.isAccredited(clinician.addr, Roles.CLINICIAN));
    }
}
