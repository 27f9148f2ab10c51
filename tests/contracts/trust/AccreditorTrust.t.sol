// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IAccessControl} from "@openzeppelin/contracts/access/IAccessControl.sol";

import {IAccreditationRegistry} from "../../../contracts/accreditation/IAccreditationRegistry.sol";
import {Role, Roles} from "../../../contracts/accreditation/Role.sol";
import {ISignedActs} from "../../../contracts/shared/ISignedActs.sol";
import {Fixture} from "../base/Fixture.sol";
import {Vm} from "../base/Vm.sol";

/// @title An accreditor's key is stolen, or an accreditor abuses its mandate
/// @dev The agency speaks for emergency clinicians only, beside the board, which speaks for all roles.
contract AccreditorTrustTest is Fixture {
    bytes32 private constant DIGEST = keccak256("evidence");
    Role private constant ROLE = Roles.EMERGENCY_CLINICIAN;

    Vm.Wallet private agency;

    function setUp() public override {
        super.setUp();
        agency = makeWallet("agency");
        vm.prank(governance.addr);
        accreditations.nameAccreditor(ROLE, agency.addr);
        skip(NAMING_DELAY);
    }

    function _vouch(address subject, Role role) private {
        uint256 until = vm.getBlockTimestamp() + 365 days;
        vm.prank(agency.addr);
        accreditations.accredit(agency.addr, subject, role, until, DIGEST);
    }

    function _remove(uint256 voidFrom) private {
        vm.prank(governance.addr);
        accreditations.removeAccreditor(ROLE, agency.addr, voidFrom);
    }

    function _holds(address subject) private view returns (bool) {
        return accreditations.isAccredited(subject, ROLE);
    }

    function _expectUnknown(Role role) private {
        vm.expectRevert(
            abi.encodeWithSelector(
                IAccreditationRegistry.AccreditorUnknown.selector, role, agency.addr
            )
        );
    }

    // Outside its roles -----------------------------------------------------------------------------

    function testFuzz_cannotActOutsideItsRoles(uint8 number) external {
        Role role = Role.wrap(number);
        vm.assume(number != Role.unwrap(ROLE));
        _expectUnknown(role);
        _vouch(thief.addr, role);
        _expectUnknown(role);
        vm.prank(agency.addr);
        accreditations.revokeAccreditation(agency.addr, hospital.addr, role, DIGEST);
    }

    function test_cannotNameOrRemoveAccreditors() external {
        vm.startPrank(agency.addr);
        vm.expectPartialRevert(IAccessControl.AccessControlUnauthorizedAccount.selector);
        accreditations.nameAccreditor(ROLE, thief.addr);
        vm.expectPartialRevert(IAccessControl.AccessControlUnauthorizedAccount.selector);
        accreditations.removeAccreditor(ROLE, board.addr, 0);
        vm.stopPrank();
    }

    // Removed ---------------------------------------------------------------------------------------

    function test_removalEndsWhatItMayDoAtOnce() external {
        _remove(0);
        _expectUnknown(ROLE);
        _vouch(thief.addr, ROLE);
        _expectUnknown(ROLE);
        vm.prank(agency.addr);
        accreditations.revokeAccreditation(agency.addr, emergencyClinician.addr, ROLE, DIGEST);
    }

    function test_thoseItAccreditedStandWhenItIsRemoved() external {
        _vouch(carer.addr, ROLE);
        _remove(0);
        assertTrue(_holds(carer.addr));
        skip(365 days);
        assertFalse(_holds(carer.addr));
    }

    function test_thoseTheThiefAccreditedAreVoidAndTheEarlierOnesStand() external {
        _vouch(carer.addr, ROLE);
        skip(1 days);
        uint256 theft = vm.getBlockTimestamp();
        _vouch(thief.addr, ROLE);
        _remove(theft);
        assertTrue(_holds(carer.addr));
        assertFalse(_holds(thief.addr));
    }

    function test_aVoidedClinicianLosesItsOpenWindows() external {
        _vouch(thief.addr, ROLE);
        vm.prank(thief.addr);
        consents.openBreakGlass(thief.addr, patient.addr, DIGEST);
        assertTrue(consents.isBreakGlassOpen(patient.addr, thief.addr));
        _remove(vm.getBlockTimestamp());
        assertFalse(consents.isBreakGlassOpen(patient.addr, thief.addr));
    }

    function test_namingItAgainBringsNothingBackThatWasVoid() external {
        _vouch(thief.addr, ROLE);
        _remove(vm.getBlockTimestamp());
        vm.prank(governance.addr);
        accreditations.nameAccreditor(ROLE, agency.addr);
        skip(NAMING_DELAY);
        assertFalse(_holds(thief.addr));
        _vouch(carer.addr, ROLE);
        assertTrue(_holds(carer.addr));
    }

    // Undone without governance -----------------------------------------------------------------------

    function test_anotherAccreditorOfTheRoleUndoesWhatTheThiefDid() external {
        _vouch(thief.addr, ROLE);
        vm.prank(agency.addr);
        accreditations.revokeAccreditation(agency.addr, emergencyClinician.addr, ROLE, DIGEST);

        vm.prank(board.addr);
        accreditations.revokeAccreditation(board.addr, thief.addr, ROLE, DIGEST);
        _accredit(emergencyClinician.addr, ROLE);
        assertFalse(_holds(thief.addr));
        assertTrue(_holds(emergencyClinician.addr));
    }

    function test_itsOwnRotationEndsTheThief() external {
        vm.prank(agency.addr);
        identities.changeOwner(agency.addr, carer.addr);
        vm.expectRevert(
            abi.encodeWithSelector(ISignedActs.NotController.selector, agency.addr, agency.addr)
        );
        _vouch(thief.addr, ROLE);

        uint256 until = vm.getBlockTimestamp() + 1 days;
        vm.prank(carer.addr);
        accreditations.accredit(agency.addr, clinician.addr, ROLE, until, DIGEST);
        assertTrue(_holds(clinician.addr));
    }
}
