// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IAccessControl} from "@openzeppelin/contracts/access/IAccessControl.sol";
import {
    IAccessControlDefaultAdminRules as Rules
} from "@openzeppelin/contracts/access/extensions/IAccessControlDefaultAdminRules.sol";
import {IERC165} from "@openzeppelin/contracts/utils/introspection/IERC165.sol";

import {AccreditationTest} from "./AccreditationTest.sol";

/// @title Governance changes hands slowly, in public, and only by its own will
contract AccreditationAdminRulesTest is AccreditationTest {
    bytes32 private constant OTHER = keccak256("some other role");

    // Handing over ----------------------------------------------------------------------------

    function test_startsAHandOverThatWaits() public {
        uint48 schedule = uint48(_now() + ADMIN_DELAY);
        vm.expectEmit(address(accreditations));
        emit Rules.DefaultAdminTransferScheduled(hospital.addr, schedule);
        _begin(hospital.addr);

        (address next, uint48 shown) = accreditations.pendingDefaultAdmin();
        assertEq(next, hospital.addr);
        assertEq(shown, schedule);
        assertEq(accreditations.defaultAdmin(), governance.addr);
    }

    function test_cancelsAHandOver() public {
        _begin(thief.addr);
        vm.prank(governance.addr);
        accreditations.cancelDefaultAdminTransfer();
        (address next, uint48 schedule) = accreditations.pendingDefaultAdmin();
        assertEq(next, address(0));
        assertEq(schedule, 0);

        skip(ADMIN_DELAY + 1);
        vm.prank(thief.addr);
        vm.expectRevert(
            abi.encodeWithSelector(Rules.AccessControlInvalidDefaultAdmin.selector, thief.addr)
        );
        accreditations.acceptDefaultAdminTransfer();
    }

    function test_takesGovernanceFromTheOneBefore() public {
        _begin(hospital.addr);
        skip(ADMIN_DELAY + 1);
        vm.prank(hospital.addr);
        accreditations.acceptDefaultAdminTransfer();

        assertEq(accreditations.owner(), hospital.addr);
        assertTrue(accreditations.hasRole(ADMIN, hospital.addr));
        assertFalse(accreditations.hasRole(ADMIN, governance.addr));
    }

    function test_revertsGovernanceStepsByAnyoneElse() public {
        _expectUnauthorized();
        accreditations.beginDefaultAdminTransfer(thief.addr);
        _expectUnauthorized();
        accreditations.cancelDefaultAdminTransfer();
        _expectUnauthorized();
        accreditations.changeDefaultAdminDelay(0);
        _expectUnauthorized();
        accreditations.rollbackDefaultAdminDelay();
        _expectUnauthorized();
        accreditations.grantRole(OTHER, thief.addr);
        _expectUnauthorized();
        accreditations.revokeRole(OTHER, governance.addr);
    }

    // The delay -------------------------------------------------------------------------------

    function test_shortensTheDelayOnlyAfterTheDifference() public {
        vm.prank(governance.addr);
        accreditations.changeDefaultAdminDelay(1 days);
        (uint48 next, uint48 schedule) = accreditations.pendingDefaultAdminDelay();
        assertEq(next, 1 days);
        assertEq(schedule, _now() + ADMIN_DELAY - 1 days);

        vm.warp(schedule);
        assertEq(accreditations.defaultAdminDelay(), ADMIN_DELAY);
        skip(1);
        assertEq(accreditations.defaultAdminDelay(), 1 days);
    }

    function test_lengthensTheDelayAfterFiveDaysAtMost() public {
        vm.prank(governance.addr);
        accreditations.changeDefaultAdminDelay(365 days);
        (, uint48 schedule) = accreditations.pendingDefaultAdminDelay();
        assertEq(schedule, _now() + accreditations.defaultAdminDelayIncreaseWait());
        assertEq(accreditations.defaultAdminDelayIncreaseWait(), 5 days);
    }

    function test_takesAChangeOfTheDelayBack() public {
        vm.startPrank(governance.addr);
        accreditations.changeDefaultAdminDelay(0);
        accreditations.rollbackDefaultAdminDelay();
        vm.stopPrank();
        skip(ADMIN_DELAY + 1);
        assertEq(accreditations.defaultAdminDelay(), ADMIN_DELAY);
    }

    // Roles -----------------------------------------------------------------------------------

    function test_revertsRevokingGovernance() public {
        vm.prank(governance.addr);
        vm.expectRevert(Rules.AccessControlEnforcedDefaultAdminRules.selector);
        accreditations.revokeRole(ADMIN, governance.addr);
    }

    function test_governanceAdministersEveryOtherRole() public {
        assertEq(accreditations.DEFAULT_ADMIN_ROLE(), ADMIN);
        assertEq(accreditations.getRoleAdmin(OTHER), ADMIN);
        vm.startPrank(governance.addr);
        accreditations.grantRole(OTHER, stranger.addr);
        assertTrue(accreditations.hasRole(OTHER, stranger.addr));
        accreditations.revokeRole(OTHER, stranger.addr);
        assertFalse(accreditations.hasRole(OTHER, stranger.addr));
        vm.stopPrank();
    }

    function test_revertsRenouncingGovernanceAtOnce() public {
        vm.prank(governance.addr);
        vm.expectRevert(
            abi.encodeWithSelector(Rules.AccessControlEnforcedDefaultAdminDelay.selector, 0)
        );
        accreditations.renounceRole(ADMIN, governance.addr);
    }

    function test_revertsRenouncingForAnother() public {
        _begin(address(0));
        skip(ADMIN_DELAY + 1);
        vm.prank(thief.addr);
        vm.expectRevert(IAccessControl.AccessControlBadConfirmation.selector);
        accreditations.renounceRole(ADMIN, governance.addr);
    }

    function test_renouncesGovernanceForEverAfterTheDelay() public {
        _begin(address(0));
        skip(ADMIN_DELAY + 1);
        vm.prank(governance.addr);
        accreditations.renounceRole(ADMIN, governance.addr);

        assertEq(accreditations.defaultAdmin(), address(0));
        _accredit(clinician.addr);
        assertTrue(_holds(clinician.addr));
    }

    function test_saysWhichInterfacesItHas() public view {
        assertTrue(accreditations.supportsInterface(type(Rules).interfaceId));
        assertTrue(accreditations.supportsInterface(type(IAccessControl).interfaceId));
        assertTrue(accreditations.supportsInterface(type(IERC165).interfaceId));
        assertFalse(accreditations.supportsInterface(0xffffffff));
    }

    function _begin(address next) private {
        vm.prank(governance.addr);
        accreditations.beginDefaultAdminTransfer(next);
    }

    /// @dev The thief's next call.
    function _expectUnauthorized() private {
        vm.expectRevert(
            abi.encodeWithSelector(
                IAccessControl.AccessControlUnauthorizedAccount.selector, thief.addr, ADMIN
            )
        );
        vm.prank(thief.addr);
    }
}
