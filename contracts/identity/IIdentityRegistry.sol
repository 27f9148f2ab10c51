// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {Authorization} from "../shared/Authorization.sol";
import {ISignedActs} from "../shared/ISignedActs.sol";

/// @title Who controls an identity
/// @notice Every address is an identity from the start and its own owner: nothing to register, no gas. Emits exactly
/// the three ERC-1056 events for a DID's changes, so that any did:ethr resolver reads it.
/// @dev Trust: nobody governs this contract. An identity is changed by its owner, and its owner is replaced by its
/// guardians, each within the rules below. Owners are not followed recursively: the owner of an identity is an address
/// that signs or calls.
/// @dev Privacy: identities, owners, delegates, attribute names and values are public for ever. Guardians are one
/// commitment until a recovery opens it, and public from then on.
/// @dev Warning: a recovery replaces the owner and nothing else. Delegates and attributes that a thief made stand in the
/// events and must be revoked by the new owner. A thief can deactivate the identity before its guardians have proposed
/// anything: that destroys it, and hands it to nobody.
/// @dev Resolvers read every log of this contract whose first indexed argument is the identity. In events that are not
/// ERC-1056's that argument is a time, which nobody can choose to look like somebody's identity.
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
    /// @param salt 32 random bytes, fresh for every commitment, so that guardians can be neither guessed nor linked.
    struct GuardianSet {
        address[] guardians;
        uint256 threshold;
        bytes32 salt;
    }

    /// @notice One guardian's consent to a recovery.
    /// @param index Position in `GuardianSet.guardians`; approvals come in strictly ascending order.
    /// @param signer ERC-7913 signer bytes of who controls that guardian now.
    /// @param signature Over `ApproveRecovery(address identity,address newOwner,bytes32 guardians,bool unanimous,uint256 round,uint256 deadline)`;
    /// `guardians` is the commitment, `unanimous` whether the approval counts only together with those of all other
    /// guardians, `round` the identity's `round` or, when unanimous, its `unanimousRound`.
    struct Approval {
        uint256 index;
        bytes signer;
        bytes signature;
    }

    /// @notice A recovery that waits for its delay, and what the next approvals must sign.
    /// @param newOwner Who will own the identity; zero when nothing is pending.
    /// @param readyAt When it can be executed, Unix seconds; zero when nothing is pending.
    /// @param unanimous Whether all guardians approved: it cannot be vetoed.
    /// @param round What approvals by fewer than all guardians sign; moves with every such proposal, every veto and every
    /// execution.
    /// @param unanimousRound What approvals by all guardians sign; moves with every such proposal and every execution,
    /// and with nothing that an owner's key can do.
    struct Recovery {
        address newOwner;
        uint40 readyAt;
        bool unanimous;
        uint24 round;
        uint24 unanimousRound;
    }

    // ERC-1056 events, to the letter.
    event DIDOwnerChanged(address indexed identity, address owner, uint256 previousChange);
    event DIDDelegateChanged(
        address indexed identity,
        bytes32 delegateType,
        address delegate,
        uint256 validTo,
        uint256 previousChange
    );
    event DIDAttributeChanged(
        address indexed identity, bytes32 name, bytes value, uint256 validTo, uint256 previousChange
    );

    event GuardiansScheduled(
        uint256 indexed effectiveAt, address indexed identity, bytes32 commitment
    );
    event GuardiansCancelled(
        uint256 indexed effectiveAt, address indexed identity, bytes32 commitment
    );
    event RecoveryProposed(
        uint256 indexed readyAt, address indexed identity, address indexed newOwner, bool unanimous
    );
    event RecoveryVetoed(
        uint256 indexed readyAt, address indexed identity, address indexed newOwner
    );
    event RecoveryExecuted(
        uint256 indexed readyAt, address indexed identity, address indexed newOwner
    );

    /// @notice Thrown when `identity` has been deactivated, which is permanent.
    error IdentityDeactivated(address identity);

    /// @notice Thrown when a signed change carries `given` where the next nonce is `expected`.
    error IdentityInvalidNonce(address identity, uint256 expected, uint256 given);

    /// @notice Thrown when the new owner is address zero: to end an identity, deactivate it.
    error IdentityZeroOwner(address identity);

    /// @notice Thrown when the list of changes is empty.
    error IdentityNoChanges(address identity);

    /// @notice Thrown when the commitment to schedule is the one in force.
    error GuardiansUnchanged(address identity, bytes32 commitment);

    /// @notice Thrown when no change of guardians is scheduled that could be dropped.
    error GuardiansNotScheduled(address identity);

    /// @notice Thrown when the guardians shown are not those of the commitment in force.
    error GuardiansMismatch(address identity, bytes32 expected, bytes32 given);

    /// @notice Thrown when the guardians shown break the rules of `GuardianSet`: no recovery can be made with them.
    error GuardiansMalformed(address identity);

    /// @notice Thrown when fewer guardians approve than the threshold.
    error RecoveryBelowThreshold(address identity, uint256 approvals, uint256 threshold);

    /// @notice Thrown when the approval of guardian `index` is out of order, or not signed by who controls that guardian.
    error RecoveryInvalidApproval(address identity, uint256 index);

    /// @notice Thrown when nothing is pending.
    error RecoveryNone(address identity);

    /// @notice Thrown when another recovery waits until `readyAt`, or a unanimous one keeps the identity from being deactivated.
    error RecoveryPending(address identity, uint256 readyAt);

    /// @notice Thrown when a recovery is executed before `readyAt`.
    error RecoveryNotReady(address identity, uint256 readyAt);

    /// @notice Thrown when the owner vetoes a recovery that all guardians approved.
    error RecoveryUnanimous(address identity);

    /// @notice Seconds between a recovery's proposal and its execution, in which the owner can veto one that is not
    /// unanimous.
    function RECOVERY_DELAY() external view returns (uint256);

    /// @notice Seconds before new guardians replace others; longer than `RECOVERY_DELAY`. It is the time that the
    /// guardians in force have to notice a thief who wants others, and to propose a recovery.
    function GUARDIANS_DELAY() external view returns (uint256);

    // ERC-1056 reads ------------------------------------------------------------------------------------------------

    /// @notice Who controls `identity`: itself until changed, zero once deactivated.
    function identityOwner(address identity) external view returns (address);

    /// @notice Block of the last ERC-1056 event of `identity`; zero when there is none.
    function changed(address identity) external view returns (uint256);

    /// @notice Whether `delegate` holds `delegateType` for `identity` now.
    /// @dev False for a deactivated identity. A change of owner leaves delegates as they are.
    function validDelegate(address identity, bytes32 delegateType, address delegate)
        external
        view
        returns (bool);

    // More reads ----------------------------------------------------------------------------------------------------

    /// @notice The nonce that the next signed change of `identity` must carry. Every signed change and every change of
    /// owner moves it, so that no signature made before a key was rotated away comes back when the key does.
    function nonces(address identity) external view returns (uint256);

    /// @notice Whether `identity` has been deactivated, which is for ever.
    function isDeactivated(address identity) external view returns (bool);

    /// @notice The commitment to the guardians in force now; zero when there are none.
    function guardiansOf(address identity) external view returns (bytes32 commitment);

    /// @notice The guardians that will replace those in force, and from when; zeros when none are scheduled.
    /// @dev While a recovery is pending nothing replaces the guardians that proposed it, whatever the time.
    function scheduledGuardians(address identity)
        external
        view
        returns (bytes32 commitment, uint256 effectiveAt);

    /// @notice The pending recovery, if any, and what the next approvals must sign.
    function recoveryOf(address identity) external view returns (Recovery memory);

    /// @notice The identity of ERC-7913 signer bytes: the account, or the last 20 bytes of keccak256(signer).
    function signerIdentity(bytes calldata signer) external pure returns (address);

    // Changes by the owner ------------------------------------------------------------------------------------------

    /// @notice Hand `identity` to `newOwner`. A pending recovery goes on.
    function changeOwner(address identity, address newOwner) external;

    /// @notice Let `delegate` act as `delegateType` for `validity` seconds; more than fits means for ever.
    function addDelegate(address identity, bytes32 delegateType, address delegate, uint256 validity)
        external;

    /// @notice End what `delegate` may do as `delegateType`, at once: its event's `validTo` is zero.
    function revokeDelegate(address identity, bytes32 delegateType, address delegate) external;

    /// @notice Publish an attribute (a key's hash, a service) for `validity` seconds; more than fits means for ever.
    function setAttribute(address identity, bytes32 name, bytes calldata value, uint256 validity)
        external;

    /// @notice End an attribute, at once: its event's `validTo` is zero.
    function revokeAttribute(address identity, bytes32 name, bytes calldata value) external;

    /// @notice Make several changes of delegates and attributes in one call.
    function applyChanges(address identity, Change[] calldata changes) external;

    /// @notice End `identity` for ever. Refused while a unanimous recovery is pending: a stolen key cannot cancel it.
    function deactivate(address identity) external;

    /// @notice Commit to guardians: at once when there are none, else after `GUARDIANS_DELAY`. Zero removes them.
    /// @dev Replaces a scheduled change, restarting the delay. A pending recovery goes on, and when it is executed drops
    /// what is scheduled.
    /// @dev Warning: the commitment is opened by a recovery only; one that does not follow the rules of `GuardianSet`
    /// leaves the identity without guardians that can act. A single guardian is all of them and cannot be vetoed.
    /// Guardians should not be controlled by the key that they guard against losing.
    function scheduleGuardians(address identity, bytes32 commitment) external;

    /// @notice Drop a scheduled change of guardians.
    function cancelGuardians(address identity) external;

    /// @notice End a pending recovery by fewer than all guardians; a unanimous one cannot be vetoed.
    function vetoRecovery(address identity) external;

    // The same, signed: `nonce` must be `nonces(identity)` -------------------------------------------------------------

    /// @notice Signed over `ChangeOwner(address identity,address newOwner,uint256 nonce,uint256 deadline)`.
    function changeOwnerBySig(
        address identity,
        address newOwner,
        uint256 nonce,
        Authorization calldata auth
    ) external;

    /// @notice Signed over `ApplyChanges(address identity,Change[] changes,uint256 nonce,uint256 deadline)` with
    /// `Change(uint8 kind,bytes32 name,address delegate,bytes value,uint256 validity)`.
    function applyChangesBySig(
        address identity,
        Change[] calldata changes,
        uint256 nonce,
        Authorization calldata auth
    ) external;

    /// @notice Signed over `Deactivate(address identity,uint256 nonce,uint256 deadline)`.
    function deactivateBySig(address identity, uint256 nonce, Authorization calldata auth) external;

    /// @notice Signed over
    /// `ScheduleGuardians(address identity,bytes32 commitment,uint256 nonce,uint256 deadline)`.
    function scheduleGuardiansBySig(
        address identity,
        bytes32 commitment,
        uint256 nonce,
        Authorization calldata auth
    ) external;

    /// @notice Signed over `CancelGuardians(address identity,bytes32 commitment,uint256 nonce,uint256 deadline)`;
    /// `commitment` is the scheduled one.
    function cancelGuardiansBySig(address identity, uint256 nonce, Authorization calldata auth)
        external;

    /// @notice Signed over `VetoRecovery(address identity,address newOwner,uint256 nonce,uint256 deadline)`; `newOwner`
    /// is the pending one.
    function vetoRecoveryBySig(address identity, uint256 nonce, Authorization calldata auth)
        external;

    // Recovery by guardians, submitted by anybody -----------------------------------------------------------------------

    /// @notice Propose `newOwner` with the approvals of at least the threshold of guardians.
    /// @dev With the approvals of all of them it cannot be vetoed and replaces whatever is pending; with fewer it waits
    /// while anything is pending. Until it ends, the guardians stay those that proposed it.
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
