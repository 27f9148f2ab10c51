// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {
    IAccreditationRegistry as I
} from "../../../contracts/accreditation/IAccreditationRegistry.sol";
import {Roles} from "../../../contracts/accreditation/Role.sol";
import {AccreditationTest} from "./AccreditationTest.sol";

/// @title An accreditor's key is stolen: what its removal voids, and that nothing brings that back
contract AccreditationVoidingTest is AccreditationTest {
    uint256 private theft;

    /// @dev The board vouches for a clinician; a thief takes its key and vouches for another.
    function setUp() public override {
        super.setUp();
        _accredit(clinician.addr);
        skip(1 days);
        theft = _now();
        _accredit(thief.addr);
        skip(1 days);
    }

    function test_keepsEverythingWhenNothingIsVoided() public {
        _remove(board.addr, 0);
        assertTrue(_holds(clinician.addr));
        assertTrue(_holds(thief.addr));
    }

    function test_voidsWhatWasGivenFromThenOn() public {
        _remove(board.addr, theft);
        assertTrue(_holds(clinician.addr));
        assertFalse(_holds(thief.addr));
        assertFalse(accreditations.holdsAny(thief.addr, type(uint256).max));
    }

    function test_keepsWhatWasGivenASecondBefore() public {
        _remove(board.addr, theft + 1);
        assertTrue(_holds(thief.addr));
    }

    function test_voidsWhatWasGivenInTheSecondOfTheRemoval() public {
        _accredit(stranger.addr);
        _remove(board.addr, _now());
        assertFalse(_holds(stranger.addr));
        assertTrue(_holds(thief.addr));
    }

    function test_showsAVoidAccreditationAsItWasGiven() public {
        _remove(board.addr, theft);
        I.Accreditation memory given = accreditations.accreditationOf(thief.addr, Roles.CLINICIAN);
        assertEq(given.issuedAt, theft);
    }

    function test_voidsLaterWhatARemovalHadKept() public {
        _remove(board.addr, 0);
        skip(30 days);
        vm.expectEmit(address(accreditations));
        emit I.AccreditorRemoved(Roles.CLINICIAN, board.addr, theft);
        _remove(board.addr, theft);
        assertFalse(_holds(thief.addr));
        assertTrue(_holds(clinician.addr));
    }

    function test_widensAVoidButNeverNarrowsIt() public {
        _remove(board.addr, theft);
        _remove(board.addr, theft + 1);
        assertFalse(_holds(thief.addr));
        _remove(board.addr, 1);
        assertFalse(_holds(clinician.addr));
    }

    function test_namingAgainDoesNotResurrectTheVoid() public {
        _remove(board.addr, theft);
        _name(Roles.CLINICIAN, board.addr);
        assertFalse(_holds(thief.addr));
        skip(NAMING);
        assertFalse(_holds(thief.addr));
    }

    function test_whatIsGivenAfterNamingAgainStands() public {
        _nameAgain();
        _accredit(stranger.addr);
        assertTrue(_holds(stranger.addr));
        assertFalse(_holds(thief.addr));
    }

    function test_removingAgainWithoutAVoidKeepsTheFirst() public {
        _nameAgain();
        _accredit(stranger.addr);
        skip(1 days);
        _remove(board.addr, 0);
        assertTrue(_holds(stranger.addr));
        assertFalse(_holds(thief.addr));
    }

    function test_aSecondVoidCoversAllFromTheFirst() public {
        _nameAgain();
        _accredit(stranger.addr);
        skip(1 days);
        uint256 second = _now();
        _accredit(payer.addr);
        _remove(board.addr, second);

        assertFalse(_holds(payer.addr));
        assertFalse(_holds(thief.addr));
        assertFalse(_holds(stranger.addr));
        assertTrue(_holds(clinician.addr));
    }

    function test_anotherAccreditorsWordStandsAfterAVoid() public {
        _name(Roles.CLINICIAN, regulator.addr);
        skip(NAMING);
        _accreditBy(regulator.addr, thief.addr);
        _remove(board.addr, theft);
        assertTrue(_holds(thief.addr));
    }

    function test_aVoidIsOfOneRole() public {
        _name(Roles.EMERGENCY_CLINICIAN, board.addr);
        skip(NAMING);
        uint256 until = _now() + 1 days;
        vm.prank(board.addr);
        accreditations.accredit(
            board.addr, clinician.addr, Roles.EMERGENCY_CLINICIAN, until, EVIDENCE
        );
        _remove(board.addr, 1);
        assertTrue(accreditations.isAccredited(clinician.addr, Roles.EMERGENCY_CLINICIAN));
        assertFalse(_holds(clinician.addr));
    }

    function testFuzz_voidsExactlyFromVoidFromOn(uint256 issued, uint256 voidFrom) public {
        issued = bound(issued, _now(), _now() + 300 days);
        vm.warp(issued);
        _accredit(stranger.addr);
        vm.warp(_now() + 10 days);
        voidFrom = bound(voidFrom, 1, _now());
        _remove(board.addr, voidFrom);
        assertEq(_holds(stranger.addr), issued < voidFrom);
    }

    function _nameAgain() private {
        _remove(board.addr, theft);
        _name(Roles.CLINICIAN, board.addr);
        skip(NAMING);
    }
}
