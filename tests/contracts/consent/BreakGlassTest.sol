// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {Roles} from "../../../contracts/accreditation/Role.sol";
import {Vm} from "../base/Vm.sol";
import {ConsentTest} from "./ConsentTest.sol";

/// @title Parent of the break-glass tests: an emergency clinician and unconscious patients
abstract contract BreakGlassTest is ConsentTest {
    bytes32 internal constant REASON = keccak256("salt and: unconscious, no relatives");
    bytes32 internal constant ANSWER = keccak256("salt and: allergies were needed");

    function open() internal returns (bytes32 windowId) {
        return openOn(patient.addr);
    }

    function openOn(address whom) internal returns (bytes32 windowId) {
        vm.prank(emergencyClinician.addr);
        return consents.openBreakGlass(emergencyClinician.addr, whom, REASON);
    }

    function justify(bytes32 windowId) internal {
        vm.prank(emergencyClinician.addr);
        consents.justifyBreakGlass(emergencyClinician.addr, windowId, ANSWER);
    }

    function choose(bool optedOut) internal {
        vm.prank(patient.addr);
        consents.setBreakGlassOptOut(patient.addr, optedOut);
    }

    function isOpen() internal view returns (bool) {
        return consents.isBreakGlassOpen(patient.addr, emergencyClinician.addr);
    }

    function unaccredit(address who) internal {
        vm.prank(board.addr);
        accreditations.revokeAccreditation(
            board.addr, who, Roles.EMERGENCY_CLINICIAN, keccak256("reason")
        );
    }

    /// @dev An unconscious person, by number.
    function unknownPerson(uint256 number) internal pure returns (address) {
        return address(uint160(0xA11CE000 + number));
    }

    function openStruct(address who, address whom, bytes32 last, uint256 deadline)
        internal
        pure
        returns (bytes32)
    {
        bytes32 typeHash = keccak256(
            "OpenBreakGlass(address clinician,address patient,bytes32 reason,bytes32 lastWindow,uint256 deadline)"
        );
        return keccak256(abi.encode(typeHash, who, whom, REASON, last, deadline));
    }

    function justifyStruct(address who, bytes32 windowId, uint256 deadline)
        internal
        pure
        returns (bytes32)
    {
        bytes32 typeHash = keccak256(
            "JustifyBreakGlass(address clinician,bytes32 windowId,bytes32 justification,uint256 deadline)"
        );
        return keccak256(abi.encode(typeHash, who, windowId, ANSWER, deadline));
    }

    function optOutStruct(address who, bool optedOut, uint256 revision, uint256 deadline)
        internal
        pure
        returns (bytes32)
    {
        bytes32 typeHash = keccak256(
            "SetBreakGlassOptOut(address patient,bool optedOut,uint256 revision,uint256 deadline)"
        );
        return keccak256(abi.encode(typeHash, who, optedOut, revision, deadline));
    }
}
