// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {ConsentingAccount} from "../../../contracts/mocks/ConsentingAccount.sol";
import {ContractAccount} from "../../../contracts/mocks/ContractAccount.sol";
import {DishonestAccount} from "../../../contracts/mocks/DishonestAccount.sol";
import {Authorization} from "../../../contracts/shared/Authorization.sol";
import {SignedIdentityTest} from "./SignedIdentityTest.sol";

/// @title The signature matrix of ERC-1271 accounts and of ERC-7913 verifiers that lie
contract ContractSignersTest is SignedIdentityTest {
    uint256 private constant ANSWERS = 6;
    bytes private constant KEY = "a key that the verifier would check";

    function _ask(bytes memory signer, bytes memory signature)
        private
        view
        returns (Authorization memory)
    {
        return Authorization(signer, soon(), signature);
    }

    /// @notice Every act for `identity`, with any signature, must be refused as `signer`'s.
    function _expectAllInvalid(address identity, bytes memory signer) private {
        address signerIdentity = identities.signerIdentity(signer);
        for (uint256 i = 0; i < ACTS; ++i) {
            _expectSignatureInvalid(signerIdentity);
            _submit(Act(i), identity, 0, _ask(signer, "anything"));
        }
    }

    /// @notice Every act for the patient must be refused, however valid `signer`'s signature is.
    function _expectNoneForThePatient(bytes memory signer) private {
        _prepare(patient.addr);
        address signerIdentity = identities.signerIdentity(signer);
        for (uint256 i = 0; i < ACTS; ++i) {
            _expectNotController(patient.addr, signerIdentity);
            _submit(Act(i), patient.addr, 0, _ask(signer, "anything"));
        }
    }

    function test_anHonestAccountActsThroughItsKeeper() external {
        address account = address(new ContractAccount(stranger.addr));
        _prepare(account);
        for (uint256 i = 0; i < ACTS; ++i) {
            uint256 before = vm.snapshotState();
            Authorization memory auth = _sign(stranger, _hashOf(Act(i), account, 0));
            auth.signer = abi.encodePacked(account);
            _submit(Act(i), account, 0, auth);
            _requireDone(Act(i), account);
            vm.revertToState(before);
        }
    }

    function test_revertsWhenAnHonestAccountsKeeperDidNotSign() external {
        address account = address(new ContractAccount(stranger.addr));
        _prepare(account);
        for (uint256 i = 0; i < ACTS; ++i) {
            Authorization memory auth = _sign(thief, _hashOf(Act(i), account, 0));
            auth.signer = abi.encodePacked(account);
            _expectSignatureInvalid(account);
            _submit(Act(i), account, 0, auth);
        }
    }

    function test_revertsWhenTheKeeperSignsAsItself() external {
        address account = address(new ContractAccount(stranger.addr));
        _prepare(account);
        for (uint256 i = 0; i < ACTS; ++i) {
            Authorization memory auth = _sign(stranger, _hashOf(Act(i), account, 0));
            _expectNotController(account, stranger.addr);
            _submit(Act(i), account, 0, auth);
        }
    }

    function test_revertsWhenAnAccountAnswersAnythingButYes() external {
        for (uint256 i = 0; i < ANSWERS; ++i) {
            address account = address(new DishonestAccount(DishonestAccount.Answer(i)));
            _prepare(account);
            _expectAllInvalid(account, abi.encodePacked(account));
        }
    }

    function test_revertsWhenAVerifierAnswersAnythingButYes() external {
        for (uint256 i = 0; i < ANSWERS; ++i) {
            DishonestAccount verifier = new DishonestAccount(DishonestAccount.Answer(i));
            bytes memory signer = abi.encodePacked(verifier, KEY);
            address identity = identities.signerIdentity(signer);
            _prepare(identity);
            _expectAllInvalid(identity, signer);
        }
    }

    function test_revertsWhenTheVerifierHasNoCode() external {
        bytes memory signer = abi.encodePacked(makeAddr("no code here"), KEY);
        address identity = identities.signerIdentity(signer);
        _prepare(identity);
        _expectAllInvalid(identity, signer);
    }

    function testFuzz_revertsWhenTheSignerIsTooShort(uint256 length) external {
        bytes memory signer = new bytes(bound(length, 0, 19));
        _prepare(patient.addr);
        _expectAllInvalid(patient.addr, signer);
    }

    function test_revertsWhenTheSignerIsTheZeroAccount() external {
        _prepare(patient.addr);
        _expectAllInvalid(patient.addr, abi.encodePacked(address(0)));
    }

    function test_anAccountThatSaysYesToAllHarmsItselfOnly() external {
        _expectNoneForThePatient(abi.encodePacked(new ConsentingAccount()));
    }

    function testFuzz_aVerifierThatSaysYesToAllHarmsItsOwnIdentitiesOnly(bytes calldata key)
        external
    {
        vm.assume(key.length > 0);
        _expectNoneForThePatient(abi.encodePacked(new ConsentingAccount(), key));
    }

    function test_theCopyingPrecompileAsVerifierHarmsItsOwnIdentitiesOnly() external {
        // It answers with the question, which begins with the very selector that means yes.
        bytes memory signer = abi.encodePacked(address(4), KEY);
        address identity = identities.signerIdentity(signer);
        _prepare(identity);
        _submit(Act.ChangeOwner, identity, 0, _ask(signer, ""));
        assertEq(identities.identityOwner(identity), hospital.addr);
        _expectNoneForThePatient(signer);
    }

    function test_thePatientsPublicKeyIsNoSigner() external {
        // keccak256 of these 64 bytes is the patient's address: as signer bytes they name a verifier that nobody deployed.
        bytes memory publicKey = abi.encodePacked(patient.publicKeyX, patient.publicKeyY);
        assertEq(identities.signerIdentity(publicKey), patient.addr);
        _prepare(patient.addr);
        _expectAllInvalid(patient.addr, publicKey);
    }
}
