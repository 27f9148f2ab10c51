// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {ECDSA} from "@openzeppelin/contracts/utils/cryptography/ECDSA.sol";
import {SignatureChecker} from "@openzeppelin/contracts/utils/cryptography/SignatureChecker.sol";

/// @notice ERC-7913 signer bytes: whose identity they are, and whether they signed.
/// See docs/adr/0040-identity-law.md and docs/adr/0120-accounts-with-code-sign.md.
library Signers {
    /// @notice An account is its own identity; longer signer bytes hash to theirs, as a public key does to its account.
    /// @return The identity; zero for bytes too short to name a signer.
    function identityOf(bytes memory signer) internal pure returns (address) {
        if (signer.length < 20) return address(0);
        if (signer.length == 20) return address(bytes20(signer));
        return address(uint160(uint256(keccak256(signer))));
    }

    /// @notice Whether `signer` signed `digest`: an account by its key or by its code (ERC-1271), whichever holds; any
    /// other signer by its verifier (ERC-7913).
    /// @dev The key first: an account that took code in (EIP-7702) still has its key, and what it signed before, a
    /// revocation under way by post, say, still counts.
    function hasSigned(bytes memory signer, bytes32 digest, bytes memory signature)
        internal
        view
        returns (bool)
    {
        if (signer.length == 20) {
            (address recovered, ECDSA.RecoverError err,) = ECDSA.tryRecover(digest, signature);
            if (err == ECDSA.RecoverError.NoError && recovered == address(bytes20(signer))) {
                return true;
            }
            if (address(bytes20(signer)).code.length == 0) return false;
        }
        return SignatureChecker.isValidSignatureNow(signer, digest, signature);
    }
}
