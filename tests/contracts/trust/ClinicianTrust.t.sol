// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {Roles} from "../../../contracts/accreditation/Role.sol";
import {IBreakGlass} from "../../../contracts/consent/IBreakGlass.sol";
import {IIdentityRegistry} from "../../../contracts/identity/IIdentityRegistry.sol";
import {BreakGlassTest} from "../consent/BreakGlassTest.sol";

/// @title The key of a clinician, or of an emergency clinician, is stolen
/// @dev What is done as `clinician` and `emergencyClinician` is done by the thief.
contract ClinicianTrustTest is BreakGlassTest {
    // A clinician -----------------------------------------------------------------------------------

    function test_aCliniciansKeyOpensNothingByItself() external {
        vm.startPrank(clinician.addr);
        vm.expectRevert(notController(patient.addr, clinician.addr));
        consents.grantConsent(patient.addr, 0, particularsTo(clinician.addr));
        vm.expectRevert(
            abi.encodeWithSelector(
                IBreakGlass.BreakGlassNotEmergencyClinician.selector, clinician.addr
            )
        );
        consents.openBreakGlass(clinician.addr, patient.addr, REASON);
        vm.stopPrank();
    }

    function test_thePatientEndsWhatWasGrantedToAStolenKey() external {
        bytes32 consentId = grant();
        vm.prank(patient.addr);
        consents.revokeConsent(patient.addr, consentId);
        assertFalse(consents.isActive(patient.addr, consentId));
    }

    function test_aRotatedClinicianIsNoLongerTheThief() external {
        rotate(clinician, stranger);
        assertEq(identities.identityOwner(clinician.addr), stranger.addr);
        assertTrue(accreditations.isAccredited(clinician.addr, Roles.CLINICIAN));
        vm.expectRevert(notController(clinician.addr, clinician.addr));
        vm.prank(clinician.addr);
        identities.changeOwner(clinician.addr, thief.addr);
    }

    function test_theThiefPublishesAKeyOfItsOwnUntilTheClinicianRevokesIt() external {
        bytes memory thiefs = abi.encode(keccak256("the thief's key"));
        vm.prank(clinician.addr);
        identities.setAttribute(clinician.addr, "did/pub", thiefs, 365 days);
        rotate(clinician, stranger);
        vm.expectRevert(notController(clinician.addr, clinician.addr));
        vm.prank(clinician.addr);
        identities.setAttribute(clinician.addr, "did/pub", thiefs, 365 days);

        uint256 previous = identities.changed(clinician.addr);
        vm.expectEmit();
        emit IIdentityRegistry.DIDAttributeChanged(clinician.addr, "did/pub", thiefs, 0, previous);
        vm.prank(stranger.addr);
        identities.revokeAttribute(clinician.addr, "did/pub", thiefs);
    }

    // An emergency clinician ------------------------------------------------------------------------

    function test_theThiefIsBrakedAtThreeWindows() external {
        for (uint256 i = 0; i < 3; ++i) {
            openOn(unknownPerson(i));
        }
        vm.expectRevert(
            abi.encodeWithSelector(
                IBreakGlass.BreakGlassTooMany.selector, emergencyClinician.addr, 3
            )
        );
        openOn(patient.addr);
    }

    function test_aThiefWhoJustifiesWithAnythingGoesOn() external {
        for (uint256 i = 0; i < 10; ++i) {
            justify(openOn(unknownPerson(i)));
        }
    }

    function test_theThiefOpensNothingOnWhoOptedOut() external {
        choose(true);
        vm.expectRevert(
            abi.encodeWithSelector(IBreakGlass.BreakGlassOptedOut.selector, patient.addr)
        );
        open();
    }

    function test_takingTheAccreditationEndsWhatIsOpenAndEverythingMore() external {
        open();
        assertTrue(isOpen());
        unaccredit(emergencyClinician.addr);
        assertFalse(isOpen());
        vm.expectPartialRevert(IBreakGlass.BreakGlassNotEmergencyClinician.selector);
        openOn(unknownPerson(1));
    }

    function test_theCliniciansRotationEndsTheThief() external {
        rotate(emergencyClinician, stranger);
        vm.expectRevert(notController(emergencyClinician.addr, emergencyClinician.addr));
        open();
    }
}
