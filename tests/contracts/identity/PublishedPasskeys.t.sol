// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IdentityTest} from "./IdentityTest.sol";

/// @title Assertions that others published, before the verifier and before the curve
/// @dev The verifier takes challenges of 32 bytes, as the standard's are; the devices' are longer.
contract PublishedPasskeysTest is IdentityTest {
    struct Published {
        string name;
        bool userVerified;
        bytes publicKey;
        bytes challenge;
        bytes signature;
    }

    /// @dev IERC7913SignatureVerifier.verify.selector, and what the verifier answers instead.
    bytes4 private constant YES = bytes4(keccak256("verify(bytes,bytes32,bytes)"));
    bytes4 private constant NO = 0xffffffff;

    uint256 private constant STANDARDS = 10;
    uint256 private constant DEVICES = 2;

    Published[] private published;

    function setUp() public override {
        super.setUp();
        string memory file =
            string.concat(vm.projectRoot(), "/tests/vectors/webauthn/published.json");
        string memory json = vm.readFile(file);
        for (uint256 i = 0; i < STANDARDS + DEVICES; ++i) {
            string memory entry = string.concat(".assertions[", vm.toString(i), "]");
            Published storage each = published.push();
            each.name = vm.parseJsonString(json, string.concat(entry, ".name"));
            each.userVerified = vm.parseJsonBool(json, string.concat(entry, ".userVerified"));
            each.publicKey = vm.parseJsonBytes(json, string.concat(entry, ".publicKey"));
            each.challenge = vm.parseJsonBytes(json, string.concat(entry, ".challenge"));
            each.signature = vm.parseJsonBytes(json, string.concat(entry, ".signature"));
        }
    }

    // The deployed verifier ---------------------------------------------------------------------

    function test_verifiesTheStandardsAssertionsWithoutTheP256Precompile() external view {
        assertFalse(hasP256Precompile());
        _verifyTheStandards();
    }

    /// forge-config: default.evm_version = "osaka"
    function test_verifiesTheStandardsAssertionsWithTheP256Precompile() external view {
        assertTrue(hasP256Precompile());
        _verifyTheStandards();
    }

    /// @dev Five of the ten are of users who were not verified, who may not act here.
    function _verifyTheStandards() private view {
        uint256 taken = 0;
        for (uint256 i = 0; i < STANDARDS; ++i) {
            Published memory each = published[i];
            bytes32 answer = _ask(each, bytes32(each.challenge), each.signature);
            assertEq(answer, bytes32(each.userVerified ? YES : NO), each.name);
            if (each.userVerified) ++taken;
            assertEq(_ask(each, "another act", each.signature), bytes32(NO), each.name);
            bytes memory twin = withTheOtherS(each.signature);
            assertEq(_ask(each, bytes32(each.challenge), twin), bytes32(NO), each.name);
        }
        assertEq(taken, 5);
    }

    function _ask(Published memory each, bytes32 challenge, bytes memory signature)
        private
        view
        returns (bytes32)
    {
        return bytes32(passkeys.verify(each.publicKey, challenge, signature));
    }

    function test_verifiesNoChallengeButAWholeDigest() external view {
        for (uint256 i = STANDARDS; i < published.length; ++i) {
            Published memory each = published[i];
            assertEq(each.challenge.length, 64, each.name);
            assertEq(_ask(each, bytes32(each.challenge), each.signature), bytes32(NO), each.name);
        }
    }

    // The curve ---------------------------------------------------------------------------------

    /// @dev So what the verifier refuses of these, it refuses for its user or its challenge alone.
    /// forge-config: default.evm_version = "osaka"
    function test_everyPublishedSignatureIsGood() external view {
        assertTrue(hasP256Precompile());
        for (uint256 i = 0; i < published.length; ++i) {
            assertTrue(_isGood(published[i], published[i]), published[i].name);
            Published memory other = published[(i + 1) % published.length];
            assertFalse(_isGood(published[i], other), published[i].name);
        }
    }

    /// @dev Web Authentication Level 3, section 7.2: over authenticator data and the client data's SHA-256.
    function _isGood(Published memory each, Published memory keeper) private view returns (bool) {
        (bytes32 r, bytes32 s,,, bytes memory authenticatorData, string memory clientDataJSON) =
            abi.decode(each.signature, (bytes32, bytes32, uint256, uint256, bytes, string));
        bytes32 signed = sha256(abi.encodePacked(authenticatorData, sha256(bytes(clientDataJSON))));
        (, bytes memory answer) =
            address(0x100).staticcall(abi.encodePacked(signed, r, s, keeper.publicKey));
        return answer.length == 32 && abi.decode(answer, (uint256)) == 1;
    }
}
