// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {SafeCast} from "@openzeppelin/contracts/utils/math/SafeCast.sol";

import {
    IAccreditationRegistry as I
} from "../../../contracts/accreditation/IAccreditationRegistry.sol";
import {Role, Roles} from "../../../contracts/accreditation/Role.sol";
import {ISignedActs} from "../../../contracts/shared/ISignedActs.sol";
import {AccreditationTest} from "./AccreditationTest.sol";

/// @title What accreditors can do, and what others read
contract AccreditingTest is AccreditationTest {
    // accredit --------------------------------------------------------------------------------

    function test_revertsAccreditingByWhoDoesNotControlTheAccreditor() public {
        address[3] memory others = [stranger.addr, governance.addr, clinician.addr];
        for (uint256 i = 0; i < others.length; ++i) {
            vm.prank(others[i]);
            vm.expectRevert(_notController(board.addr, others[i]));
            accreditations.accredit(
                board.addr, clinician.addr, Roles.CLINICIAN, _now() + 1, EVIDENCE
            );
        }
    }

    function test_revertsAccreditingByAnAccreditorsRotatedKey() public {
        vm.prank(board.addr);
        identities.changeOwner(board.addr, hospital.addr);

        vm.prank(board.addr);
        vm.expectRevert(_notController(board.addr, board.addr));
        accreditations.accredit(board.addr, clinician.addr, Roles.CLINICIAN, _now() + 1, EVIDENCE);
    }

    function test_revertsAccreditingByADeactivatedAccreditor() public {
        vm.prank(board.addr);
        identities.deactivate(board.addr);

        vm.prank(board.addr);
        vm.expectRevert(_notController(board.addr, board.addr));
        accreditations.accredit(board.addr, clinician.addr, Roles.CLINICIAN, _now() + 1, EVIDENCE);
    }

    function test_revertsAccreditingByWhoIsNoAccreditor() public {
        vm.expectRevert(_unknown(Roles.CLINICIAN, stranger.addr));
        _accreditBy(stranger.addr, stranger.addr);
    }

    function test_revertsAccreditingOutsideTheAccreditorsRoles() public {
        Role[2] memory roles = [Roles.EMERGENCY_CLINICIAN, Roles.REGULATOR];
        for (uint256 i = 0; i < roles.length; ++i) {
            vm.prank(board.addr);
            vm.expectRevert(_unknown(roles[i], board.addr));
            accreditations.accredit(board.addr, clinician.addr, roles[i], _now() + 1 days, EVIDENCE);
        }
    }

    function test_revertsAccreditingBeforeTheNamingTakesEffect() public {
        _name(Roles.PHARMACY, regulator.addr);
        uint256 since = _now() + NAMING;
        vm.warp(since - 1);
        vm.prank(regulator.addr);
        vm.expectRevert(
            abi.encodeWithSelector(
                I.AccreditorNotEffective.selector, Roles.PHARMACY, regulator.addr, since
            )
        );
        accreditations.accredit(
            regulator.addr, pharmacist.addr, Roles.PHARMACY, since + 1 days, EVIDENCE
        );

        vm.warp(since);
        vm.prank(regulator.addr);
        accreditations.accredit(
            regulator.addr, pharmacist.addr, Roles.PHARMACY, since + 1 days, EVIDENCE
        );
        assertTrue(accreditations.isAccredited(pharmacist.addr, Roles.PHARMACY));
    }

    function test_revertsAccreditingTheZeroAddress() public {
        vm.expectRevert(I.AccreditationZeroSubject.selector);
        _accredit(address(0));
    }

    function testFuzz_revertsAccreditingIntoThePast(uint256 until) public {
        until = bound(until, 0, _now());
        vm.prank(board.addr);
        vm.expectRevert(abi.encodeWithSelector(I.AccreditationInPast.selector, until));
        accreditations.accredit(board.addr, clinician.addr, Roles.CLINICIAN, until, EVIDENCE);
    }

    function test_revertsAccreditingUntilThisVerySecond() public {
        vm.prank(board.addr);
        vm.expectRevert(abi.encodeWithSelector(I.AccreditationInPast.selector, _now()));
        accreditations.accredit(board.addr, clinician.addr, Roles.CLINICIAN, _now(), EVIDENCE);
    }

    function testFuzz_revertsAccreditingBeyondWhatIsStored(uint256 until) public {
        until = bound(until, uint256(type(uint48).max) + 1, type(uint256).max);
        vm.prank(board.addr);
        vm.expectRevert(
            abi.encodeWithSelector(SafeCast.SafeCastOverflowedUintDowncast.selector, 48, until)
        );
        accreditations.accredit(board.addr, clinician.addr, Roles.CLINICIAN, until, EVIDENCE);
    }

    function testFuzz_accreditsUntilTheDateGiven(uint48 until) public {
        until = uint48(bound(until, _now() + 1, type(uint48).max));
        vm.expectEmit(address(accreditations));
        emit I.Accredited(clinician.addr, Roles.CLINICIAN, board.addr, until, EVIDENCE);
        vm.prank(board.addr);
        accreditations.accredit(board.addr, clinician.addr, Roles.CLINICIAN, until, EVIDENCE);

        vm.warp(until - 1);
        assertTrue(_holds(clinician.addr));
        vm.warp(until);
        assertFalse(_holds(clinician.addr));
    }

    function test_accreditsForThatRoleAndSubjectOnly() public {
        _accredit(clinician.addr);
        assertFalse(accreditations.isAccredited(clinician.addr, Roles.EMERGENCY_CLINICIAN));
        assertFalse(_holds(stranger.addr));
    }

    function test_replacesWhatAnotherAccreditorGave() public {
        _accredit(clinician.addr);
        _name(Roles.CLINICIAN, regulator.addr);
        skip(NAMING);
        _accreditBy(regulator.addr, clinician.addr);

        I.Accreditation memory given = _given(clinician.addr);
        assertEq(given.accreditor, regulator.addr);
        assertEq(given.issuedAt, _now());
        assertEq(given.validUntil, _now() + 365 days);
    }

    function test_accreditsByTheAccreditorsNewKey() public {
        vm.prank(board.addr);
        identities.changeOwner(board.addr, hospital.addr);
        vm.prank(hospital.addr);
        accreditations.accredit(
            board.addr, clinician.addr, Roles.CLINICIAN, _now() + 1 days, EVIDENCE
        );
        assertEq(_given(clinician.addr).accreditor, board.addr);
        assertTrue(_holds(clinician.addr));
    }

    // revokeAccreditation ---------------------------------------------------------------------

    function test_revertsRevokingByWhoDoesNotControlTheAccreditor() public {
        _accredit(clinician.addr);
        vm.prank(clinician.addr);
        vm.expectRevert(_notController(board.addr, clinician.addr));
        accreditations.revokeAccreditation(board.addr, clinician.addr, Roles.CLINICIAN, REASON);
    }

    function test_revertsRevokingByWhoIsNoAccreditorOfTheRole() public {
        _accredit(clinician.addr);
        _name(Roles.PHARMACY, regulator.addr);
        skip(NAMING);
        vm.expectRevert(_unknown(Roles.CLINICIAN, regulator.addr));
        _revokeBy(regulator.addr);
    }

    function test_revertsRevokingBeforeTheNamingTakesEffect() public {
        _accredit(clinician.addr);
        _name(Roles.CLINICIAN, regulator.addr);
        vm.expectRevert(
            abi.encodeWithSelector(
                I.AccreditorNotEffective.selector, Roles.CLINICIAN, regulator.addr, _now() + NAMING
            )
        );
        _revokeBy(regulator.addr);
    }

    function test_revertsRevokingWhatWasNeverGiven() public {
        vm.expectRevert(
            abi.encodeWithSelector(I.AccreditationMissing.selector, clinician.addr, Roles.CLINICIAN)
        );
        _revokeBy(board.addr);
    }

    function test_revokesAtOnce() public {
        _accredit(clinician.addr);
        vm.expectEmit(address(accreditations));
        emit I.AccreditationRevoked(clinician.addr, Roles.CLINICIAN, board.addr, REASON);
        _revokeBy(board.addr);

        assertFalse(_holds(clinician.addr));
        assertEq(_given(clinician.addr).validUntil, 0);
    }

    function test_revokesWhatAnotherAccreditorGave() public {
        _accredit(clinician.addr);
        _name(Roles.CLINICIAN, regulator.addr);
        skip(NAMING);
        _remove(board.addr, 0);
        _revokeBy(regulator.addr);
        assertFalse(_holds(clinician.addr));
    }

    // Reads -----------------------------------------------------------------------------------

    function testFuzz_holdsAnyIsAboutTheRolesWhoseBitsAreSet(uint8 held, uint256 asked) public {
        _name(Role.wrap(held), hospital.addr);
        skip(NAMING);
        vm.prank(hospital.addr);
        accreditations.accredit(
            hospital.addr, payer.addr, Role.wrap(held), _now() + 1 days, EVIDENCE
        );

        assertEq(accreditations.holdsAny(payer.addr, asked), asked & (1 << held) != 0);
        assertFalse(accreditations.holdsAny(stranger.addr, asked));
        skip(1 days);
        assertFalse(accreditations.holdsAny(payer.addr, asked));
    }

    function test_holdsAnyAsksEveryRoleOfTheMask() public {
        _name(Roles.PHARMACY, board.addr);
        _name(Roles.DISTRIBUTOR, board.addr);
        skip(NAMING);
        vm.startPrank(board.addr);
        accreditations.accredit(
            board.addr, pharmacist.addr, Roles.PHARMACY, _now() + 1 days, EVIDENCE
        );
        accreditations.accredit(
            board.addr, distributor.addr, Roles.DISTRIBUTOR, _now() + 1 days, EVIDENCE
        );
        vm.stopPrank();
        _accredit(clinician.addr);

        assertTrue(accreditations.holdsAny(pharmacist.addr, Roles.TRADING_PARTNERS));
        assertTrue(accreditations.holdsAny(distributor.addr, Roles.TRADING_PARTNERS));
        assertFalse(accreditations.holdsAny(clinician.addr, Roles.TRADING_PARTNERS));
    }

    function test_showsNothingWhereNothingWasGiven() public view {
        I.Accreditation memory given = _given(stranger.addr);
        assertEq(given.accreditor, address(0));
        assertEq(given.issuedAt, 0);
        assertEq(given.validUntil, 0);
    }

    function test_showsWhatWasGivenAfterItEnded() public {
        _accredit(clinician.addr);
        uint256 issuedAt = _now();
        skip(366 days);
        I.Accreditation memory given = _given(clinician.addr);
        assertEq(given.accreditor, board.addr);
        assertEq(given.issuedAt, issuedAt);
        assertEq(given.validUntil, issuedAt + 365 days);
    }

    function test_showsSinceWhenAnAccreditorMayAct() public view {
        assertEq(accreditations.accreditorSince(Roles.CLINICIAN, board.addr), _now());
        assertEq(accreditations.accreditorSince(Roles.CLINICIAN, stranger.addr), 0);
    }

    function _revokeBy(address accreditor) private {
        vm.prank(accreditor);
        accreditations.revokeAccreditation(accreditor, clinician.addr, Roles.CLINICIAN, REASON);
    }

    function _given(address subject) private view returns (I.Accreditation memory) {
        return accreditations.accreditationOf(subject, Roles.CLINICIAN);
    }

    function _unknown(Role role, address accreditor) private pure returns (bytes memory) {
        return abi.encodeWithSelector(I.AccreditorUnknown.selector, role, accreditor);
    }

    function _notController(address identity, address actor) private pure returns (bytes memory) {
        return abi.encodeWithSelector(ISignedActs.NotController.selector, identity, actor);
    }
}
