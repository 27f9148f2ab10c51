// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IAccessControl} from "@openzeppelin/contracts/access/IAccessControl.sol";
import {
    IAccessControlDefaultAdminRules
} from "@openzeppelin/contracts/access/extensions/IAccessControlDefaultAdminRules.sol";

import {AccreditationRegistry} from "../../../contracts/accreditation/AccreditationRegistry.sol";
import {
    IAccreditationRegistry as I
} from "../../../contracts/accreditation/IAccreditationRegistry.sol";
import {Role, Roles} from "../../../contracts/accreditation/Role.sol";
import {AccreditationTest} from "./AccreditationTest.sol";

/// @title What governance can do: name and remove accreditors, and hand itself over, slowly
contract AccreditationGovernanceTest is AccreditationTest {
    // Deployment ------------------------------------------------------------------------------

    function test_governanceIsTheOnlyAdmin() public view {
        assertEq(accreditations.defaultAdmin(), governance.addr);
        assertFalse(accreditations.hasRole(ADMIN, address(this)));
    }

    function test_delaysAreThoseOfTheDeployment() public view {
        assertEq(accreditations.NAMING_DELAY(), NAMING);
        assertEq(accreditations.defaultAdminDelay(), ADMIN_DELAY);
        assertEq(address(accreditations.IDENTITIES()), address(identities));
    }

    function test_revertsOnDeploymentWithoutGovernance() public {
        vm.expectRevert(
            abi.encodeWithSelector(
                IAccessControlDefaultAdminRules.AccessControlInvalidDefaultAdmin.selector,
                address(0)
            )
        );
        new AccreditationRegistry(identities, ADMIN_DELAY, address(0), NAMING);
    }

    // Naming ----------------------------------------------------------------------------------

    function test_revertsNamingByAnyoneElse() public {
        address[4] memory others = [board.addr, stranger.addr, clinician.addr, thief.addr];
        for (uint256 i = 0; i < others.length; ++i) {
            _expectUnauthorized(others[i]);
            vm.prank(others[i]);
            accreditations.nameAccreditor(Roles.CLINICIAN, stranger.addr);
        }
    }

    function test_revertsNamingTheZeroAddress() public {
        vm.expectRevert(
            abi.encodeWithSelector(I.AccreditorUnknown.selector, Roles.CLINICIAN, address(0))
        );
        _name(Roles.CLINICIAN, address(0));
    }

    function test_revertsNamingOneAlreadyNamed() public {
        bytes memory already =
            abi.encodeWithSelector(I.AccreditorAlreadyNamed.selector, Roles.CLINICIAN, board.addr);
        vm.expectRevert(already);
        _name(Roles.CLINICIAN, board.addr);
    }

    function test_revertsNamingOneWhoseNamingStillWaits() public {
        _name(Roles.PHARMACY, regulator.addr);
        skip(1);
        vm.expectRevert(
            abi.encodeWithSelector(
                I.AccreditorAlreadyNamed.selector, Roles.PHARMACY, regulator.addr
            )
        );
        _name(Roles.PHARMACY, regulator.addr);
    }

    function test_namesAnAccreditorFromTheEndOfTheDelayOn() public {
        vm.expectEmit(address(accreditations));
        emit I.AccreditorNamed(Roles.PHARMACY, regulator.addr, _now() + NAMING);
        _name(Roles.PHARMACY, regulator.addr);

        assertEq(accreditations.accreditorSince(Roles.PHARMACY, regulator.addr), _now() + NAMING);
    }

    function test_namesForThatRoleOnly() public view {
        assertEq(accreditations.accreditorSince(Roles.EMERGENCY_CLINICIAN, board.addr), 0);
    }

    function test_namesForRolesWithoutAName() public {
        Role future = Role.wrap(255);
        _name(future, board.addr);
        assertEq(accreditations.accreditorSince(future, board.addr), _now() + NAMING);
    }

    function test_namesARemovedAccreditorAgainWithTheWholeDelay() public {
        _remove(board.addr, 0);
        _name(Roles.CLINICIAN, board.addr);
        assertEq(accreditations.accreditorSince(Roles.CLINICIAN, board.addr), _now() + NAMING);
    }

    // Removing --------------------------------------------------------------------------------

    function test_revertsRemovalByAnyoneElse() public {
        address[4] memory others = [board.addr, stranger.addr, clinician.addr, thief.addr];
        for (uint256 i = 0; i < others.length; ++i) {
            _expectUnauthorized(others[i]);
            vm.prank(others[i]);
            accreditations.removeAccreditor(Roles.CLINICIAN, board.addr, 0);
        }
    }

    function test_revertsRemovalOfOneNeverNamed() public {
        vm.expectRevert(_unknown(stranger.addr));
        _remove(stranger.addr, _now());
    }

    function test_revertsRemovalThatWouldChangeNothing() public {
        _remove(board.addr, 0);
        vm.expectRevert(_unknown(board.addr));
        _remove(board.addr, 0);
    }

    function test_revertsRemovalThatVoidsTheFuture() public {
        uint256 later = _now() + 1;
        vm.expectRevert(abi.encodeWithSelector(I.AccreditationVoidInFuture.selector, later));
        _remove(board.addr, later);
    }

    function test_removesAtOnce() public {
        vm.expectEmit(address(accreditations));
        emit I.AccreditorRemoved(Roles.CLINICIAN, board.addr, 0);
        _remove(board.addr, 0);

        assertEq(accreditations.accreditorSince(Roles.CLINICIAN, board.addr), 0);
        vm.expectRevert(_unknown(board.addr));
        _accredit(clinician.addr);
    }

    function test_removesOneWhoseNamingStillWaits() public {
        _name(Roles.PHARMACY, regulator.addr);
        vm.prank(governance.addr);
        accreditations.removeAccreditor(Roles.PHARMACY, regulator.addr, 0);

        skip(NAMING);
        assertEq(accreditations.accreditorSince(Roles.PHARMACY, regulator.addr), 0);
    }

    // A stolen governance key -----------------------------------------------------------------

    function test_governanceCannotAccredit() public {
        vm.expectRevert(_unknown(governance.addr));
        _accreditBy(governance.addr, stranger.addr);
    }

    function test_governanceCannotRevokeAnAccreditation() public {
        _accredit(clinician.addr);
        vm.prank(governance.addr);
        vm.expectRevert(_unknown(governance.addr));
        accreditations.revokeAccreditation(governance.addr, clinician.addr, Roles.CLINICIAN, REASON);
    }

    function test_revertsGrantingGovernanceInOneStep() public {
        vm.prank(governance.addr);
        vm.expectRevert(
            IAccessControlDefaultAdminRules.AccessControlEnforcedDefaultAdminRules.selector
        );
        accreditations.grantRole(ADMIN, thief.addr);
    }

    function test_handsGovernanceOverOnlyAfterItsDelay() public {
        vm.prank(governance.addr);
        accreditations.beginDefaultAdminTransfer(thief.addr);
        uint48 schedule = uint48(_now() + ADMIN_DELAY);

        skip(ADMIN_DELAY);
        vm.prank(thief.addr);
        vm.expectRevert(
            abi.encodeWithSelector(
                IAccessControlDefaultAdminRules.AccessControlEnforcedDefaultAdminDelay.selector,
                schedule
            )
        );
        accreditations.acceptDefaultAdminTransfer();

        skip(1);
        vm.prank(thief.addr);
        accreditations.acceptDefaultAdminTransfer();
        assertEq(accreditations.defaultAdmin(), thief.addr);
    }

    function test_otherRolesOpenNothing() public {
        bytes32 other = keccak256("CLINICIAN");
        vm.prank(governance.addr);
        accreditations.grantRole(other, stranger.addr);

        _expectUnauthorized(stranger.addr);
        vm.prank(stranger.addr);
        accreditations.nameAccreditor(Roles.CLINICIAN, stranger.addr);
        vm.expectRevert(_unknown(stranger.addr));
        _accreditBy(stranger.addr, stranger.addr);
    }

    function _expectUnauthorized(address account) private {
        vm.expectRevert(
            abi.encodeWithSelector(
                IAccessControl.AccessControlUnauthorizedAccount.selector, account, ADMIN
            )
        );
    }

    function _unknown(address accreditor) private pure returns (bytes memory) {
        return abi.encodeWithSelector(I.AccreditorUnknown.selector, Roles.CLINICIAN, accreditor);
    }
}
