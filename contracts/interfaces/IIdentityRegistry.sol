// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {ISignedActs} from "./ISignedActs.sol";
import {Authorization} from "../types/Authorization.sol";

/// @title Who controls an identity
/// @notice Every address is an identity from the start and its own owner: nothing to register, no gas. Emits exactly
/// the three ERC-1056 events for a DID's changes, so that any did:ethr resolver reads it.
/// @dev Trust: nobody governs this contract. An identity is changed by its owner, and its owner is replaced by its
/// guardians, each within the rules below. Owners are not followed recursively: the owner of an identity is an address
/// that signs or calls.
/// @dev Privacy: identities, owners, delegates, attribute names and values are public for ever. Guardians are one
/// commitment until a recovery opens it, and public from then on.
/// @dev Events that are not ERC-1056's carry the identity in their second topic or later: resolvers read every log of
/// this contract whose first indexed argument is the identity.
interface IIdentityRegistry is ISignedActs {
    enum ChangeKind {
        AddDelegate,
        RevokeDelegate,
        SetAttribute,
        RevokeAttribute
    }

    /// @notice One of several changes made by `applyChanges`.
    /// @param kind What to do.
    /// @param name The delegate type or attribute name.
    /// @param delegate The delegate; zero for attributes.
    /// @param value The attribute's value; empty for delegates.
    /// @param validity Seconds from now; zero for revocations.
    struct Change {
        ChangeKind kind;
        bytes32 name;
        address delegate;
        bytes value;
        uint256 validity;
    }

    /// @notice The opening of a guardians commitment: keccak256(abi.encode(guardians, threshold, salt)).
    /// @param guardians Identities, strictly ascending, none of them zero or the guarded identity.
    /// @param threshold How many must agree, from 1 to their number.
    /// @param salt 32 random bytes, so that guardians cannot be guessed.
    struct GuardianSet {
        address[] guardians;
        uint256 threshold;
        bytes32 salt;
    }

    /// @notice One guardian's consent to a recovery.
    /// @param index Position in `GuardianSet.guardians`; approvals come in ascending order.
    /// @param signer ERC-7913 signer bytes of who controls that guardian now.
    /// @param signature Over `ApproveRecovery(address identity,address newOwner,bytes32 guardians,uint256 round,uint256 deadline)`.
    struct Approval {
        uint256 index;
        bytes signer;
        bytes signature;
    }

    /// @notice A recovery that waits for its delay.
    struct Recovery {
        address newOwner;
        uint48 readyAt;
        bool unanimous;
        uint40 round;
    }

    // ERC-1056 events, to the letter.
    event DIDOwnerChanged(address indexed identity, address owner, uint256 previousChange);
    event DIDDelegateChanged(
        address indexed identity, bytes32 delegateType, address delegate, uint256 validTo, uint256 previousChange
    );
    event DIDAttributeChanged(
        address indexed identity, bytes32 name, bytes value, uint256 validTo, uint256 previousChange
    );

    event GuardiansScheduled(bytes32 indexed commitment, address indexed identity, uint256 effectiveAt);
    event GuardiansCancelled(bytes32 indexed commitment, address indexed identity);
    event RecoveryProposed(
        address indexed newOwner, address indexed identity, uint256 round, uint256 readyAt, bool unanimous
    );
    event RecoveryVetoed(address indexed newOwner, address indexed identity, uint256 round);
    event RecoveryExecuted(address indexed newOwner, address indexed identity, uint256 round);

    error IdentityDeactivated(address identity);
    error IdentityInvalidNonce(address identity, uint256 expected, uint256 given);
    error IdentityZeroOwner(address identity);
    error IdentityNoChanges(address identity);
    error GuardiansUnchanged(address identity, bytes32 commitment);
    error GuardiansNotScheduled(address identity);
    error GuardiansMismatch(address identity, bytes32 expected, bytes32 given);
    error GuardiansMalformed(address identity);
    error RecoveryBelowThreshold(address identity, uint256 approvals, uint256 threshold);
    error RecoveryInvalidApproval(address identity, uint256 index);
    error RecoveryNone(address identity);
    error RecoveryPending(address identity, uint256 readyAt);
    error RecoveryNotReady(address identity, uint256 readyAt);
    error RecoveryUnanimous(address identity);

    /// @notice Seconds between a recovery's proposal and its execution.
    function RECOVERY_DELAY() external view returns (uint256);

    /// @notice Seconds before new guardians replace others; longer than `RECOVERY_DELAY`, so that a thief cannot
    /// replace the guardians faster than they replace the thief.
    function GUARDIANS_DELAY() external view returns (uint256);

    // ERC-1056 reads ------------------------------------------------------------------------------------------------

    /// @notice Who controls `identity`: itself until changed, zero once deactivated.
    function identityOwner(address identity) external view returns (address);

    /// @notice Block of the last ERC-1056 event of `identity`; zero when there is none.
    function changed(address identity) external view returns (uint256);

    /// @notice Whether `delegate` holds `delegateType` for `identity` now.
    /// @dev False for a deactivated identity.
    function validDelegate(address identity, bytes32 delegateType, address delegate) external view returns (bool);

    // More reads ----------------------------------------------------------------------------------------------------

    /// @notice The nonce that the next signed change of `identity` must carry.
    function nonces(address identity) external view returns (uint256);

    /// @notice Whether `identity` has been deactivated, which is for ever.
    function isDeactivated(address identity) external view returns (bool);

    /// @notice The commitment to the guardians in force now; zero when there are none.
    function guardiansOf(address identity) external view returns (bytes32 commitment);

    /// @notice The guardians that will replace those in force, and when; zeros when none are scheduled.
    function scheduledGuardians(address identity) external view returns (bytes32 commitment, uint256 effectiveAt);

    /// @notice The pending recovery; `readyAt` is zero when there is none, `round` is what the next approvals sign.
    function recoveryOf(address identity) external view returns (Recovery memory);

    /// @notice The identity of ERC-7913 signer bytes: the account, or the last 20 bytes of keccak256(signer).
    function signerIdentity(bytes calldata signer) external pure returns (address);

    // Changes by the owner ------------------------------------------------------------------------------------------

    /// @notice Hand `identity` to `newOwner`. A pending recovery goes on.
    function changeOwner(address identity, address newOwner) external;

    /// @notice Let `delegate` act as `delegateType` for `validity` seconds.
    function addDelegate(address identity, bytes32 delegateType, address delegate, uint256 validity) external;

    /// @notice End what `delegate` may do as `delegateType`, at once.
    function revokeDelegate(address identity, bytes32 delegateType, address delegate) external;

    /// @notice Publish an attribute (a key's hash, a service) for `validity` seconds.
    function setAttribute(address identity, bytes32 name, bytes calldata value, uint256 validity) external;

    /// @notice End an attribute, at once.
    function revokeAttribute(address identity, bytes32 name, bytes calldata value) external;

    /// @notice Make several changes of delegates and attributes in one call.
    function applyChanges(address identity, Change[] calldata changes) external;

    /// @notice End `identity` for ever. Refused while a unanimous recovery is pending: a stolen key cannot cancel it.
    function deactivate(address identity) external;

    /// @notice Commit to guardians: at once when there are none, else after `GUARDIANS_DELAY`. Zero removes them.
    /// @dev Replaces a scheduled change, restarting the delay. A pending recovery goes on.
    function scheduleGuardians(address identity, bytes32 commitment) external;

    /// @notice Drop a scheduled change of guardians.
    function cancelGuardians(address identity) external;

    /// @notice End a pending recovery by fewer than all guardians; a unanimous one cannot be vetoed.
    function vetoRecovery(address identity) external;

    // The same, signed: `nonce` must be `nonces(identity)` -------------------------------------------------------------

    function changeOwnerBySig(address identity, address newOwner, uint256 nonce, Authorization calldata auth) external;

    function applyChangesBySig(address identity, Change[] calldata changes, uint256 nonce, Authorization calldata auth)
        external;

    function deactivateBySig(address identity, uint256 nonce, Authorization calldata auth) external;

    function scheduleGuardiansBySig(address identity, bytes32 commitment, uint256 nonce, Authorization calldata auth)
        external;

    function cancelGuardiansBySig(address identity, uint256 nonce, Authorization calldata auth) external;

    function vetoRecoveryBySig(address identity, uint256 nonce, Authorization calldata auth) external;

    // Recovery by guardians, submitted by anybody -----------------------------------------------------------------------

    /// @notice Propose `newOwner` with the approvals of at least the threshold of guardians.
    /// @dev With the approvals of all of them it cannot be vetoed and replaces whatever is pending; with fewer it waits
    /// while anything is pending.
    /// @dev Privacy: the guardians become public.
    /// @param deadline The last second at which the approvals may be submitted.
    function proposeRecovery(
        address identity,
        address newOwner,
        GuardianSet calldata set,
        uint256 deadline,
        Approval[] calldata approvals
    ) external;

    /// @notice Complete a recovery whose delay has passed. Drops scheduled guardians: a thief may have chosen them.
    function executeRecovery(address identity) external;
}
