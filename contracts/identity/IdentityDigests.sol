// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IIdentityRegistry} from "./IIdentityRegistry.sol";

/// @title What is signed of each act: EIP-712 struct hashes, as `IIdentityRegistry` writes their types
library IdentityDigests {
    bytes32 private constant CHANGE_OWNER_TYPEHASH =
        keccak256("ChangeOwner(address identity,address newOwner,uint256 nonce,uint256 deadline)");
    bytes32 private constant DEACTIVATE_TYPEHASH =
        keccak256("Deactivate(address identity,uint256 nonce,uint256 deadline)");
    bytes32 private constant CHANGE_TYPEHASH =
        keccak256("Change(uint8 kind,bytes32 name,address delegate,bytes value,uint256 validity)");
    bytes32 private constant APPLY_CHANGES_TYPEHASH = keccak256(
        "ApplyChanges(address identity,Change[] changes,uint256 nonce,uint256 deadline)Change(uint8 kind,bytes32 name,address delegate,bytes value,uint256 validity)"
    );
    bytes32 private constant SCHEDULE_TYPEHASH = keccak256(
        "ScheduleGuardians(address identity,bytes32 commitment,uint256 nonce,uint256 deadline)"
    );
    bytes32 private constant CANCEL_TYPEHASH = keccak256(
        "CancelGuardians(address identity,bytes32 commitment,uint256 nonce,uint256 deadline)"
    );
    bytes32 private constant APPROVE_TYPEHASH = keccak256(
        "ApproveRecovery(address identity,address newOwner,bytes32 guardians,bool unanimous,uint256 round,uint256 deadline)"
    );
    bytes32 private constant VETO_TYPEHASH =
        keccak256("VetoRecovery(address identity,address newOwner,uint256 nonce,uint256 deadline)");

    function changeOwner(address identity, address newOwner, uint256 nonce, uint256 deadline)
        internal
        pure
        returns (bytes32)
    {
        return keccak256(abi.encode(CHANGE_OWNER_TYPEHASH, identity, newOwner, nonce, deadline));
    }

    function deactivate(address identity, uint256 nonce, uint256 deadline)
        internal
        pure
        returns (bytes32)
    {
        return keccak256(abi.encode(DEACTIVATE_TYPEHASH, identity, nonce, deadline));
    }

    function applyChanges(
        address identity,
        IIdentityRegistry.Change[] calldata changes,
        uint256 nonce,
        uint256 deadline
    ) internal pure returns (bytes32) {
        return keccak256(
            abi.encode(APPLY_CHANGES_TYPEHASH, identity, _hashAll(changes), nonce, deadline)
        );
    }

    function scheduleGuardians(
        address identity,
        bytes32 commitment,
        uint256 nonce,
        uint256 deadline
    ) internal pure returns (bytes32) {
        return keccak256(abi.encode(SCHEDULE_TYPEHASH, identity, commitment, nonce, deadline));
    }

    function cancelGuardians(address identity, bytes32 commitment, uint256 nonce, uint256 deadline)
        internal
        pure
        returns (bytes32)
    {
        return keccak256(abi.encode(CANCEL_TYPEHASH, identity, commitment, nonce, deadline));
    }

    function approveRecovery(
        address identity,
        address newOwner,
        bytes32 guardians,
        bool unanimous,
        uint256 round,
        uint256 deadline
    ) internal pure returns (bytes32) {
        return keccak256(
            abi.encode(APPROVE_TYPEHASH, identity, newOwner, guardians, unanimous, round, deadline)
        );
    }

    function vetoRecovery(address identity, address newOwner, uint256 nonce, uint256 deadline)
        internal
        pure
        returns (bytes32)
    {
        return keccak256(abi.encode(VETO_TYPEHASH, identity, newOwner, nonce, deadline));
    }

    function _hashAll(IIdentityRegistry.Change[] calldata changes) private pure returns (bytes32) {
        bytes32[] memory hashes = new bytes32[](changes.length);
        for (uint256 i = 0; i < changes.length; ++i) {
            IIdentityRegistry.Change calldata change = changes[i];
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
