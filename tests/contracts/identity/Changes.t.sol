// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IIdentityRegistry} from "../../../contracts/identity/IIdentityRegistry.sol";
import {Authorization} from "../../../contracts/shared/Authorization.sol";
import {ISignedActs} from "../../../contracts/shared/ISignedActs.sol";
import {IdentityTest} from "./IdentityTest.sol";

/// @title Delegates and attributes, as ERC-1056 has them
contract ChangesTest is IdentityTest {
    bytes32 private constant CARE = "care";
    bytes32 private constant INBOX = "did/svc/inbox";
    bytes private constant URL = "https://inbox.example/patient";

    function _add(address by, address delegate, uint256 validity) private {
        vm.prank(by);
        identities.addDelegate(patient.addr, CARE, delegate, validity);
    }

    function _revoke(address by, address delegate) private {
        vm.prank(by);
        identities.revokeDelegate(patient.addr, CARE, delegate);
    }

    function _set(address by, uint256 validity) private {
        vm.prank(by);
        identities.setAttribute(patient.addr, INBOX, URL, validity);
    }

    function _unset(address by) private {
        vm.prank(by);
        identities.revokeAttribute(patient.addr, INBOX, URL);
    }

    function _isCarer() private view returns (bool) {
        return identities.validDelegate(patient.addr, CARE, carer.addr);
    }

    /// @notice One change of each kind.
    function _changes() private view returns (IIdentityRegistry.Change[] memory changes) {
        changes = new IIdentityRegistry.Change[](4);
        changes[0] = IIdentityRegistry.Change(
            IIdentityRegistry.ChangeKind.AddDelegate, CARE, carer.addr, "", 100
        );
        changes[1] = IIdentityRegistry.Change(
            IIdentityRegistry.ChangeKind.RevokeDelegate, CARE, hospital.addr, "", 0
        );
        changes[2] = IIdentityRegistry.Change(
            IIdentityRegistry.ChangeKind.SetAttribute, INBOX, address(0), URL, 200
        );
        changes[3] = IIdentityRegistry.Change(
            IIdentityRegistry.ChangeKind.RevokeAttribute, INBOX, address(0), "old", 0
        );
    }

    function _expectChanges() private {
        uint256 time = vm.getBlockTimestamp();
        vm.expectEmit(address(identities));
        emit DIDDelegateChanged(patient.addr, CARE, carer.addr, time + 100, 0);
        vm.expectEmit(address(identities));
        emit DIDDelegateChanged(patient.addr, CARE, hospital.addr, 0, block.number);
        vm.expectEmit(address(identities));
        emit DIDAttributeChanged(patient.addr, INBOX, URL, time + 200, block.number);
        vm.expectEmit(address(identities));
        emit DIDAttributeChanged(patient.addr, INBOX, "old", 0, block.number);
    }

    // validDelegate -------------------------------------------------------------------------------

    function testFuzz_nobodyIsADelegateFromTheStart(
        address identity,
        bytes32 kind,
        address delegate
    ) external view {
        assertFalse(identities.validDelegate(identity, kind, delegate));
    }

    function testFuzz_aDelegateIsValidUntilItsLastSecond(uint256 validity, uint256 elapsed)
        external
    {
        validity = bound(validity, 0, 1000 * 365 days);
        elapsed = bound(elapsed, 0, 1001 * 365 days);
        _add(patient.addr, carer.addr, validity);
        skip(elapsed);
        assertEq(_isCarer(), elapsed < validity);
    }

    function test_aDelegateIsValidForItsTypeAndIdentityOnly() external {
        _add(patient.addr, carer.addr, 1 days);
        assertFalse(identities.validDelegate(patient.addr, "other", carer.addr));
        assertFalse(identities.validDelegate(hospital.addr, CARE, carer.addr));
        assertFalse(identities.validDelegate(patient.addr, CARE, hospital.addr));
    }

    function test_noDelegateIsValidForADeactivatedIdentity() external {
        _add(patient.addr, carer.addr, 1 days);
        _deactivate(patient.addr, patient.addr);
        assertFalse(_isCarer());
    }

    function test_aDelegateOutlastsAChangeOfOwner() external {
        _add(patient.addr, carer.addr, 1 days);
        _rotate(patient, patient.addr, hospital.addr);
        assertTrue(_isCarer());
    }

    // addDelegate ---------------------------------------------------------------------------------

    function test_addDelegateRevertsWhenCallerIsNotTheOwner() external {
        _expectNotController(patient.addr, stranger.addr);
        _add(stranger.addr, stranger.addr, 1 days);
    }

    function test_addDelegateRevertsWhenCallerIsADelegate() external {
        _add(patient.addr, carer.addr, 1 days);
        _expectNotController(patient.addr, carer.addr);
        _add(carer.addr, stranger.addr, 1 days);
    }

    function test_addDelegateRevertsWhenDeactivated() external {
        _deactivate(patient.addr, patient.addr);
        _expectDeactivated(patient.addr);
        _add(patient.addr, carer.addr, 1 days);
    }

    function test_addsADelegate() external {
        vm.expectEmit(address(identities));
        emit DIDDelegateChanged(patient.addr, CARE, carer.addr, vm.getBlockTimestamp() + 1 days, 0);
        _add(patient.addr, carer.addr, 1 days);
        assertTrue(_isCarer());
        assertEq(identities.changed(patient.addr), block.number);
        assertEq(identities.nonces(patient.addr), 0);
        assertEq(identities.identityOwner(patient.addr), patient.addr);
    }

    function test_aValidityThatDoesNotFitMeansForEver() external {
        vm.expectEmit(address(identities));
        emit DIDDelegateChanged(patient.addr, CARE, carer.addr, type(uint256).max, 0);
        _add(patient.addr, carer.addr, type(uint256).max);
        skip(1000 * 365 days);
        assertTrue(_isCarer());
    }

    function test_addingAgainReplacesTheValidity() external {
        _add(patient.addr, carer.addr, 10 days);
        _add(patient.addr, carer.addr, 1 days);
        skip(1 days);
        assertFalse(_isCarer());
    }

    // revokeDelegate ------------------------------------------------------------------------------

    function test_revokeDelegateRevertsWhenCallerIsNotTheOwner() external {
        _expectNotController(patient.addr, stranger.addr);
        _revoke(stranger.addr, carer.addr);
    }

    function test_revokeDelegateRevertsWhenDeactivated() external {
        _deactivate(patient.addr, patient.addr);
        _expectDeactivated(patient.addr);
        _revoke(patient.addr, carer.addr);
    }

    function test_revokesADelegateAtOnce() external {
        _add(patient.addr, carer.addr, 1 days);
        vm.roll(1001);
        vm.expectEmit(address(identities));
        emit DIDDelegateChanged(patient.addr, CARE, carer.addr, 0, 1000);
        _revoke(patient.addr, carer.addr);
        assertFalse(_isCarer());
        assertEq(identities.changed(patient.addr), 1001);
    }

    // setAttribute, revokeAttribute ---------------------------------------------------------------

    function test_setAttributeRevertsWhenCallerIsNotTheOwner() external {
        _expectNotController(patient.addr, stranger.addr);
        _set(stranger.addr, 1 days);
    }

    function test_setAttributeRevertsWhenDeactivated() external {
        _deactivate(patient.addr, patient.addr);
        _expectDeactivated(patient.addr);
        _set(patient.addr, 1 days);
    }

    function testFuzz_setsAnAttribute(bytes32 name, bytes calldata value, uint256 validity)
        external
    {
        uint256 time = vm.getBlockTimestamp();
        uint256 validTo = validity > type(uint256).max - time ? type(uint256).max : time + validity;
        vm.expectEmit(address(identities));
        emit DIDAttributeChanged(patient.addr, name, value, validTo, 0);
        vm.prank(patient.addr);
        identities.setAttribute(patient.addr, name, value, validity);
        assertEq(identities.changed(patient.addr), block.number);
        assertEq(identities.nonces(patient.addr), 0);
    }

    function test_revokeAttributeRevertsWhenCallerIsNotTheOwner() external {
        _expectNotController(patient.addr, stranger.addr);
        _unset(stranger.addr);
    }

    function test_revokeAttributeRevertsWhenDeactivated() external {
        _deactivate(patient.addr, patient.addr);
        _expectDeactivated(patient.addr);
        _unset(patient.addr);
    }

    function test_revokesAnAttributeAtOnce() external {
        _set(patient.addr, 1 days);
        vm.roll(1001);
        vm.expectEmit(address(identities));
        emit DIDAttributeChanged(patient.addr, INBOX, URL, 0, 1000);
        _unset(patient.addr);
        assertEq(identities.changed(patient.addr), 1001);
    }

    // applyChanges --------------------------------------------------------------------------------

    function test_applyChangesRevertsWhenCallerIsNotTheOwner() external {
        _expectNotController(patient.addr, stranger.addr);
        vm.prank(stranger.addr);
        identities.applyChanges(patient.addr, _changes());
    }

    function test_applyChangesRevertsWhenDeactivated() external {
        _deactivate(patient.addr, patient.addr);
        _expectDeactivated(patient.addr);
        vm.prank(patient.addr);
        identities.applyChanges(patient.addr, _changes());
    }

    function test_applyChangesRevertsWhenThereAreNone() external {
        vm.expectRevert(
            abi.encodeWithSelector(IIdentityRegistry.IdentityNoChanges.selector, patient.addr)
        );
        vm.prank(patient.addr);
        identities.applyChanges(patient.addr, new IIdentityRegistry.Change[](0));
    }

    function test_appliesEveryKindOfChangeInOrder() external {
        _expectChanges();
        vm.prank(patient.addr);
        identities.applyChanges(patient.addr, _changes());
        assertTrue(_isCarer());
        assertEq(identities.changed(patient.addr), block.number);
        assertEq(identities.nonces(patient.addr), 0);
    }

    function test_aLaterChangeInTheSameCallWins() external {
        IIdentityRegistry.Change[] memory changes = _changes();
        changes[1].delegate = carer.addr;
        vm.prank(patient.addr);
        identities.applyChanges(patient.addr, changes);
        assertFalse(_isCarer());
    }

    // applyChangesBySig ---------------------------------------------------------------------------

    function test_aStrangerSubmitsTheSignedChanges() external {
        Authorization memory auth = _sign(patient, _applyHash(patient.addr, _changes(), 0));
        _expectChanges();
        vm.prank(stranger.addr);
        identities.applyChangesBySig(patient.addr, _changes(), 0, auth);
        assertTrue(_isCarer());
        assertEq(identities.nonces(patient.addr), 1);
        assertEq(identities.identityOwner(patient.addr), patient.addr);
        assertEq(identities.changed(patient.addr), block.number);
    }

    function test_applyChangesBySigRevertsWhenThereAreNone() external {
        IIdentityRegistry.Change[] memory none = new IIdentityRegistry.Change[](0);
        Authorization memory auth = _sign(patient, _applyHash(patient.addr, none, 0));
        vm.expectRevert(
            abi.encodeWithSelector(IIdentityRegistry.IdentityNoChanges.selector, patient.addr)
        );
        identities.applyChangesBySig(patient.addr, none, 0, auth);
    }

    function test_applyChangesBySigRevertsWhenAnyFieldIsNotTheSignedOne() external {
        Authorization memory auth = _sign(patient, _applyHash(patient.addr, _changes(), 0));
        for (uint256 i = 0; i < 20; ++i) {
            IIdentityRegistry.Change[] memory forged = _changes();
            IIdentityRegistry.Change memory change = forged[i / 5];
            if (i % 5 == 0) {
                change.kind = IIdentityRegistry.ChangeKind((uint8(change.kind) + 1) % 4);
            }
            if (i % 5 == 1) change.name = bytes32(uint256(change.name) ^ 1);
            if (i % 5 == 2) change.delegate = thief.addr;
            if (i % 5 == 3) change.value = abi.encodePacked(change.value, uint8(0));
            if (i % 5 == 4) ++change.validity;
            vm.expectRevert(
                abi.encodeWithSelector(ISignedActs.SignatureInvalid.selector, patient.addr)
            );
            identities.applyChangesBySig(patient.addr, forged, 0, auth);
        }
    }

    function test_applyChangesBySigRevertsWhenChangesAreLeftOutOrReordered() external {
        Authorization memory auth = _sign(patient, _applyHash(patient.addr, _changes(), 0));
        IIdentityRegistry.Change[] memory forged = _changes();
        (forged[0], forged[1]) = (forged[1], forged[0]);
        vm.expectPartialRevert(ISignedActs.SignatureInvalid.selector);
        identities.applyChangesBySig(patient.addr, forged, 0, auth);
        IIdentityRegistry.Change[] memory fewer = new IIdentityRegistry.Change[](1);
        fewer[0] = _changes()[0];
        vm.expectPartialRevert(ISignedActs.SignatureInvalid.selector);
        identities.applyChangesBySig(patient.addr, fewer, 0, auth);
    }
}
