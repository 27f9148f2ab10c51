// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {SignatureChecker} from "@openzeppelin/contracts/utils/cryptography/SignatureChecker.sol";

import {IIdentityRegistry} from "../interfaces/IIdentityRegistry.sol";
import {SignerIdentity} from "../libraries/SignerIdentity.sol";
import {Authorization} from "../types/Authorization.sol";
import {Control} from "../types/Control.sol";
import {IdentityControl} from "./IdentityControl.sol";

/// @notice Guardians replace the owner of an identity whose key is lost (some of them, vetoable) or stolen (all of
/// them, not vetoable). See docs/adr/0041-guardian-recovery.md.
abstract contract GuardianRecovery is IdentityControl {
    /// @dev What is scheduled comes into force by time alone, without a transaction: see `_inForce`.
    struct Guardians {
        bytes32 commitment;
        bytes32 scheduled;
        uint256 effectiveAt;
    }

    /// @inheritdoc IIdentityRegistry
    uint256 public constant RECOVERY_DELAY = 7 days;

    /// @inheritdoc IIdentityRegistry
    uint256 public constant GUARDIANS_DELAY = 30 days;

    bytes32 private constant APPROVE_TYPEHASH = keccak256(
        "ApproveRecovery(address identity,address newOwner,bytes32 guardians,bool unanimous,uint256 round,uint256 deadline)"
    );
    bytes32 private constant SCHEDULE_TYPEHASH = keccak256(
        "ScheduleGuardians(address identity,bytes32 commitment,uint256 nonce,uint256 deadline)"
    );
    bytes32 private constant CANCEL_TYPEHASH = keccak256(
        "CancelGuardians(address identity,bytes32 commitment,uint256 nonce,uint256 deadline)"
    );
    bytes32 private constant VETO_TYPEHASH =
        keccak256("VetoRecovery(address identity,address newOwner,uint256 nonce,uint256 deadline)");

    mapping(address identity => Guardians guardians) private _guardians;
    mapping(address identity => Recovery recovery) private _recoveries;

    /// @inheritdoc IIdentityRegistry
    function guardiansOf(address identity) external view returns (bytes32 commitment) {
        return _inForce(identity);
    }

    /// @inheritdoc IIdentityRegistry
    function scheduledGuardians(address identity)
        external
        view
        returns (bytes32 commitment, uint256 effectiveAt)
    {
        return _scheduled(identity);
    }

    /// @inheritdoc IIdentityRegistry
    function recoveryOf(address identity) external view returns (Recovery memory) {
        return _recoveries[identity];
    }

    // The owner's acts ----------------------------------------------------------------------------------------------

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
        bytes32 structHash = keccak256(
            abi.encode(SCHEDULE_TYPEHASH, identity, commitment, nonce, auth.deadline)
        );
        address actor = _actorOf(structHash, auth);
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
        (bytes32 commitment,) = _scheduled(identity);
        bytes32 structHash =
            keccak256(abi.encode(CANCEL_TYPEHASH, identity, commitment, nonce, auth.deadline));
        address actor = _actorOf(structHash, auth);
        _spendNonce(identity, nonce);
        _cancelGuardians(actor, identity);
    }

    /// @inheritdoc IIdentityRegistry
    function vetoRecovery(address identity) external {
        _vetoRecovery(msg.sender, identity);
    }

    /// @inheritdoc IIdentityRegistry
    function vetoRecoveryBySig(address identity, uint256 nonce, Authorization calldata auth)
        external
    {
        address newOwner = _recoveries[identity].newOwner;
        bytes32 structHash =
            keccak256(abi.encode(VETO_TYPEHASH, identity, newOwner, nonce, auth.deadline));
        address actor = _actorOf(structHash, auth);
        _spendNonce(identity, nonce);
        _vetoRecovery(actor, identity);
    }

    // Anybody's acts ------------------------------------------------------------------------------------------------

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
        bytes32 commitment = _openGuardians(identity, set);
        Recovery memory recovery = _recoveries[identity];
        bool unanimous = approvals.length == set.guardians.length;
        if (!unanimous) _requireThreshold(identity, recovery, approvals.length, set.threshold);

        uint256 round = unanimous ? recovery.unanimousRound++ : recovery.round++;
        bytes32 structHash = keccak256(
            abi.encode(APPROVE_TYPEHASH, identity, newOwner, commitment, unanimous, round, deadline)
        );
        _requireApprovals(identity, _hashTypedDataV4(structHash), set.guardians, approvals);

        _settleGuardians(identity);
        recovery.newOwner = newOwner;
        recovery.readyAt = uint40(block.timestamp + RECOVERY_DELAY);
        recovery.unanimous = unanimous;
        _recoveries[identity] = recovery;
        emit RecoveryProposed(recovery.readyAt, identity, newOwner, unanimous);
    }

    /// @inheritdoc IIdentityRegistry
    function executeRecovery(address identity) external {
        Control control = _requireActive(identity);
        Recovery memory recovery = _pendingRecovery(identity);
        require(block.timestamp >= recovery.readyAt, RecoveryNotReady(identity, recovery.readyAt));
        _endRecovery(identity, recovery.round + 1, recovery.unanimousRound + 1);
        _dropScheduled(identity);
        _setOwner(identity, control, recovery.newOwner);
        emit RecoveryExecuted(recovery.readyAt, identity, recovery.newOwner);
    }

    // Inside --------------------------------------------------------------------------------------------------------

    /// @dev A unanimous recovery stands against a stolen key, which must not destroy what it cannot keep.
    function _abandonRecovery(address identity) internal {
        Recovery memory recovery = _recoveries[identity];
        require(!recovery.unanimous, RecoveryPending(identity, recovery.readyAt));
        if (recovery.readyAt != 0) _endRecovery(identity, recovery.round, recovery.unanimousRound);
    }

    function _scheduleGuardians(address actor, address identity, bytes32 commitment) private {
        _requireController(identity, actor);
        _settleGuardians(identity);
        Guardians storage guardians = _guardians[identity];
        bytes32 current = guardians.commitment;
        require(commitment != current, GuardiansUnchanged(identity, commitment));

        uint256 effectiveAt = block.timestamp;
        if (current == 0) {
            guardians.commitment = commitment;
        } else {
            effectiveAt += GUARDIANS_DELAY;
            guardians.scheduled = commitment;
            guardians.effectiveAt = effectiveAt;
        }
        emit GuardiansScheduled(effectiveAt, identity, commitment);
    }

    function _cancelGuardians(address actor, address identity) private {
        _requireController(identity, actor);
        (bytes32 commitment, uint256 effectiveAt) = _scheduled(identity);
        require(effectiveAt != 0, GuardiansNotScheduled(identity));
        _dropScheduled(identity);
        emit GuardiansCancelled(effectiveAt, identity, commitment);
    }

    /// @dev Moves `round`, so that approvals gathered before the veto cannot propose the same again after it.
    function _vetoRecovery(address actor, address identity) private {
        _requireController(identity, actor);
        Recovery memory recovery = _pendingRecovery(identity);
        require(!recovery.unanimous, RecoveryUnanimous(identity));
        _endRecovery(identity, recovery.round + 1, recovery.unanimousRound);
        emit RecoveryVetoed(recovery.readyAt, identity, recovery.newOwner);
    }

    function _pendingRecovery(address identity) private view returns (Recovery memory recovery) {
        recovery = _recoveries[identity];
        require(recovery.readyAt != 0, RecoveryNone(identity));
    }

    function _endRecovery(address identity, uint24 round, uint24 unanimousRound) private {
        _recoveries[identity] = Recovery({
            newOwner: address(0),
            readyAt: 0,
            unanimous: false,
            round: round,
            unanimousRound: unanimousRound
        });
    }

    /// @dev While a recovery is pending the guardians that proposed it stay: else a thief's own, scheduled earlier, would
    /// come into force in time to replace the recovery by one to the thief.
    function _isDue(address identity) private view returns (bool) {
        uint256 effectiveAt = _guardians[identity].effectiveAt;
        return
            effectiveAt != 0 && block.timestamp >= effectiveAt && _recoveries[identity].readyAt == 0;
    }

    function _inForce(address identity) private view returns (bytes32) {
        return _isDue(identity) ? _guardians[identity].scheduled : _guardians[identity].commitment;
    }

    function _scheduled(address identity) private view returns (bytes32, uint256) {
        if (_isDue(identity)) return (0, 0);
        return (_guardians[identity].scheduled, _guardians[identity].effectiveAt);
    }

    /// @dev Writes down what time has brought into force, before anything is built upon it.
    function _settleGuardians(address identity) private {
        if (!_isDue(identity)) return;
        _guardians[identity].commitment = _guardians[identity].scheduled;
        _dropScheduled(identity);
    }

    function _dropScheduled(address identity) private {
        _guardians[identity].scheduled = 0;
        _guardians[identity].effectiveAt = 0;
    }

    function _openGuardians(address identity, GuardianSet calldata set)
        private
        view
        returns (bytes32 commitment)
    {
        commitment = keccak256(abi.encode(set.guardians, set.threshold, set.salt));
        bytes32 expected = _inForce(identity);
        require(commitment == expected, GuardiansMismatch(identity, expected, commitment));
        require(
            set.threshold > 0 && set.threshold <= set.guardians.length, GuardiansMalformed(identity)
        );
        address last;
        for (uint256 i = 0; i < set.guardians.length; ++i) {
            address guardian = set.guardians[i];
            require(guardian > last && guardian != identity, GuardiansMalformed(identity));
            last = guardian;
        }
    }

    function _requireThreshold(
        address identity,
        Recovery memory recovery,
        uint256 count,
        uint256 threshold
    ) private pure {
        require(count >= threshold, RecoveryBelowThreshold(identity, count, threshold));
        require(recovery.readyAt == 0, RecoveryPending(identity, recovery.readyAt));
    }

    function _requireApprovals(
        address identity,
        bytes32 digest,
        address[] calldata guardians,
        Approval[] calldata approvals
    ) private view {
        uint256 next = 0;
        for (uint256 i = 0; i < approvals.length; ++i) {
            Approval calldata approval = approvals[i];
            uint256 index = approval.index;
            require(
                index >= next && index < guardians.length, RecoveryInvalidApproval(identity, index)
            );
            require(
                _ownerOf(guardians[index]) == SignerIdentity.identityOf(approval.signer)
                    && SignatureChecker.isValidSignatureNow(
                        approval.signer, digest, approval.signature
                    ),
                RecoveryInvalidApproval(identity, index)
            );
            next = index + 1;
        }
    }
}
