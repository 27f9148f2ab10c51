// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {Authorization} from "../shared/Authorization.sol";
import {Signers} from "../shared/Signers.sol";
import {Control} from "./Control.sol";
import {Guardianship} from "./Guardianship.sol";
import {IIdentityRegistry} from "./IIdentityRegistry.sol";

// slither-disable-start timestamp -- a recovery waits for days; a validator moves the clock by seconds

/// @notice Guardians replace the owner of an identity whose key is lost (some of them, vetoable) or stolen (all of
/// them, not vetoable). See docs/adr/0041-guardian-recovery.md.
abstract contract GuardianRecovery is Guardianship {
    /// @inheritdoc IIdentityRegistry
    uint256 public constant RECOVERY_DELAY = 7 days;

    bytes32 private constant APPROVE_TYPEHASH = keccak256(
        "ApproveRecovery(address identity,address newOwner,bytes32 guardians,bool unanimous,uint256 round,uint256 deadline)"
    );
    bytes32 private constant VETO_TYPEHASH =
        keccak256("VetoRecovery(address identity,address newOwner,uint256 nonce,uint256 deadline)");

    mapping(address identity => Recovery recovery) private _recoveries;

    /// @inheritdoc IIdentityRegistry
    function recoveryOf(address identity) external view returns (Recovery memory) {
        return _recoveries[identity];
    }

    // The owner's acts ----------------------------------------------------------------------------------------------

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

    /// @dev Moves `round`, so that approvals gathered before the veto cannot propose the same again after it.
    function _vetoRecovery(address actor, address identity) private {
        _requireController(identity, actor);
        Recovery memory recovery = _pendingRecovery(identity);
        require(!recovery.unanimous, RecoveryUnanimous(identity));
        _endRecovery(identity, recovery.round + 1, recovery.unanimousRound);
        emit RecoveryVetoed(recovery.readyAt, identity, recovery.newOwner);
    }

    function _isRecoveryPending(address identity) internal view override returns (bool) {
        return _recoveries[identity].readyAt != 0;
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
                _ownerOf(guardians[index]) == Signers.identityOf(approval.signer)
                    && Signers.hasSigned(approval.signer, digest, approval.signature),
                RecoveryInvalidApproval(identity, index)
            );
            next = index + 1;
        }
    }
}
// slither-disable-end timestamp
