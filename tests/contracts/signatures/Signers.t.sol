// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {ConsentingAccount} from "../../../contracts/mocks/ConsentingAccount.sol";
import {ContractAccount} from "../../../contracts/mocks/ContractAccount.sol";
import {DishonestAccount} from "../../../contracts/mocks/DishonestAccount.sol";
import {Authorization} from "../../../contracts/shared/Authorization.sol";
import {Vm} from "../base/Vm.sol";
import {SignedRows} from "./SignedRows.sol";

/// @title The signature matrix: every function that takes a signature, with every kind of signer
contract SignersTest is SignedRows {
    bytes private constant KEY = "a key that the verifier would check";
    string[4] private delegateTypes = ["GRANT_DELEGATE", "REVOKE_DELEGATE", "veriKey", "sigAuth"];

    function _ask(bytes memory signer) private view returns (Authorization memory) {
        return Authorization(signer, deadline, "anything");
    }

    // Plain keys and accounts -----------------------------------------------------------------------

    function test_takesAPlainKey() public {
        each(_plainKey);
    }

    function _plainKey(SignedRow memory row) private {
        requireNotController(row, authorize(row, stranger));
        Authorization memory forged = authorize(row, stranger);
        forged.signer = abi.encodePacked(row.key.addr);
        requireInvalid(row, forged);
        requireTaken(row, authorize(row, row.key));
    }

    function test_takesAnHonestAccount() public {
        each(_honestAccount);
    }

    function _honestAccount(SignedRow memory row) private {
        address account = address(new ContractAccount(stranger.addr));
        handTo(row, account);
        requireNotController(row, authorize(row, stranger));
        Authorization memory forged = authorize(row, thief);
        forged.signer = abi.encodePacked(account);
        requireInvalid(row, forged);
        Authorization memory auth = authorize(row, stranger);
        auth.signer = abi.encodePacked(account);
        requireTaken(row, auth);
    }

    function test_takesTheKeyOfAnAccountThatTookCodeIn() public {
        each(_delegatedAccount);
    }

    /// @dev EIP-7702: to code that knows no ERC-1271, and to code that answers wrongly in each way.
    function _delegatedAccount(SignedRow memory row) private {
        for (uint256 i = 0; i <= uint256(type(DishonestAccount.Answer).max) + 1; ++i) {
            uint256 before = vm.snapshotState();
            address code = address(passkeys);
            if (i != 0) code = address(new DishonestAccount(DishonestAccount.Answer(i - 1)));
            _delegateTo(code, row.key);
            Authorization memory forged = authorize(row, stranger);
            forged.signer = abi.encodePacked(row.key.addr);
            requireInvalid(row, forged);
            requireTaken(row, authorize(row, row.key));
            vm.revertToState(before);
        }
    }

    function test_takesWhatTheCodeOfADelegatedAccountAgreesTo() public {
        each(_delegatedToAKeeper);
    }

    function _delegatedToAKeeper(SignedRow memory row) private {
        _delegateTo(address(new ContractAccount(stranger.addr)), row.key);
        requireNotController(row, authorize(row, stranger));
        Authorization memory forged = authorize(row, thief);
        forged.signer = abi.encodePacked(row.key.addr);
        requireInvalid(row, forged);
        Authorization memory agreed = authorize(row, stranger);
        agreed.signer = forged.signer;
        requireTaken(row, agreed);
    }

    function _delegateTo(address code, Vm.Wallet memory key) private {
        vm.signAndAttachDelegation(code, key.privateKey);
        assertEq(key.addr.code, abi.encodePacked(hex"ef0100", code));
    }

    function test_revertsAccountsAndVerifiersThatLieOrRevert() public {
        each(_dishonest);
    }

    function _dishonest(SignedRow memory row) private {
        for (uint256 i = 0; i <= uint256(type(DishonestAccount.Answer).max); ++i) {
            DishonestAccount liar = new DishonestAccount(DishonestAccount.Answer(i));
            bytes[2] memory signers = [abi.encodePacked(liar), abi.encodePacked(liar, KEY)];
            for (uint256 j = 0; j < signers.length; ++j) {
                handTo(row, identities.signerIdentity(signers[j]));
                requireInvalid(row, _ask(signers[j]));
            }
        }
    }

    function test_whoSaysYesToAllSpeaksForItselfOnly() public {
        each(_yesToAll);
    }

    function _yesToAll(SignedRow memory row) private {
        address yes = address(new ConsentingAccount());
        requireNotController(row, _ask(abi.encodePacked(yes)));
        requireNotController(row, _ask(abi.encodePacked(yes, row.key.addr)));
        handTo(row, yes);
        requireTaken(row, _ask(abi.encodePacked(yes)));
    }

    // Passkeys --------------------------------------------------------------------------------------

    function test_takesAPasskeyWithoutTheP256Precompile() public {
        assertFalse(hasP256Precompile());
        each(_passkey);
    }

    /// forge-config: default.evm_version = "osaka"
    function test_takesAPasskeyWithTheP256Precompile() public {
        assertTrue(hasP256Precompile());
        each(_passkey);
    }

    function _passkey(SignedRow memory row) private {
        Passkey memory key = makePasskey(address(passkeys), 7);
        Passkey memory other = makePasskey(address(passkeys), 8);
        handTo(row, key.identity);
        bytes32 digest = digestOf(row);
        requireNotController(row, _assert(other, other, digest));
        requireInvalid(row, _assert(key, other, digest));
        requireInvalid(row, _assert(key, key, keccak256(abi.encode(digest))));
        Authorization memory auth = _assert(key, key, digest);
        bytes memory good = auth.signature;
        auth.signature = signWithPasskey(key, digest, 0x01);
        requireInvalid(row, auth);
        auth.signature = withTheOtherS(good);
        requireInvalid(row, auth);
        auth.signature = good;
        requireTaken(row, auth);
    }

    function _assert(Passkey memory named, Passkey memory signing, bytes32 challenge)
        private
        view
        returns (Authorization memory)
    {
        return Authorization(named.signer, deadline, signWithPasskey(signing, challenge));
    }

    // Delegates -------------------------------------------------------------------------------------

    function test_takesDelegatesWithinTheirScopeOnly() public {
        each(_delegatesInScope);
    }

    function _delegatesInScope(SignedRow memory row) private {
        Vm.Wallet memory delegate = makeWallet("delegate");
        for (uint256 i = 0; i < delegateTypes.length; ++i) {
            uint256 before = vm.snapshotState();
            _delegate(row, delegateTypes[i], delegate.addr);
            Authorization memory auth = authorize(row, delegate);
            if (_mayDelegate(row, delegateTypes[i])) requireTaken(row, auth);
            else requireNotController(row, auth);
            vm.revertToState(before);
        }
    }

    function test_revertsDelegatesOutOfTime() public {
        each(_delegatesOutOfTime);
    }

    function _delegatesOutOfTime(SignedRow memory row) private {
        Vm.Wallet memory delegate = _delegateOfAllTypes(row);
        skip(1 minutes);
        requireNotController(row, authorize(row, delegate));
    }

    function test_revertsDelegatesWhoseKeyWasRotatedAway() public {
        each(_rotatedDelegates);
    }

    function _rotatedDelegates(SignedRow memory row) private {
        Vm.Wallet memory delegate = _delegateOfAllTypes(row);
        vm.prank(delegate.addr);
        identities.changeOwner(delegate.addr, thief.addr);
        requireNotController(row, authorize(row, delegate));
        requireNotController(row, authorize(row, thief));
    }

    /// @dev For a minute.
    function _delegateOfAllTypes(SignedRow memory row) private returns (Vm.Wallet memory delegate) {
        delegate = makeWallet("delegate");
        for (uint256 i = 0; i < delegateTypes.length; ++i) {
            _delegate(row, delegateTypes[i], delegate.addr);
        }
    }

    function _delegate(SignedRow memory row, string memory name, address delegate) private {
        bytes32 delegateType = _typeOf(name);
        vm.prank(row.key.addr);
        identities.addDelegate(row.identity, delegateType, delegate, 1 minutes);
    }

    function _typeOf(string memory name) private view returns (bytes32) {
        if (keccak256(bytes(name)) == keccak256("GRANT_DELEGATE")) {
            return consents.GRANT_DELEGATE();
        }
        if (keccak256(bytes(name)) == keccak256("REVOKE_DELEGATE")) {
            return consents.REVOKE_DELEGATE();
        }
        return bytes32(bytes(name));
    }

    function _mayDelegate(SignedRow memory row, string memory name) private pure returns (bool) {
        for (uint256 i = 0; i < row.delegates.length; ++i) {
            if (keccak256(bytes(row.delegates[i])) == keccak256(bytes(name))) return true;
        }
        return false;
    }
}
