// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IBreakGlass as I} from "../../../contracts/consent/IBreakGlass.sol";
import {Authorization} from "../../../contracts/shared/Authorization.sol";
import {BreakGlassTest} from "./BreakGlassTest.sol";

/// @title Answering for a window, and refusing windows altogether
contract BreakGlassAnsweringTest is BreakGlassTest {
    // justifyBreakGlass -----------------------------------------------------------------------

    function testFuzz_justifiesAndMarksWhatIsLate(uint256 wait) public {
        bytes32 windowId = open();
        wait = bound(wait, 0, 30 days);
        skip(wait);
        vm.expectEmit(address(consents));
        emit I.BreakGlassJustified(windowId, emergencyClinician.addr, ANSWER, wait > 72 hours);
        justify(windowId);
        assertEq(consents.windowOf(windowId).justifiedAt, vm.getBlockTimestamp());
        _expectUnjustified(0, 0);
    }

    function test_freesTheBrake() public {
        bytes32 first = openOn(unknownPerson(1));
        openOn(unknownPerson(2));
        openOn(unknownPerson(3));
        justify(first);
        open();
        assertTrue(isOpen());
    }

    function test_freesTheBrakeWhenLate() public {
        bytes32 windowId = open();
        skip(72 hours + 1);
        justify(windowId);
        open();
        assertTrue(isOpen());
    }

    function test_revertsJustifyingTwice() public {
        bytes32 windowId = open();
        justify(windowId);
        vm.expectRevert(abi.encodeWithSelector(I.BreakGlassAlreadyJustified.selector, windowId));
        justify(windowId);
    }

    function testFuzz_revertsJustifyingWhatIsNoWindow(bytes32 unknown) public {
        vm.expectRevert(abi.encodeWithSelector(I.BreakGlassUnknown.selector, unknown));
        justify(unknown);
    }

    function test_revertsJustifyingAnothersWindow() public {
        bytes32 windowId = open();
        vm.expectRevert(abi.encodeWithSelector(I.BreakGlassUnknown.selector, windowId));
        vm.prank(clinician.addr);
        consents.justifyBreakGlass(clinician.addr, windowId, ANSWER);
    }

    function test_revertsJustifyingByWhoDoesNotControlTheClinician() public {
        bytes32 windowId = open();
        vm.expectRevert(notController(emergencyClinician.addr, hospital.addr));
        vm.prank(hospital.addr);
        consents.justifyBreakGlass(emergencyClinician.addr, windowId, ANSWER);
    }

    function test_justifiesByTheCliniciansNewKey() public {
        bytes32 windowId = open();
        rotate(emergencyClinician, hospital);
        vm.expectRevert(notController(emergencyClinician.addr, emergencyClinician.addr));
        justify(windowId);
        vm.prank(hospital.addr);
        consents.justifyBreakGlass(emergencyClinician.addr, windowId, ANSWER);
        assertEq(consents.windowOf(windowId).justifiedAt, vm.getBlockTimestamp());
    }

    function test_justifiesWithoutAccreditation() public {
        bytes32 windowId = open();
        unaccredit(emergencyClinician.addr);
        justify(windowId);
        _expectUnjustified(0, 0);
    }

    function test_justifiesAWindowThatWasRefused() public {
        bytes32 windowId = open();
        choose(true);
        _expectUnjustified(vm.getBlockTimestamp() + 72 hours, 1);
        justify(windowId);
        _expectUnjustified(0, 0);
    }

    function test_justifiesByTheSignatureThatAnybodySubmits() public {
        bytes32 windowId = open();
        Authorization memory auth = signForConsents(
            emergencyClinician, justifyStruct(emergencyClinician.addr, windowId, soon()), soon()
        );
        vm.prank(relayer.addr);
        consents.justifyBreakGlassBySig(emergencyClinician.addr, windowId, ANSWER, auth);
        _expectUnjustified(0, 0);
    }

    // unjustifiedOf ---------------------------------------------------------------------------

    function test_showsTheEarliestTimeAndTheNumber() public {
        uint256 start = vm.getBlockTimestamp();
        bytes32 first = openOn(unknownPerson(1));
        skip(1 hours);
        openOn(unknownPerson(2));
        bytes32 third = openOn(unknownPerson(3));
        _expectUnjustified(start + 72 hours, 3);
        justify(first);
        _expectUnjustified(start + 73 hours, 2);
        justify(third);
        _expectUnjustified(start + 73 hours, 1);
    }

    // setBreakGlassOptOut ---------------------------------------------------------------------

    function test_refusesAndPermits() public {
        vm.expectEmit(address(consents));
        emit I.BreakGlassOptOutSet(patient.addr, true, 1);
        choose(true);
        _expectChoice(true, 1);
        vm.expectEmit(address(consents));
        emit I.BreakGlassOptOutSet(patient.addr, false, 2);
        choose(false);
        _expectChoice(false, 2);
    }

    function test_permitsUntilRefused() public view {
        _expectChoice(false, 0);
    }

    function test_refusesForADeactivatedPatient() public {
        deactivate(patient.addr);
        _expectChoice(true, 0);
    }

    function test_revertsChoosingByAnyoneElse() public {
        address[3] memory others = [stranger.addr, emergencyClinician.addr, governance.addr];
        for (uint256 i = 0; i < others.length; ++i) {
            vm.expectRevert(notController(patient.addr, others[i]));
            vm.prank(others[i]);
            consents.setBreakGlassOptOut(patient.addr, true);
        }
    }

    function test_revertsChoosingByADelegate() public {
        delegate(GRANT, carer.addr, 1 days);
        delegate(REVOKE, carer.addr, 1 days);
        vm.expectRevert(notController(patient.addr, carer.addr));
        vm.prank(carer.addr);
        consents.setBreakGlassOptOut(patient.addr, false);
    }

    // setBreakGlassOptOutBySig ----------------------------------------------------------------

    function testFuzz_refusesAtTheRevisionOrUpTo255Above(uint256 revision) public {
        choose(true);
        choose(false);
        revision = bound(revision, 2, 257);
        _submit(true, revision, _sign(true, revision));
        _expectChoice(true, revision + 1);
    }

    function testFuzz_revertsRefusingAtAnyOtherRevision(uint256 revision) public {
        choose(true);
        choose(false);
        vm.assume(revision < 2 || revision > 257);
        Authorization memory auth = _sign(true, revision);
        vm.expectRevert(_moved(2, revision));
        _submit(true, revision, auth);
    }

    function testFuzz_revertsPermittingAtAnyOtherRevision(uint256 revision) public {
        choose(true);
        vm.assume(revision != 1);
        Authorization memory auth = _sign(false, revision);
        vm.expectRevert(_moved(1, revision));
        _submit(false, revision, auth);
    }

    function test_permitsAtTheRevision() public {
        choose(true);
        _submit(false, 1, _sign(false, 1));
        _expectChoice(false, 2);
    }

    function test_refusesWhateverWasWithheldAndSubmittedFirst() public {
        Authorization memory withheld = _sign(false, 0);
        Authorization memory refusal = _sign(true, 1);
        _submit(false, 0, withheld);
        _submit(true, 1, refusal);
        _expectChoice(true, 2);
    }

    function test_aRefusalEndsWhatWasWithheld() public {
        Authorization memory withheld = _sign(false, 0);
        _submit(true, 1, _sign(true, 1));
        vm.expectRevert(_moved(2, 0));
        _submit(false, 0, withheld);
    }

    function _sign(bool optedOut, uint256 revision) private view returns (Authorization memory) {
        bytes32 structHash = optOutStruct(patient.addr, optedOut, revision, soon());
        return signForConsents(patient, structHash, soon());
    }

    function _submit(bool optedOut, uint256 revision, Authorization memory auth) private {
        vm.prank(relayer.addr);
        consents.setBreakGlassOptOutBySig(patient.addr, optedOut, revision, auth);
    }

    function _moved(uint256 expected, uint256 given) private view returns (bytes memory) {
        return
            abi.encodeWithSelector(
                I.BreakGlassRevisionMoved.selector, patient.addr, expected, given
            );
    }

    function _expectChoice(bool expected, uint256 expectedRevision) private view {
        (bool optedOut, uint256 revision) = consents.breakGlassOptOut(patient.addr);
        assertEq(optedOut, expected);
        assertEq(revision, expectedRevision);
    }

    function _expectUnjustified(uint256 expectedEarliest, uint256 expectedCount) private view {
        (uint256 earliest, uint256 count) = consents.unjustifiedOf(emergencyClinician.addr);
        assertEq(earliest, expectedEarliest);
        assertEq(count, expectedCount);
    }
}
