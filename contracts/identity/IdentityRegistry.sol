// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {EIP712} from "@openzeppelin/contracts/utils/cryptography/EIP712.sol";
import {Math} from "@openzeppelin/contracts/utils/math/Math.sol";

import {Authorization} from "../shared/Authorization.sol";
import {Control} from "./Control.sol";
import {GuardianRecovery} from "./GuardianRecovery.sol";
import {IIdentityRegistry} from "./IIdentityRegistry.sol";

// slither-disable-start timestamp -- delegates last for days; a validator moves the clock by seconds

/// @title See IIdentityRegistry
contract IdentityRegistry is GuardianRecovery {
    bytes32 private constant CHANGE_OWNER_TYPEHASH =
        keccak256("ChangeOwner(address identity,address newOwner,uint256 nonce,uint256 deadline)");
    bytes32 private constant DEACTIVATE_TYPEHASH =
        keccak256("Deactivate(address identity,uint256 nonce,uint256 deadline)");
    bytes32 private constant CHANGE_TYPEHASH =
        keccak256("Change(uint8 kind,bytes32 name,address delegate,bytes value,uint256 validity)");
    bytes32 private constant APPLY_CHANGES_TYPEHASH = keccak256(
        "ApplyChanges(address identity,Change[] changes,uint256 nonce,uint256 deadline)Change(uint8 kind,bytes32 name,address delegate,bytes value,uint256 validity)"
    );

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
        bytes32 structHash = keccak256(
            abi.encode(CHANGE_OWNER_TYPEHASH, identity, newOwner, nonce, auth.deadline)
        );
        address actor = _actorOf(structHash, auth);
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
        bytes32 structHash =
            keccak256(abi.encode(DEACTIVATE_TYPEHASH, identity, nonce, auth.deadline));
        address actor = _actorOf(structHash, auth);
        _requireNonce(identity, nonce);
        _deactivate(actor, identity);
    }

    // Delegates and attributes ----------------------------------------------------------------------------------------

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
        bytes32 structHash = keccak256(
            abi.encode(
                APPLY_CHANGES_TYPEHASH, identity, _hashChanges(changes), nonce, auth.deadline
            )
        );
        address actor = _actorOf(structHash, auth);
        _spendNonce(identity, nonce);
        _applyChanges(actor, identity, changes);
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
        emit DIDDelegateChanged(identity, delegateType, delegate, validTo, _recordChange(identity));
    }

    function _setAttribute(address identity, bytes32 name, bytes calldata value, uint256 validTo)
        private
    {
        emit DIDAttributeChanged(identity, name, value, validTo, _recordChange(identity));
    }

    function _validTo(uint256 validity) private view returns (uint256) {
        return Math.saturatingAdd(block.timestamp, validity);
    }

    function _hashChanges(Change[] calldata changes) private pure returns (bytes32) {
        bytes32[] memory hashes = new bytes32[](changes.length);
        for (uint256 i = 0; i < changes.length; ++i) {
            Change calldata change = changes[i];
            hashes[i] = keccak256(
                abi.encode(
                    CHANGE_TYPEHASH,
                    change.kind,
                    change.name,
                    change.delegate,
                    keccak256(change.value),
                    change.validity
                )
            );
        }
        return keccak256(abi.encodePacked(hashes));
    }
}
// slither-disable-end timestamp
