// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IdentityRegistry} from "../../../contracts/identity/IdentityRegistry.sol";
import {Authorization} from "../../../contracts/shared/Authorization.sol";
import {ISignedActs} from "../../../contracts/shared/ISignedActs.sol";
import {SignedIdentityTest} from "./SignedIdentityTest.sol";

/// @title Passkeys: every signed act with and without the P-256 precompile, assertions made by other software, and forged ones
contract PasskeysTest is SignedIdentityTest {
    struct Parts {
        bytes32 r;
        bytes32 s;
        uint256 challengeIndex;
        uint256 typeIndex;
        bytes authenticatorData;
        string clientDataJSON;
    }

    uint256 private constant ORDER =
        0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551;

    /// @dev IERC7913SignatureVerifier.verify.selector, and what the verifier answers instead.
    bytes4 private constant YES = bytes4(keccak256("verify(bytes,bytes32,bytes)"));
    bytes4 private constant NO = 0xffffffff;

    Passkey private key;

    function setUp() public override {
        super.setUp();
        key = makePasskey(address(passkeys), 7);
        _prepare(key.identity);
    }

    function _signed(Act act) private view returns (Authorization memory) {
        bytes32 digest = digestOf(address(identities), _hashOf(act, key.identity, 0));
        return Authorization(key.signer, soon(), signWithPasskey(key, digest));
    }

    function _actEach() private {
        for (uint256 i = 0; i < ACTS; ++i) {
            uint256 before = vm.snapshotState();
            _submit(Act(i), key.identity, 0, _signed(Act(i)));
            _requireDone(Act(i), key.identity);
            vm.revertToState(before);
        }
    }

    function _take(Authorization memory auth) private pure returns (Parts memory parts) {
        (
            parts.r,
            parts.s,
            parts.challengeIndex,
            parts.typeIndex,
            parts.authenticatorData,
            parts.clientDataJSON
        ) = abi.decode(auth.signature, (bytes32, bytes32, uint256, uint256, bytes, string));
    }

    function _put(Authorization memory auth, Parts memory parts) private pure {
        auth.signature = abi.encode(
            parts.r,
            parts.s,
            parts.challengeIndex,
            parts.typeIndex,
            parts.authenticatorData,
            parts.clientDataJSON
        );
    }

    function _expectRefused(Authorization memory auth) private {
        _expectSignatureInvalid(identities.signerIdentity(auth.signer));
        _submit(Act.ChangeOwner, key.identity, 0, auth);
    }

    // The verifier by itself ----------------------------------------------------------------------

    function test_verifiesAnAssertionOverTheDigest() external view {
        (bytes memory publicKey, bytes memory assertion) = _assertion("digest");
        assertEq(bytes32(passkeys.verify(publicKey, "digest", assertion)), bytes32(YES));
    }

    function testFuzz_verifiesNoOtherDigest(bytes32 digest) external view {
        vm.assume(digest != "digest");
        (bytes memory publicKey, bytes memory assertion) = _assertion("digest");
        assertEq(bytes32(passkeys.verify(publicKey, digest, assertion)), bytes32(NO));
    }

    function testFuzz_verifiesNoKeyOfAnotherLength(bytes calldata publicKey) external view {
        vm.assume(publicKey.length != 64);
        (, bytes memory assertion) = _assertion("digest");
        assertEq(bytes32(passkeys.verify(publicKey, "digest", assertion)), bytes32(NO));
    }

    function _assertion(bytes32 digest) private view returns (bytes memory, bytes memory) {
        (uint256 x, uint256 y) = vm.publicKeyP256(key.privateKey);
        return (abi.encode(x, y), signWithPasskey(key, digest));
    }

    // Taken ---------------------------------------------------------------------------------------

    function test_actsWithoutTheP256Precompile() external {
        assertFalse(hasP256Precompile());
        _actEach();
    }

    /// forge-config: default.evm_version = "osaka"
    function test_actsWithTheP256Precompile() external {
        assertTrue(hasP256Precompile());
        _actEach();
    }

    /// @dev Few runs: without the precompile each takes milliseconds.
    /// forge-config: default.fuzz.runs = 32
    function testFuzz_anyPasskeyActs(uint256 privateKey) external {
        key = makePasskey(address(passkeys), bound(privateKey, 1, ORDER - 1));
        _submit(Act.ChangeOwner, key.identity, 0, _signed(Act.ChangeOwner));
        assertEq(identities.identityOwner(key.identity), hospital.addr);
    }

    function test_assertionsMadeByOtherSoftwareAct() external {
        string memory path =
            string.concat(vm.projectRoot(), "/tests/vectors/webauthn/assertions.json");
        string memory json = vm.readFile(path);
        _actMadeElsewhere(json, ".securityKey");
        _actMadeElsewhere(json, ".syncedPasskey");
    }

    /// @dev Code is put at the addresses that were signed.
    function _actMadeElsewhere(string memory json, string memory kind) private {
        vm.chainId(vm.parseJsonUint(json, ".act.chainId"));
        IdentityRegistry registry = IdentityRegistry(vm.parseJsonAddress(json, ".act.registry"));
        vm.etch(address(registry), address(identities).code);
        vm.etch(vm.parseJsonAddress(json, ".act.verifier"), address(passkeys).code);
        address identity = vm.parseJsonAddress(json, string.concat(kind, ".identity"));
        address newOwner = vm.parseJsonAddress(json, ".act.newOwner");
        registry.changeOwnerBySig(
            identity,
            newOwner,
            vm.parseJsonUint(json, ".act.nonce"),
            Authorization(
                vm.parseJsonBytes(json, string.concat(kind, ".signer")),
                vm.parseJsonUint(json, ".act.deadline"),
                vm.parseJsonBytes(json, string.concat(kind, ".signature"))
            )
        );
        assertEq(registry.identityOwner(identity), newOwner);
    }

    // Refused -------------------------------------------------------------------------------------

    function test_revertsWhenAnotherPasskeySigned() external {
        Passkey memory other = makePasskey(address(passkeys), 8);
        bytes32 digest = digestOf(address(identities), _hashOf(Act.ChangeOwner, key.identity, 0));
        Authorization memory auth =
            Authorization(other.signer, soon(), signWithPasskey(other, digest));
        _expectNotController(key.identity, other.identity);
        _submit(Act.ChangeOwner, key.identity, 0, auth);
        auth.signer = key.signer;
        _expectRefused(auth);
    }

    function test_revertsWhenTheChallengeIsAnotherAct() external {
        for (uint256 i = 1; i < ACTS; ++i) {
            _expectRefused(_signed(Act(i)));
        }
    }

    function test_revertsWhenTheUserWasNotVerifiedOrNotPresent() external {
        bytes32 digest = digestOf(address(identities), _hashOf(Act.ChangeOwner, key.identity, 0));
        bytes1[4] memory flags = [bytes1(0x00), bytes1(0x01), bytes1(0x04), bytes1(0x15)];
        for (uint256 i = 0; i < flags.length; ++i) {
            bytes memory signature = signWithPasskey(key, digest, flags[i]);
            _expectRefused(Authorization(key.signer, soon(), signature));
        }
    }

    function test_revertsWhenTheSignatureIsMalleated() external {
        Authorization memory auth = _signed(Act.ChangeOwner);
        Parts memory parts = _take(auth);
        parts.s = bytes32(ORDER - uint256(parts.s));
        _put(auth, parts);
        _expectRefused(auth);
    }

    function test_revertsWhenTheClientDataAreOther() external {
        Authorization memory auth = _signed(Act.ChangeOwner);
        Parts memory parts = _take(auth);
        parts.clientDataJSON = string.concat(parts.clientDataJSON, " ");
        _put(auth, parts);
        _expectRefused(auth);
    }

    function test_revertsWhenTheAuthenticatorDataAreOther() external {
        Authorization memory auth = _signed(Act.ChangeOwner);
        Parts memory parts = _take(auth);
        parts.authenticatorData[36] ^= bytes1(0x01);
        _put(auth, parts);
        _expectRefused(auth);
        parts.authenticatorData = "short";
        _put(auth, parts);
        _expectRefused(auth);
    }

    function testFuzz_revertsWhenTheIndicesPointElsewhere(uint16 challengeIndex, uint16 typeIndex)
        external
    {
        Authorization memory auth = _signed(Act.ChangeOwner);
        Parts memory parts = _take(auth);
        vm.assume(parts.challengeIndex != challengeIndex || parts.typeIndex != typeIndex);
        (parts.challengeIndex, parts.typeIndex) = (challengeIndex, typeIndex);
        _put(auth, parts);
        vm.expectRevert();
        _submit(Act.ChangeOwner, key.identity, 0, auth);
    }

    function testFuzz_revertsWhenTheSignatureIsNoAssertion(bytes calldata noise) external {
        _expectRefused(Authorization(key.signer, soon(), noise));
    }

    function test_revertsWhenTheKeyHasAnotherLength() external {
        Authorization memory auth = _signed(Act.ChangeOwner);
        auth.signer = abi.encodePacked(auth.signer, uint8(0));
        _expectRefused(auth);
        auth.signer = abi.encodePacked(passkeys);
        _expectRefused(auth);
    }

    function test_revertsOnceTheIdentityIsHandedToAnotherPasskey() external {
        Passkey memory next = makePasskey(address(passkeys), 8);
        vm.prank(key.identity);
        identities.changeOwner(key.identity, next.identity);
        bytes32 digest = digestOf(address(identities), _hashOf(Act.ChangeOwner, key.identity, 1));
        Authorization memory auth = Authorization(key.signer, soon(), signWithPasskey(key, digest));
        _expectNotController(key.identity, key.identity);
        _submit(Act.ChangeOwner, key.identity, 1, auth);
        auth = Authorization(next.signer, soon(), signWithPasskey(next, digest));
        _submit(Act.ChangeOwner, key.identity, 1, auth);
        assertEq(identities.identityOwner(key.identity), hospital.addr);
    }
}
