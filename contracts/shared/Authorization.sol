// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

/// @notice A signature by whoever controls an identity, to be submitted by anybody.
/// @param signer ERC-7913 signer bytes: a 20-byte account (plain key or ERC-1271 contract), or a verifier's
/// address followed by a key (a passkey, say). Its identity is the account itself or, when longer, the last 20 bytes
/// of keccak256(signer).
/// @param deadline The last second, in Unix time, at which the act may be submitted.
/// @param signature What the signer made over the act's EIP-712 digest.
struct Authorization {
    bytes signer;
    uint256 deadline;
    bytes signature;
}
