// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {Role, Roles} from "../../../contracts/accreditation/Role.sol";
import {Test} from "../base/Test.sol";

/// @title What a role's number means never changes: accreditations given under it outlive any version of ours
contract RolesTest is Test {
    function test_everyRoleKeepsItsNumber() public pure {
        Role[11] memory roles = [
            Roles.CLINICIAN,
            Roles.EMERGENCY_CLINICIAN,
            Roles.HOSPITAL,
            Roles.PHARMACY,
            Roles.MANUFACTURER,
            Roles.DISTRIBUTOR,
            Roles.PAYER,
            Roles.REGULATOR,
            Roles.ETHICS_BOARD,
            Roles.LOGISTICS_PROVIDER,
            Roles.RETURNS_PROCESSOR
        ];
        for (uint256 i = 0; i < roles.length; ++i) {
            assertEq(uint256(Role.unwrap(roles[i])), i + 1);
        }
    }

    function test_tradingPartnersAreThoseWhoHoldMedicines() public pure {
        uint256 expected = _bit(Roles.HOSPITAL) | _bit(Roles.PHARMACY) | _bit(Roles.MANUFACTURER)
            | _bit(Roles.DISTRIBUTOR) | _bit(Roles.LOGISTICS_PROVIDER)
            | _bit(Roles.RETURNS_PROCESSOR);
        assertEq(Roles.TRADING_PARTNERS, expected);
    }

    function _bit(Role role) private pure returns (uint256) {
        return 1 << Role.unwrap(role);
    }
}
