// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

/// @title Errors of the one law: who acts must control the identity it acts for
interface ISignedActs {
    /// @notice `actor` called or signed, and neither controls `identity` nor may act for it here.
    error NotController(address identity, address actor);

    /// @notice The signature could be submitted until `deadline` only.
    error SignatureExpired(uint256 deadline);

    /// @notice The signature is not `signer`'s over this act, on this chain and contract.
    error SignatureInvalid(address signer);
}
