// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

/// @notice Says yes to every signature, as ERC-1271 account and as ERC-7913 verifier: whom that harms is itself.
contract ConsentingAccount {
    // solhint-disable-next-line payable-fallback
    fallback(bytes calldata question) external returns (bytes memory) {
        return abi.encode(bytes4(question));
    }
}
