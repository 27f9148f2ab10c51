// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IIdentityRegistry} from "../../../contracts/identity/IIdentityRegistry.sol";
import {ContractAccount} from "../../../contracts/mocks/ContractAccount.sol";
import {Authorization} from "../../../contracts/shared/Authorization.sol";
import {IdentityTest} from "./IdentityTest.sol";

/// @title Who owns an identity, how it is handed over, how it ends
contract OwnerTest is IdentityTest {
    // Reads ---------------------------------------------------------------------------------------

    function testFuzz_anAddressNeverTouchedOwnsItself(address identity) external view {
        assertEq(identities.identityOwner(identity), identity);
        assertEq(identities.changed(identity), 0);
        assertEq(identities.nonces(identity), 0);
        assertFalse(identities.isDeactivated(identity));
    }

    function testFuzz_signerIdentityOfAnAccountIsTheAccount(address account) external view {
        assertEq(identities.signerIdentity(abi.encodePacked(account)), account);
    }

    function testFuzz_signerIdentityOfLongerBytesIsTheirHash(bytes calldata signer) external view {
        vm.assume(signer.length > 20);
        assertEq(identities.signerIdentity(signer), address(uint160(uint256(keccak256(signer)))));
    }

    function testFuzz_signerIdentityOfShorterBytesIsZero(bytes32 word, uint256 length)
        external
        view
    {
        bytes memory signer = abi.encodePacked(word);
        length = bound(length, 0, 19);
        bytes memory short = new bytes(length);
        for (uint256 i = 0; i < length; ++i) {
            short[i] = signer[i];
        }
        assertEq(identities.signerIdentity(short), address(0));
    }

    function test_theDomainOfSignaturesIsThisContractOnThisChain() external view {
        (
            bytes1 fields,
            string memory name,
            string memory version,
            uint256 chainId,
            address verifyingContract,
            bytes32 salt,
            uint256[] memory extensions
        ) = identities.eip712Domain();
        assertEq(bytes32(fields), bytes32(hex"0f"));
        assertEq(name, "IdentityRegistry");
        assertEq(version, "1");
        assertEq(chainId, block.chainid);
        assertEq(verifyingContract, address(identities));
        assertEq(salt, 0);
        assertEq(extensions.length, 0);
    }

    // changeOwner ---------------------------------------------------------------------------------

    function test_revertsWhenStrangerChangesTheOwner() external {
        _expectNotController(patient.addr, stranger.addr);
        _rotate(stranger, patient.addr, stranger.addr);
    }

    function test_revertsWhenTheFormerOwnerChangesTheOwner() external {
        _rotate(patient, patient.addr, carer.addr);
        _expectNotController(patient.addr, patient.addr);
        _rotate(patient, patient.addr, stranger.addr);
    }

    function test_revertsWhenAnOwnersOwnerChangesTheOwner() external {
        _rotate(patient, patient.addr, carer.addr);
        _rotate(carer, carer.addr, hospital.addr);
        _expectNotController(patient.addr, hospital.addr);
        _rotate(hospital, patient.addr, hospital.addr);
    }

    function test_revertsWhenTheNewOwnerIsZero() external {
        vm.expectRevert(
            abi.encodeWithSelector(IIdentityRegistry.IdentityZeroOwner.selector, patient.addr)
        );
        _rotate(patient, patient.addr, address(0));
    }

    function test_revertsWhenADeactivatedIdentityChangesItsOwner() external {
        _deactivate(patient.addr, patient.addr);
        _expectDeactivated(patient.addr);
        _rotate(patient, patient.addr, carer.addr);
    }

    function testFuzz_handsOverTheIdentity(address newOwner) external {
        vm.assume(newOwner != address(0));
        vm.expectEmit(address(identities));
        emit DIDOwnerChanged(patient.addr, newOwner, 0);
        _rotate(patient, patient.addr, newOwner);
        assertEq(identities.identityOwner(patient.addr), newOwner);
        assertEq(identities.changed(patient.addr), block.number);
        assertEq(identities.nonces(patient.addr), 1);
    }

    function test_pointsToThePreviousChange() external {
        _rotate(patient, patient.addr, carer.addr);
        vm.roll(1234);
        vm.expectEmit(address(identities));
        emit DIDOwnerChanged(patient.addr, hospital.addr, 1000);
        _rotate(carer, patient.addr, hospital.addr);
        assertEq(identities.changed(patient.addr), 1234);
    }

    function test_handsTheIdentityBackToItself() external {
        _rotate(patient, patient.addr, carer.addr);
        _rotate(carer, patient.addr, patient.addr);
        assertEq(identities.identityOwner(patient.addr), patient.addr);
        _rotate(patient, patient.addr, hospital.addr);
        assertEq(identities.identityOwner(patient.addr), hospital.addr);
    }

    function test_leavesOtherIdentitiesAlone() external {
        _rotate(patient, patient.addr, carer.addr);
        assertEq(identities.identityOwner(carer.addr), carer.addr);
        assertEq(identities.nonces(carer.addr), 0);
        assertEq(identities.changed(carer.addr), 0);
    }

    function test_aContractAccountHandsItsIdentityOver() external {
        ContractAccount account = new ContractAccount(patient.addr);
        bytes memory callData =
            abi.encodeCall(identities.changeOwner, (address(account), carer.addr));
        vm.prank(patient.addr);
        account.execute(address(identities), callData);
        assertEq(identities.identityOwner(address(account)), carer.addr);
    }

    // changeOwnerBySig ----------------------------------------------------------------------------

    function test_aStrangerSubmitsTheSignedHandover() external {
        Authorization memory auth = _sign(patient, _changeOwnerHash(patient.addr, carer.addr, 0));
        vm.expectEmit(address(identities));
        emit DIDOwnerChanged(patient.addr, carer.addr, 0);
        vm.prank(stranger.addr);
        identities.changeOwnerBySig(patient.addr, carer.addr, 0, auth);
        assertEq(identities.identityOwner(patient.addr), carer.addr);
        assertEq(identities.nonces(patient.addr), 1);
    }

    function test_revertsWhenTheSignedNewOwnerIsZero() external {
        Authorization memory auth = _sign(patient, _changeOwnerHash(patient.addr, address(0), 0));
        vm.expectRevert(
            abi.encodeWithSelector(IIdentityRegistry.IdentityZeroOwner.selector, patient.addr)
        );
        identities.changeOwnerBySig(patient.addr, address(0), 0, auth);
    }

    function test_revertsWhenASignatureFromBeforeARoundTripComesBack() external {
        Authorization memory auth = _sign(patient, _changeOwnerHash(patient.addr, thief.addr, 0));
        _rotate(patient, patient.addr, carer.addr);
        _rotate(carer, patient.addr, patient.addr);
        vm.expectRevert(
            abi.encodeWithSelector(
                IIdentityRegistry.IdentityInvalidNonce.selector, patient.addr, 2, 0
            )
        );
        identities.changeOwnerBySig(patient.addr, thief.addr, 0, auth);
    }

    // deactivate ----------------------------------------------------------------------------------

    function test_revertsWhenStrangerDeactivates() external {
        _expectNotController(patient.addr, stranger.addr);
        _deactivate(patient.addr, stranger.addr);
    }

    function test_revertsWhenDeactivatedTwice() external {
        _deactivate(patient.addr, patient.addr);
        _expectDeactivated(patient.addr);
        _deactivate(patient.addr, patient.addr);
    }

    function test_revertsWhenDeactivatedWhileAUnanimousRecoveryPends() external {
        _guardPatient();
        _propose(carer.addr, 3);
        vm.expectRevert(
            abi.encodeWithSelector(
                IIdentityRegistry.RecoveryPending.selector,
                patient.addr,
                vm.getBlockTimestamp() + RECOVERY_DELAY
            )
        );
        _deactivate(patient.addr, patient.addr);
    }

    function test_deactivatesForEver() external {
        _rotate(patient, patient.addr, carer.addr);
        vm.roll(1001);
        vm.expectEmit(address(identities));
        emit DIDOwnerChanged(patient.addr, address(0), 1000);
        _deactivate(patient.addr, carer.addr);
        assertTrue(identities.isDeactivated(patient.addr));
        assertEq(identities.identityOwner(patient.addr), address(0));
        assertEq(identities.changed(patient.addr), 1001);
        assertEq(identities.nonces(patient.addr), 2);
    }

    function test_deactivatingEndsAVetoableRecovery() external {
        _guardPatient();
        _propose(carer.addr, 2);
        _deactivate(patient.addr, patient.addr);
        assertEq(identities.recoveryOf(patient.addr).readyAt, 0);
        skip(RECOVERY_DELAY);
        _expectDeactivated(patient.addr);
        _execute();
    }

    function test_revertsWhenNobodyActsForADeactivatedIdentity() external {
        _deactivate(patient.addr, patient.addr);
        _expectDeactivated(patient.addr);
        vm.prank(address(0));
        identities.changeOwner(patient.addr, thief.addr);
    }

    // deactivateBySig -----------------------------------------------------------------------------

    function test_aStrangerSubmitsTheSignedDeactivation() external {
        Authorization memory auth = _sign(patient, _deactivateHash(patient.addr, 0));
        vm.expectEmit(address(identities));
        emit DIDOwnerChanged(patient.addr, address(0), 0);
        vm.prank(stranger.addr);
        identities.deactivateBySig(patient.addr, 0, auth);
        assertTrue(identities.isDeactivated(patient.addr));
        assertEq(identities.nonces(patient.addr), 1);
    }

    function test_revertsWhenSignedDeactivationMeetsAUnanimousRecovery() external {
        _guardPatient();
        Authorization memory auth = _sign(patient, _deactivateHash(patient.addr, 0));
        _propose(carer.addr, 3);
        vm.expectPartialRevert(IIdentityRegistry.RecoveryPending.selector);
        identities.deactivateBySig(patient.addr, 0, auth);
    }
}
