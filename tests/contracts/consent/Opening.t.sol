// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {Roles} from "../../../contracts/accreditation/Role.sol";
import {IBreakGlass as I} from "../../../contracts/consent/IBreakGlass.sol";
import {Authorization} from "../../../contracts/shared/Authorization.sol";
import {BreakGlassTest} from "./BreakGlassTest.sol";

/// @title Opening a window on a patient, and how long it stays open
contract BreakGlassOpeningTest is BreakGlassTest {
    // openBreakGlass --------------------------------------------------------------------------

    function test_limitsAreThoseOfTheManual() public view {
        assertEq(consents.WINDOW(), 4 hours);
        assertEq(consents.JUSTIFY_WITHIN(), 72 hours);
        assertEq(consents.MAX_UNJUSTIFIED(), 3);
        assertEq(address(consents.ACCREDITATIONS()), address(accreditations));
        assertEq(address(consents.IDENTITIES()), address(identities));
    }

    function testFuzz_opensAWindow(bytes32 blockHash) public {
        vm.setBlockhash(vm.getBlockNumber() - 1, blockHash);
        bytes32 expected =
            keccak256(abi.encode(bytes32(0), blockHash, patient.addr, emergencyClinician.addr));
        uint256 opened = vm.getBlockTimestamp();
        vm.expectEmit(address(consents));
        emit I.BreakGlassOpened(
            patient.addr, emergencyClinician.addr, expected, opened + 4 hours, REASON
        );
        bytes32 windowId = open();

        assertEq(windowId, expected);
        assertEq(consents.lastWindow(patient.addr, emergencyClinician.addr), windowId);
        I.Window memory window = consents.windowOf(windowId);
        assertEq(window.openedAt, opened);
        assertEq(window.endsAt, opened + 4 hours);
        assertEq(window.justifyBy, opened + 72 hours);
        assertEq(window.justifiedAt, 0);
        assertTrue(isOpen());
    }

    function test_opensForThatPairOnly() public {
        open();
        assertFalse(consents.isBreakGlassOpen(patient.addr, clinician.addr));
        assertFalse(consents.isBreakGlassOpen(stranger.addr, emergencyClinician.addr));
        assertFalse(consents.isBreakGlassOpen(emergencyClinician.addr, patient.addr));
    }

    function test_revertsOpeningByWhoDoesNotControlTheClinician() public {
        address[3] memory others = [stranger.addr, patient.addr, hospital.addr];
        for (uint256 i = 0; i < others.length; ++i) {
            vm.expectRevert(notController(emergencyClinician.addr, others[i]));
            vm.prank(others[i]);
            consents.openBreakGlass(emergencyClinician.addr, patient.addr, REASON);
        }
    }

    function test_revertsOpeningByAKeyThatWasRotatedAway() public {
        rotate(emergencyClinician, hospital);
        vm.expectRevert(notController(emergencyClinician.addr, emergencyClinician.addr));
        open();
    }

    function test_revertsOpeningByADeactivatedClinician() public {
        deactivate(emergencyClinician.addr);
        vm.expectRevert(notController(emergencyClinician.addr, emergencyClinician.addr));
        open();
    }

    function test_revertsOpeningByWhoIsNoEmergencyClinician() public {
        address[3] memory others = [clinician.addr, hospital.addr, stranger.addr];
        for (uint256 i = 0; i < others.length; ++i) {
            vm.prank(others[i]);
            vm.expectRevert(_notEmergency(others[i]));
            consents.openBreakGlass(others[i], patient.addr, REASON);
        }
    }

    function test_revertsOpeningAfterTheAccreditationEnded() public {
        unaccredit(emergencyClinician.addr);
        vm.expectRevert(_notEmergency(emergencyClinician.addr));
        open();
    }

    function test_revertsOpeningOnOneWhoOptedOut() public {
        choose(true);
        skip(1 days);
        vm.expectRevert(abi.encodeWithSelector(I.BreakGlassOptedOut.selector, patient.addr));
        open();
    }

    function test_revertsOpeningOnOneWhoOptedOutInThisSecond() public {
        choose(true);
        choose(false);
        vm.expectRevert(abi.encodeWithSelector(I.BreakGlassOptedOut.selector, patient.addr));
        open();
        skip(1);
        open();
        assertTrue(isOpen());
    }

    function test_revertsOpeningOnADeactivatedPatient() public {
        deactivate(patient.addr);
        vm.expectRevert(abi.encodeWithSelector(I.BreakGlassOptedOut.selector, patient.addr));
        open();
    }

    function testFuzz_revertsOpeningWhileOneIsOpen(uint256 wait) public {
        bytes32 windowId = open();
        uint256 endsAt = vm.getBlockTimestamp() + 4 hours;
        skip(bound(wait, 0, 4 hours - 1));
        vm.expectRevert(abi.encodeWithSelector(I.BreakGlassAlreadyOpen.selector, windowId, endsAt));
        open();
    }

    function test_opensAgainWhenTheFirstHasEnded() public {
        bytes32 first = open();
        skip(4 hours);
        assertFalse(isOpen());
        bytes32 second = open();
        assertNotEq(first, second);
        assertTrue(isOpen());
        assertEq(consents.lastWindow(patient.addr, emergencyClinician.addr), second);
    }

    function test_opensAgainWhenARefusalEndedTheFirst() public {
        open();
        choose(true);
        skip(1);
        choose(false);
        open();
        assertTrue(isOpen());
    }

    function test_revertsOpeningWithOneOverdue() public {
        open();
        uint256 justifyBy = vm.getBlockTimestamp() + 72 hours;
        vm.warp(justifyBy);
        openOn(unknownPerson(1));
        vm.warp(justifyBy + 1);
        vm.expectRevert(
            abi.encodeWithSelector(I.BreakGlassOverdue.selector, emergencyClinician.addr, justifyBy)
        );
        openOn(unknownPerson(2));
    }

    function test_revertsOpeningWithTooManyUnjustified() public {
        for (uint256 i = 0; i < 3; ++i) {
            openOn(unknownPerson(i));
        }
        vm.expectRevert(
            abi.encodeWithSelector(I.BreakGlassTooMany.selector, emergencyClinician.addr, 3)
        );
        open();
    }

    // openBreakGlassBySig ---------------------------------------------------------------------

    function test_opensByTheSignatureThatAnybodySubmits() public {
        Authorization memory auth = _signOpening(bytes32(0));
        vm.prank(relayer.addr);
        bytes32 windowId = consents.openBreakGlassBySig(
            emergencyClinician.addr, patient.addr, REASON, bytes32(0), auth
        );
        assertEq(consents.lastWindow(patient.addr, emergencyClinician.addr), windowId);
        assertTrue(isOpen());
    }

    function test_revertsOpeningBySignatureOnceAnotherWindowWasOpened() public {
        uint256 deadline = vm.getBlockTimestamp() + 1 days;
        Authorization memory auth = signForConsents(
            emergencyClinician,
            openStruct(emergencyClinician.addr, patient.addr, 0, deadline),
            deadline
        );
        bytes32 windowId = open();
        skip(4 hours);
        vm.expectRevert(
            abi.encodeWithSelector(I.BreakGlassWindowMoved.selector, windowId, bytes32(0))
        );
        consents.openBreakGlassBySig(
            emergencyClinician.addr, patient.addr, REASON, bytes32(0), auth
        );
    }

    // isBreakGlassOpen ------------------------------------------------------------------------

    function testFuzz_neverOutlivesItsLimit(uint256 wait) public {
        open();
        wait = bound(wait, 0, 30 days);
        skip(wait);
        assertEq(isOpen(), wait < 4 hours);
    }

    function test_endsWhenThePatientRefuses() public {
        open();
        choose(true);
        assertFalse(isOpen());
    }

    function test_staysEndedWhenThePatientPermitsAgain() public {
        open();
        skip(1);
        choose(true);
        skip(1);
        choose(false);
        assertFalse(isOpen());
    }

    function test_endsWhenThePatientIsDeactivated() public {
        open();
        deactivate(patient.addr);
        assertFalse(isOpen());
    }

    function test_endsWithTheAccreditation() public {
        open();
        unaccredit(emergencyClinician.addr);
        assertFalse(isOpen());
    }

    function test_resumesToTheSameEndWhenAccreditedAgain() public {
        open();
        unaccredit(emergencyClinician.addr);
        _accredit(emergencyClinician.addr, Roles.EMERGENCY_CLINICIAN);
        assertTrue(isOpen());
        skip(4 hours);
        assertFalse(isOpen());
    }

    function test_endsWhenTheClinicianIsDeactivated() public {
        open();
        deactivate(emergencyClinician.addr);
        assertFalse(isOpen());
    }

    function test_staysOpenWhenJustified() public {
        justify(open());
        assertTrue(isOpen());
    }

    // windowOf, lastWindow --------------------------------------------------------------------

    function testFuzz_showsNothingWhereNoWindowIs(bytes32 unknown, address who) public view {
        I.Window memory window = consents.windowOf(unknown);
        assertEq(uint256(window.openedAt) + window.endsAt + window.justifyBy, 0);
        assertEq(window.justifiedAt, 0);
        assertEq(consents.lastWindow(patient.addr, who), 0);
        assertFalse(consents.isBreakGlassOpen(patient.addr, who));
    }

    /// @dev At the very first seconds of a chain's time, "never" must not look like "just now".
    function test_noWindowIsOpenAtTheBeginningOfTime() public {
        vm.warp(1);
        assertFalse(isOpen());
    }

    function _signOpening(bytes32 last) private view returns (Authorization memory) {
        bytes32 structHash = openStruct(emergencyClinician.addr, patient.addr, last, soon());
        return signForConsents(emergencyClinician, structHash, soon());
    }

    function _notEmergency(address who) private pure returns (bytes memory) {
        return abi.encodeWithSelector(I.BreakGlassNotEmergencyClinician.selector, who);
    }
}
