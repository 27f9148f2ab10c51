// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {WebAuthn} from "@openzeppelin/contracts/utils/cryptography/WebAuthn.sol";

import {IdentityTest} from "./IdentityTest.sol";

/// @title Assertions that others published, before the verifier and the library under it
/// @dev The verifier takes challenges of 32 bytes; the devices' are longer and go to the library.
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
            string memory at = string.concat(".assertions[", vm.toString(i), "]");
            Published storage each = published.push();
            each.name = vm.parseJsonString(json, string.concat(at, ".name"));
            each.userVerified = vm.parseJsonBool(json, string.concat(at, ".userVerified"));
            each.publicKey = vm.parseJsonBytes(json, string.concat(at, ".publicKey"));
            each.challenge = vm.parseJsonBytes(json, string.concat(at, ".challenge"));
            each.signature = vm.parseJsonBytes(json, string.concat(at, ".signature"));
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

    // The library under it ----------------------------------------------------------------------

    function test_theLibraryVerifiesStandardsAndDevicesWithoutTheP256Precompile() external view {
        assertFalse(hasP256Precompile());
        _verifyAll();
    }

    /// forge-config: default.evm_version = "osaka"
    function test_theLibraryVerifiesStandardsAndDevicesWithTheP256Precompile() external view {
        assertTrue(hasP256Precompile());
        _verifyAll();
    }

    /// @dev All signatures are good: what the verifier refuses, it refuses for want of a verified user alone.
    function _verifyAll() private view {
        for (uint256 i = 0; i < published.length; ++i) {
            Published memory each = published[i];
            assertTrue(_verify(each, each.challenge, false), each.name);
            assertEq(_verify(each, each.challenge, true), each.userVerified, each.name);
            assertFalse(_verify(each, bytes.concat(each.challenge, hex"00"), false), each.name);
        }
        assertTrue(published[STANDARDS].userVerified, "a device's user was verified");
    }

    function _verify(Published memory each, bytes memory challenge, bool requireVerified)
        private
        view
        returns (bool)
    {
        WebAuthn.WebAuthnAuth memory auth;
        (
            auth.r,
            auth.s,
            auth.challengeIndex,
            auth.typeIndex,
            auth.authenticatorData,
            auth.clientDataJSON
        ) = abi.decode(each.signature, (bytes32, bytes32, uint256, uint256, bytes, string));
        (bytes32 x, bytes32 y) = abi.decode(each.publicKey, (bytes32, bytes32));
        return WebAuthn.verify(challenge, auth, x, y, requireVerified);
    }
}
