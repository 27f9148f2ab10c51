// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {AccreditationRegistry} from "../../../contracts/accreditation/AccreditationRegistry.sol";
import {Role, Roles} from "../../../contracts/accreditation/Role.sol";
import {IdentityRegistry} from "../../../contracts/identity/IdentityRegistry.sol";
import {People} from "../base/People.sol";

/// @title Parent of the accreditation tests: a registry whose medical board has been named for clinicians
abstract contract AccreditationTest is People {
    uint48 internal constant ADMIN_DELAY = 3 days;
    uint48 internal constant NAMING = 2 days;
    bytes32 internal constant EVIDENCE = keccak256("salt and diploma");
    bytes32 internal constant REASON = keccak256("salt and ruling");
    bytes32 internal constant ADMIN = 0;

    IdentityRegistry internal identities;
    AccreditationRegistry internal accreditations;

    function setUp() public virtual {
        vm.warp(1_800_000_000);
        _meetPeople();
        identities = new IdentityRegistry();
        accreditations = new AccreditationRegistry(identities, ADMIN_DELAY, governance.addr, NAMING);
        _name(Roles.CLINICIAN, board.addr);
        skip(NAMING);
    }

    function _name(Role role, address accreditor) internal {
        vm.prank(governance.addr);
        accreditations.nameAccreditor(role, accreditor);
    }

    function _remove(address accreditor, uint256 voidFrom) internal {
        vm.prank(governance.addr);
        accreditations.removeAccreditor(Roles.CLINICIAN, accreditor, voidFrom);
    }

    /// @dev By the board, for a year.
    function _accredit(address subject) internal {
        _accreditBy(board.addr, subject);
    }

    function _accreditBy(address accreditor, address subject) internal {
        uint256 until = _now() + 365 days;
        vm.prank(accreditor);
        accreditations.accredit(accreditor, subject, Roles.CLINICIAN, until, EVIDENCE);
    }

    function _holds(address subject) internal view returns (bool) {
        return accreditations.isAccredited(subject, Roles.CLINICIAN);
    }

    function _now() internal view returns (uint256) {
        return vm.getBlockTimestamp();
    }
}
