// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {EIP712} from "@openzeppelin/contracts/utils/cryptography/EIP712.sol";

import {Authorization} from "./Authorization.sol";
import {ISignedActs} from "./ISignedActs.sol";
import {Signers} from "./Signers.sol";

/// @notice Recovers who stands behind a signed act. Replay is guarded by each act itself.
abstract contract SignedActs is EIP712, ISignedActs {
    /// @dev The signer is checked before anything about the identity is read, and its identity is what acts: a key that
    /// was rotated away still signs, but no longer controls.
    function _actorOf(bytes32 structHash, Authorization calldata auth)
        internal
        view
        returns (address actor)
    {
        require(block.timestamp <= auth.deadline, SignatureExpired(auth.deadline));
        actor = Signers.identityOf(auth.signer);
        require(
            Signers.hasSigned(auth.signer, _hashTypedDataV4(structHash), auth.signature),
            SignatureInvalid(actor)
        );
    }
}
