// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {Base64} from "@openzeppelin/contracts/utils/Base64.sol";

import {Test} from "./Test.sol";

/// @title An authenticator: makes passkeys and WebAuthn assertions with them
/// @notice `Passkey memory key = makePasskey(verifier, 7); assertPasskey(key, digest)`.
/// @dev Web Authentication Level 2, sections 5.8.1 (client data), 6.1 (authenticator data), 6.3.3 (assertion).
abstract contract Passkeys is Test {
    struct Passkey {
        uint256 privateKey;
        bytes signer;
        address identity;
    }

    /// @dev Order of the curve, FIPS 186-5.
    uint256 private constant P256_ORDER =
        0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551;

    /// @dev User present and user verified.
    bytes1 internal constant PRESENT_AND_VERIFIED = 0x05;

    function makePasskey(address verifier, uint256 privateKey)
        internal
        pure
        returns (Passkey memory key)
    {
        (uint256 x, uint256 y) = vm.publicKeyP256(privateKey);
        key.privateKey = privateKey;
        key.signer = abi.encodePacked(verifier, x, y);
        key.identity = address(uint160(uint256(keccak256(key.signer))));
    }

    /// @notice The signature field of an authorization: a verified user's assertion over `digest` as challenge.
    function signWithPasskey(Passkey memory key, bytes32 digest)
        internal
        pure
        returns (bytes memory)
    {
        return signWithPasskey(key, digest, PRESENT_AND_VERIFIED);
    }

    function signWithPasskey(Passkey memory key, bytes32 digest, bytes1 flags)
        internal
        pure
        returns (bytes memory)
    {
        bytes memory authenticatorData = abi.encodePacked(sha256("salus.example"), flags, uint32(1));
        string memory clientData = string.concat(
            '{"type":"webauthn.get","challenge":"',
            Base64.encodeURL(abi.encodePacked(digest)),
            '","origin":"https://salus.example","crossOrigin":false}'
        );
        (bytes32 r, bytes32 s) = vm.signP256(
            key.privateKey, sha256(abi.encodePacked(authenticatorData, sha256(bytes(clientData))))
        );
        // Authenticators give either s; verifiers take the lower one only.
        if (uint256(s) > P256_ORDER / 2) s = bytes32(P256_ORDER - uint256(s));
        return abi.encode(r, s, 23, 1, authenticatorData, clientData);
    }

    /// @notice The same assertion with the other of the two s that the curve accepts.
    function withTheOtherS(bytes memory signature) internal pure returns (bytes memory changed) {
        changed = bytes.concat(signature);
        bytes32 s;
        assembly ("memory-safe") {
            s := mload(add(signature, 0x40))
        }
        s = bytes32(P256_ORDER - uint256(s));
        assembly ("memory-safe") {
            mstore(add(changed, 0x40), s)
        }
    }

    /// @notice Whether this EVM has the precompile of EIP-7951: it answers a good signature with one, others with nothing.
    function hasP256Precompile() internal view returns (bool) {
        (uint256 x, uint256 y) = vm.publicKeyP256(1);
        (bytes32 r, bytes32 s) = vm.signP256(1, "digest");
        (, bytes memory answer) =
            address(0x100).staticcall(abi.encode(bytes32("digest"), r, s, x, y));
        return answer.length == 32;
    }
}
