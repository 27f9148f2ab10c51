// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

/// @notice The identity of ERC-7913 signer bytes. See docs/adr/0040-identity-law.md.
library SignerIdentity {
    /// @notice An account is its own identity; longer signer bytes hash to theirs, as a public key does to its account.
    /// @return The identity; zero for bytes too short to name a signer.
    function identityOf(bytes memory signer) internal pure returns (address) {
        if (signer.length < 20) return address(0);
        if (signer.length == 20) return address(bytes20(signer));
        return address(uint160(uint256(keccak256(signer))));
    }
}
