// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

/// @title Errors that every signed act shares
interface ISignedActs {
    error SignatureExpired(uint256 deadline);
    error SignatureInvalid(address signer);
}
