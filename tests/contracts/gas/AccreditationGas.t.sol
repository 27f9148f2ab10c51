// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {Role, Roles} from "../../../contracts/accreditation/Role.sol";
import {Fixture} from "../base/Fixture.sol";
import {Gas} from "./Gas.sol";

/// @title Gas of accreditations
contract AccreditationGasTest is Fixture, Gas {
    function test_accreditFirst() external {
        _accredit(stranger.addr, Roles.CLINICIAN);
        measured("accredit_first");
    }

    function test_accreditAgain() external {
        later();
        _accredit(clinician.addr, Roles.CLINICIAN);
        measured("accredit_steady");
    }

    function test_revokeAccreditation() external {
        bytes32 reasonDigest = keccak256("reason");
        vm.prank(board.addr);
        accreditations.revokeAccreditation(
            board.addr, clinician.addr, Roles.CLINICIAN, reasonDigest
        );
        measured("accreditation_revoke");
    }

    function test_nameAccreditor() external {
        vm.prank(governance.addr);
        accreditations.nameAccreditor(Role.wrap(10), board.addr);
        measured("accreditor_name");
    }

    function test_removeAccreditor() external {
        uint256 voidFrom = vm.getBlockTimestamp() - 1 days;
        vm.prank(governance.addr);
        accreditations.removeAccreditor(Roles.CLINICIAN, board.addr, voidFrom);
        measured("accreditor_remove");
    }
}
