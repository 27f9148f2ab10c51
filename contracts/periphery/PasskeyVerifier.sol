// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {
    ERC7913WebAuthnVerifier
} from "@openzeppelin/contracts/utils/cryptography/verifiers/ERC7913WebAuthnVerifier.sol";

/// @title Checks passkey signatures for ERC-7913 signer bytes `verifier || x || y`
/// @notice Stateless; one deployment serves every patient. Uses the P-256 precompile where the chain has one.
contract PasskeyVerifier is ERC7913WebAuthnVerifier {}
