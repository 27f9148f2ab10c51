// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

/// @title Errors of the one law: who acts must control the identity it acts for
interface ISignedActs {
    /// @notice Thrown when `actor` called or signed, and neither controls `identity` nor may act for it here.
    error NotController(address identity, address actor);

    /// @notice Thrown when a signature comes after `deadline`, the last second at which it could be submitted.
    error SignatureExpired(uint256 deadline);

    /// @notice Thrown when the signature is not `signer`'s over this act, on this chain and contract.
    error SignatureInvalid(address signer);
}
