// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {AccreditationRegistry} from "../../../contracts/accreditation/AccreditationRegistry.sol";
import {Roles} from "../../../contracts/accreditation/Role.sol";
import {ConsentRegistry} from "../../../contracts/consent/ConsentRegistry.sol";
import {IdentityRegistry} from "../../../contracts/identity/IdentityRegistry.sol";
import {Test} from "../base/Test.sol";

/// @title Clinicians and patients at random, with a list of windows as shadow model
contract BreakGlassHandler is Test {
    struct Shadow {
        address patient;
        address clinician;
        uint256 openedAt;
        bool justified;
        bool refused;
    }

    uint256 public constant PEOPLE = 3;

    ConsentRegistry public immutable CONSENTS;
    AccreditationRegistry public immutable ACCREDITATIONS;
    IdentityRegistry public immutable IDENTITIES;
    address public immutable BOARD;

    /// @notice What went through that never may; a handler's own failed assertion would only revert.
    string public trespass;

    bytes32[] private _ids;
    mapping(bytes32 windowId => Shadow shadow) private _shadows;
    mapping(address patient => bool optedOut) private _optedOut;
    mapping(address clinician => bool accredited) private _accredited;

    constructor(
        ConsentRegistry consents,
        AccreditationRegistry accreditations,
        IdentityRegistry identities,
        address board
    ) {
        CONSENTS = consents;
        ACCREDITATIONS = accreditations;
        IDENTITIES = identities;
        BOARD = board;
    }

    // Acts --------------------------------------------------------------------------------------

    function open(uint256 who, uint256 whom) external {
        (address clinician, address patient) = (clinicianAt(who), patientAt(whom));
        (uint256 earliest, uint256 count) = unjustified(clinician);
        bool alreadyOpen = expectOpen(patient, clinician);
        vm.prank(clinician);
        bytes32 id = CONSENTS.openBreakGlass(clinician, patient, keccak256("reason"));

        if (!_accredited[clinician]) trespass = "opened without accreditation";
        if (_optedOut[patient]) trespass = "opened on one who opted out";
        if (earliest != 0 && earliest < _now()) trespass = "opened with one overdue";
        if (count >= CONSENTS.MAX_UNJUSTIFIED()) trespass = "opened with too many";
        if (alreadyOpen) trespass = "opened twice";
        if (_shadows[id].openedAt != 0) trespass = "a window's id came back";
        _shadows[id] = Shadow(patient, clinician, _now(), false, false);
        _ids.push(id);
    }

    function justify(uint256 who, uint256 which) external {
        address clinician = clinicianAt(who);
        bytes32 id = _rather(clinician, which);
        vm.prank(clinician);
        CONSENTS.justifyBreakGlass(clinician, id, keccak256("justification"));

        if (_shadows[id].clinician != clinician) trespass = "justified another's window";
        if (_shadows[id].justified) trespass = "justified twice";
        _shadows[id].justified = true;
    }

    function choose(uint256 whom, bool optedOut) external {
        address patient = patientAt(whom);
        vm.prank(patient);
        CONSENTS.setBreakGlassOptOut(patient, optedOut);
        _optedOut[patient] = optedOut;
        for (uint256 i = 0; optedOut && i < _ids.length; ++i) {
            if (_shadows[_ids[i]].patient == patient) _shadows[_ids[i]].refused = true;
        }
    }

    function accredit(uint256 who, bool accredited) external {
        address clinician = clinicianAt(who);
        vm.prank(BOARD);
        if (accredited) {
            ACCREDITATIONS.accredit(
                BOARD, clinician, Roles.EMERGENCY_CLINICIAN, type(uint48).max, 0
            );
        } else {
            ACCREDITATIONS.revokeAccreditation(BOARD, clinician, Roles.EMERGENCY_CLINICIAN, 0);
        }
        _accredited[clinician] = accredited;
    }

    function wait(uint256 duration) external {
        vm.roll(vm.getBlockNumber() + 1);
        skip(bound(duration, 1, duration % 4 == 0 ? 80 hours : 3 hours));
    }

    // What must hold ----------------------------------------------------------------------------

    function checkWindows() external view {
        for (uint256 i = 0; i < PEOPLE * PEOPLE; ++i) {
            (address patient, address clinician) = (patientAt(i % PEOPLE), clinicianAt(i / PEOPLE));
            bool isOpen = CONSENTS.isBreakGlassOpen(patient, clinician);
            assertEq(isOpen, expectOpen(patient, clinician), "model");
            assertFalse(isOpen && _optedOut[patient], "open on one who opted out");
            bytes32 last = CONSENTS.lastWindow(patient, clinician);
            assertFalse(
                isOpen && _now() >= _shadows[last].openedAt + CONSENTS.WINDOW(),
                "outlived its limit"
            );
        }
    }

    function checkBrake() external view {
        for (uint256 i = 0; i < PEOPLE; ++i) {
            (uint256 earliest, uint256 count) = unjustified(clinicianAt(i));
            (uint256 shown, uint256 number) = CONSENTS.unjustifiedOf(clinicianAt(i));
            assertEq(shown, earliest, "earliest");
            assertEq(number, count, "count");
            assertLe(number, CONSENTS.MAX_UNJUSTIFIED(), "brake");
        }
    }

    /// @notice Whether any window of the list is open, by the list alone.
    function expectOpen(address patient, address clinician) public view returns (bool) {
        if (!_accredited[clinician]) return false;
        for (uint256 i = 0; i < _ids.length; ++i) {
            Shadow memory shadow = _shadows[_ids[i]];
            bool theirs = shadow.patient == patient && shadow.clinician == clinician;
            if (theirs && !shadow.refused && _now() < shadow.openedAt + 4 hours) return true;
        }
        return false;
    }

    /// @notice The same as `unjustifiedOf`, by the list alone.
    function unjustified(address clinician) public view returns (uint256 earliest, uint256 count) {
        for (uint256 i = _ids.length; i > 0; --i) {
            Shadow memory shadow = _shadows[_ids[i - 1]];
            if (shadow.clinician != clinician || shadow.justified) continue;
            earliest = shadow.openedAt + 72 hours;
            ++count;
        }
    }

    function clinicianAt(uint256 seed) public pure returns (address) {
        return address(uint160(0xC11000 + seed % PEOPLE));
    }

    function patientAt(uint256 seed) public pure returns (address) {
        return address(uint160(0xA11000 + seed % PEOPLE));
    }

    /// @dev Three times in four one of the clinician's own that waits for an answer.
    function _rather(address clinician, uint256 seed) private view returns (bytes32 id) {
        for (uint256 i = 0; i < _ids.length; ++i) {
            id = _ids[(seed / 4 + i) % _ids.length];
            Shadow memory shadow = _shadows[id];
            if (seed % 4 == 0 || (shadow.clinician == clinician && !shadow.justified)) return id;
        }
    }

    function _now() private view returns (uint256) {
        return vm.getBlockTimestamp();
    }
}
