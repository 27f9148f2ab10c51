// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {EIP712} from "@openzeppelin/contracts/utils/cryptography/EIP712.sol";
import {Math} from "@openzeppelin/contracts/utils/math/Math.sol";

import {Authorization} from "../shared/Authorization.sol";
import {Control} from "./Control.sol";
import {Guardians, GuardiansLibrary} from "./Guardians.sol";
import {IIdentityRegistry} from "./IIdentityRegistry.sol";
import {IdentityControl} from "./IdentityControl.sol";
import {IdentityDigests} from "./IdentityDigests.sol";
import {Recoveries} from "./Recoveries.sol";

/// @title Identities, their delegates, guardians and recoveries
contract IdentityRegistry is IdentityControl {
    using Recoveries for Recovery;

    /// @inheritdoc IIdentityRegistry
    uint256 public constant GUARDIANS_DELAY = GuardiansLibrary.DELAY;

    /// @inheritdoc IIdentityRegistry
    uint256 public constant RECOVERY_DELAY = Recoveries.DELAY;

    mapping(address identity => Guardians guardians) private _guardians;
    mapping(address identity => Recovery recovery) private _recoveries;
    mapping(
        address identity
            => mapping(bytes32 delegateType => mapping(address delegate => uint256 validTo))
    ) private _delegates;

    constructor() EIP712("IdentityRegistry", "1") {}

    /// @inheritdoc IIdentityRegistry
    function validDelegate(address identity, bytes32 delegateType, address delegate)
        external
        view
        returns (bool)
    {
        return _delegates[identity][delegateType][delegate] > block.timestamp
            && _ownerOf(identity) != address(0);
    }

    /// @inheritdoc IIdentityRegistry
    function guardiansOf(address identity) external view returns (bytes32 commitment) {
        return _guardians[identity].inForce(_recoveries[identity]);
    }

    /// @inheritdoc IIdentityRegistry
    function scheduledGuardians(address identity)
        external
        view
        returns (bytes32 commitment, uint256 effectiveAt)
    {
        return _guardians[identity].upcoming(_recoveries[identity]);
    }

    /// @inheritdoc IIdentityRegistry
    function recoveryOf(address identity) external view returns (Recovery memory) {
        return _recoveries[identity];
    }

    // Owner ---------------------------------------------------------------------------------------------------------

    /// @inheritdoc IIdentityRegistry
    function changeOwner(address identity, address newOwner) external {
        _changeOwner(msg.sender, identity, newOwner);
    }

    /// @inheritdoc IIdentityRegistry
    function changeOwnerBySig(
        address identity,
        address newOwner,
        uint256 nonce,
        Authorization calldata auth
    ) external {
        address actor = _actorOf(
            IdentityDigests.changeOwner(identity, newOwner, nonce, auth.deadline), auth
        );
        _requireNonce(identity, nonce);
        _changeOwner(actor, identity, newOwner);
    }

    /// @inheritdoc IIdentityRegistry
    function deactivate(address identity) external {
        _deactivate(msg.sender, identity);
    }

    /// @inheritdoc IIdentityRegistry
    function deactivateBySig(address identity, uint256 nonce, Authorization calldata auth)
        external
    {
        address actor = _actorOf(IdentityDigests.deactivate(identity, nonce, auth.deadline), auth);
        _requireNonce(identity, nonce);
        _deactivate(actor, identity);
    }

    // Delegates and attributes --------------------------------------------------------------------------------------

    /// @inheritdoc IIdentityRegistry
    function addDelegate(address identity, bytes32 delegateType, address delegate, uint256 validity)
        external
    {
        _requireController(identity, msg.sender);
        _setDelegate(identity, delegateType, delegate, _validTo(validity));
    }

    /// @inheritdoc IIdentityRegistry
    function revokeDelegate(address identity, bytes32 delegateType, address delegate) external {
        _requireController(identity, msg.sender);
        _setDelegate(identity, delegateType, delegate, 0);
    }

    /// @inheritdoc IIdentityRegistry
    function setAttribute(address identity, bytes32 name, bytes calldata value, uint256 validity)
        external
    {
        _requireController(identity, msg.sender);
        _setAttribute(identity, name, value, _validTo(validity));
    }

    /// @inheritdoc IIdentityRegistry
    function revokeAttribute(address identity, bytes32 name, bytes calldata value) external {
        _requireController(identity, msg.sender);
        _setAttribute(identity, name, value, 0);
    }

    /// @inheritdoc IIdentityRegistry
    function applyChanges(address identity, Change[] calldata changes) external {
        _applyChanges(msg.sender, identity, changes);
    }

    /// @inheritdoc IIdentityRegistry
    function applyChangesBySig(
        address identity,
        Change[] calldata changes,
        uint256 nonce,
        Authorization calldata auth
    ) external {
        address actor = _actorOf(
            IdentityDigests.applyChanges(identity, changes, nonce, auth.deadline), auth
        );
        _spendNonce(identity, nonce);
        _applyChanges(actor, identity, changes);
    }

    // Guardians -----------------------------------------------------------------------------------------------------

    /// @inheritdoc IIdentityRegistry
    function scheduleGuardians(address identity, bytes32 commitment) external {
        _scheduleGuardians(msg.sender, identity, commitment);
    }

    /// @inheritdoc IIdentityRegistry
    function scheduleGuardiansBySig(
        address identity,
        bytes32 commitment,
        uint256 nonce,
        Authorization calldata auth
    ) external {
        address actor = _actorOf(
            IdentityDigests.scheduleGuardians(identity, commitment, nonce, auth.deadline), auth
        );
        _spendNonce(identity, nonce);
        _scheduleGuardians(actor, identity, commitment);
    }

    /// @inheritdoc IIdentityRegistry
    function cancelGuardians(address identity) external {
        _cancelGuardians(msg.sender, identity);
    }

    /// @inheritdoc IIdentityRegistry
    function cancelGuardiansBySig(address identity, uint256 nonce, Authorization calldata auth)
        external
    {
        (bytes32 commitment,) = _guardians[identity].upcoming(_recoveries[identity]);
        address actor = _actorOf(
            IdentityDigests.cancelGuardians(identity, commitment, nonce, auth.deadline), auth
        );
        _spendNonce(identity, nonce);
        _cancelGuardians(actor, identity);
    }

    // Recovery ------------------------------------------------------------------------------------------------------

    /// @inheritdoc IIdentityRegistry
    function vetoRecovery(address identity) external {
        _vetoRecovery(msg.sender, identity);
    }

    /// @inheritdoc IIdentityRegistry
    function vetoRecoveryBySig(address identity, uint256 nonce, Authorization calldata auth)
        external
    {
        address newOwner = _recoveries[identity].newOwner;
        address actor =
            _actorOf(IdentityDigests.vetoRecovery(identity, newOwner, nonce, auth.deadline), auth);
        _spendNonce(identity, nonce);
        _vetoRecovery(actor, identity);
    }

    /// @inheritdoc IIdentityRegistry
    function proposeRecovery(
        address identity,
        address newOwner,
        GuardianSet calldata set,
        uint256 deadline,
        Approval[] calldata approvals
    ) external {
        _requireActive(identity);
        require(newOwner != address(0), IdentityZeroOwner(identity));
        require(block.timestamp <= deadline, SignatureExpired(deadline));
        Guardians storage guardians = _guardians[identity];
        bytes32 commitment = guardians.inForce(_recoveries[identity]);
        GuardiansLibrary.requireOpening(identity, set, commitment);
        Recovery memory recovery = _recoveries[identity];
        bool unanimous = approvals.length == set.guardians.length;
        if (!unanimous) recovery.requireThreshold(identity, approvals.length, set.threshold);
        uint256 round = unanimous ? recovery.unanimousRound++ : recovery.round++;
        bytes32 structHash = IdentityDigests.approveRecovery(
            identity, newOwner, commitment, unanimous, round, deadline
        );
        _requireApprovals(identity, _hashTypedDataV4(structHash), set.guardians, approvals);

        guardians.settle(_recoveries[identity]);
        recovery.newOwner = newOwner;
        recovery.readyAt = uint40(block.timestamp + Recoveries.DELAY);
        recovery.unanimous = unanimous;
        _recoveries[identity] = recovery;

        emit RecoveryProposed(recovery.readyAt, identity, newOwner, unanimous);
    }

    /// @inheritdoc IIdentityRegistry
    function executeRecovery(address identity) external {
        Control control = _requireActive(identity);
        Recovery memory recovery = _recoveries[identity];
        recovery.requirePending(identity);
        require(block.timestamp >= recovery.readyAt, RecoveryNotReady(identity, recovery.readyAt));

        _recoveries[identity] = Recoveries.ended(recovery.round + 1, recovery.unanimousRound + 1);
        _guardians[identity].drop();
        _setOwner(identity, control, recovery.newOwner);

        emit RecoveryExecuted(recovery.readyAt, identity, recovery.newOwner);
    }

    // Inside --------------------------------------------------------------------------------------------------------

    function _changeOwner(address actor, address identity, address newOwner) private {
        Control control = _requireController(identity, actor);
        require(newOwner != address(0), IdentityZeroOwner(identity));

        _setOwner(identity, control, newOwner);
    }

    function _deactivate(address actor, address identity) private {
        Control control = _requireController(identity, actor);

        _abandonRecovery(identity);
        _end(identity, control);
    }

    function _applyChanges(address actor, address identity, Change[] calldata changes) private {
        _requireController(identity, actor);
        require(changes.length > 0, IdentityNoChanges(identity));

        for (uint256 i = 0; i < changes.length; ++i) {
            _applyChange(identity, changes[i]);
        }
    }

    function _applyChange(address identity, Change calldata change) private {
        if (change.kind == ChangeKind.AddDelegate) {
            _setDelegate(identity, change.name, change.delegate, _validTo(change.validity));
        } else if (change.kind == ChangeKind.RevokeDelegate) {
            _setDelegate(identity, change.name, change.delegate, 0);
        } else if (change.kind == ChangeKind.SetAttribute) {
            _setAttribute(identity, change.name, change.value, _validTo(change.validity));
        } else {
            _setAttribute(identity, change.name, change.value, 0);
        }
    }

    /// @dev Zero revokes. The reference registry writes the block's time instead, which resolvers, who take a delegate as
    /// valid in its last second, read as valid in the very block of the revocation.
    function _setDelegate(address identity, bytes32 delegateType, address delegate, uint256 validTo)
        private
    {
        _delegates[identity][delegateType][delegate] = validTo;

        uint256 previousChange = _recordChange(identity);

        emit DIDDelegateChanged(identity, delegateType, delegate, validTo, previousChange);
    }

    function _setAttribute(address identity, bytes32 name, bytes calldata value, uint256 validTo)
        private
    {
        uint256 previousChange = _recordChange(identity);

        emit DIDAttributeChanged(identity, name, value, validTo, previousChange);
    }

    function _validTo(uint256 validity) private view returns (uint256) {
        return Math.saturatingAdd(block.timestamp, validity);
    }

    function _scheduleGuardians(address actor, address identity, bytes32 commitment) private {
        _requireController(identity, actor);

        uint256 effectiveAt =
            _guardians[identity].schedule(_recoveries[identity], identity, commitment);

        emit GuardiansScheduled(effectiveAt, identity, commitment);
    }

    function _cancelGuardians(address actor, address identity) private {
        _requireController(identity, actor);

        (bytes32 commitment, uint256 effectiveAt) =
            _guardians[identity].cancel(_recoveries[identity], identity);

        emit GuardiansCancelled(effectiveAt, identity, commitment);
    }

    /// @dev Moves `round`, so that approvals gathered before the veto cannot propose the same again after it.
    function _vetoRecovery(address actor, address identity) private {
        _requireController(identity, actor);
        Recovery memory recovery = _recoveries[identity];
        recovery.requirePending(identity);
        require(!recovery.unanimous, RecoveryUnanimous(identity));

        _recoveries[identity] = Recoveries.ended(recovery.round + 1, recovery.unanimousRound);

        emit RecoveryVetoed(recovery.readyAt, identity, recovery.newOwner);
    }

    /// @dev A unanimous recovery stands against a stolen key, which must not destroy what it cannot keep.
    function _abandonRecovery(address identity) private {
        Recovery memory recovery = _recoveries[identity];
        require(!recovery.unanimous, RecoveryPending(identity, recovery.readyAt));

        if (recovery.readyAt != 0) {
            _recoveries[identity] = Recoveries.ended(recovery.round, recovery.unanimousRound);
        }
    }
}
