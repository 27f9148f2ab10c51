// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {Fixture} from "../base/Fixture.sol";
import {TreatmentRoom} from "./TreatmentRoom.sol";

contract TreatmentRoomTest is Fixture {
    bytes32 private constant PARTICULARS = keccak256("particulars");

    TreatmentRoom private room;
    bytes32 private consentId;

    function setUp() public override {
        super.setUp();
        room = new TreatmentRoom(consents, identities);
        consentId = consents.consentIdOf(patient.addr, 0, PARTICULARS);
        vm.prank(patient.addr);
        consents.grantConsent(patient.addr, 0, PARTICULARS);
    }

    function test_booksUnderAConsentInForce() external {
        vm.prank(patient.addr);
        room.bookVisit(patient.addr, consentId);
        assertEq(room.visitsOf(patient.addr), 1);
    }

    function test_revertsWithoutTheConsent() external {
        _expectNotActive(patient.addr, "another");
        vm.prank(patient.addr);
        room.bookVisit(patient.addr, "another");
        _expectNotActive(stranger.addr, consentId);
        vm.prank(stranger.addr);
        room.bookVisit(stranger.addr, consentId);
    }

    function test_revertsAfterARevocation() external {
        uint256 granted = vm.snapshotState();
        vm.startPrank(patient.addr);
        consents.revokeConsent(patient.addr, consentId);
        _expectNotActive(patient.addr, consentId);
        room.bookVisit(patient.addr, consentId);
        vm.revertToState(granted);
        consents.revokeAllConsents(patient.addr, FRESH);
        _expectNotActive(patient.addr, consentId);
        room.bookVisit(patient.addr, consentId);
        vm.stopPrank();
    }

    function test_revertsForAnybodyElse() external {
        vm.expectRevert(
            abi.encodeWithSelector(TreatmentRoom.NotPatient.selector, patient.addr, stranger.addr)
        );
        vm.prank(stranger.addr);
        room.bookVisit(patient.addr, consentId);
    }

    function _expectNotActive(address identity, bytes32 id) private {
        vm.expectRevert(
            abi.encodeWithSelector(TreatmentRoom.ConsentNotActive.selector, identity, id)
        );
    }
}
