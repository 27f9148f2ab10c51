// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {Authorization} from "../shared/Authorization.sol";
import {IIdentityRegistry} from "./IIdentityRegistry.sol";
import {IdentityControl} from "./IdentityControl.sol";

// slither-disable-start timestamp -- guardians wait for days; a validator moves the clock by seconds

/// @notice Which guardians an identity has, as a commitment, and how they change: slower than they can act.
abstract contract Guardianship is IdentityControl {
    /// @dev What is scheduled comes into force by time alone, without a transaction: see `_inForce`.
    struct Guardians {
        bytes32 commitment;
        bytes32 scheduled;
        uint256 effectiveAt;
    }

    /// @inheritdoc IIdentityRegistry
    uint256 public constant GUARDIANS_DELAY = 30 days;

    bytes32 private constant SCHEDULE_TYPEHASH = keccak256(
        "ScheduleGuardians(address identity,bytes32 commitment,uint256 nonce,uint256 deadline)"
    );
    bytes32 private constant CANCEL_TYPEHASH = keccak256(
        "CancelGuardians(address identity,bytes32 commitment,uint256 nonce,uint256 deadline)"
    );

    mapping(address identity => Guardians guardians) private _guardians;

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

    function _isRecoveryPending(address identity) internal view virtual returns (bool);

    /// @dev Writes down what time has brought into force, before anything is built upon it.
    function _settleGuardians(address identity) internal {
        if (!_isDue(identity)) return;
        _guardians[identity].commitment = _guardians[identity].scheduled;
        _dropScheduled(identity);
    }

    function _dropScheduled(address identity) internal {
        _guardians[identity].scheduled = 0;
        _guardians[identity].effectiveAt = 0;
    }

    function _openGuardians(address identity, GuardianSet calldata set)
        internal
        view
        returns (bytes32 commitment)
    {
        commitment = keccak256(abi.encode(set.guardians, set.threshold, set.salt));
        bytes32 expected = _inForce(identity);
        require(commitment == expected, GuardiansMismatch(identity, expected, commitment));
        require(
            set.threshold > 0 && set.threshold <= set.guardians.length, GuardiansMalformed(identity)
        );
        address last = address(0);
        for (uint256 i = 0; i < set.guardians.length; ++i) {
            address guardian = set.guardians[i];
            require(guardian > last && guardian != identity, GuardiansMalformed(identity));
            last = guardian;
        }
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

    /// @dev While a recovery is pending the guardians that proposed it stay: else a thief's own, scheduled earlier, would
    /// come into force in time to replace the recovery by one to the thief.
    function _isDue(address identity) private view returns (bool) {
        uint256 effectiveAt = _guardians[identity].effectiveAt;
        return effectiveAt != 0 && block.timestamp >= effectiveAt && !_isRecoveryPending(identity);
    }

    function _inForce(address identity) private view returns (bytes32) {
        return _isDue(identity) ? _guardians[identity].scheduled : _guardians[identity].commitment;
    }

    function _scheduled(address identity) private view returns (bytes32, uint256) {
        if (_isDue(identity)) return (0, 0);
        return (_guardians[identity].scheduled, _guardians[identity].effectiveAt);
    }
}
// slither-disable-end timestamp
