// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {SignedActs} from "../shared/SignedActs.sol";
import {Signers} from "../shared/Signers.sol";
import {Control} from "./Control.sol";
import {IIdentityRegistry} from "./IIdentityRegistry.sol";

/// @title Who owns an identity, when it last changed, and which signature comes next
abstract contract IdentityControl is SignedActs, IIdentityRegistry {
    mapping(address identity => Control control) private _controls;

    /// @inheritdoc IIdentityRegistry
    function identityOwner(address identity) external view returns (address) {
        return _ownerOf(identity);
    }

    /// @inheritdoc IIdentityRegistry
    function changed(address identity) external view returns (uint256) {
        return _controls[identity].changedBlock();
    }

    /// @inheritdoc IIdentityRegistry
    function nonces(address identity) external view returns (uint256) {
        return _controls[identity].nonce();
    }

    /// @inheritdoc IIdentityRegistry
    function isDeactivated(address identity) external view returns (bool) {
        return _controls[identity].isDeactivated();
    }

    /// @inheritdoc IIdentityRegistry
    function signerIdentity(bytes calldata signer) external pure returns (address) {
        return Signers.identityOf(signer);
    }

    function _ownerOf(address identity) internal view returns (address) {
        return _ownerIn(_controls[identity], identity);
    }

    /// @return control What was read, so that the slot is read once.
    function _requireActive(address identity) internal view returns (Control control) {
        control = _controls[identity];
        require(!control.isDeactivated(), IdentityDeactivated(identity));
    }

    /// @dev The law of `IdentityLaw`, where the owner is at hand.
    function _requireController(address identity, address actor)
        internal
        view
        returns (Control control)
    {
        control = _requireActive(identity);
        require(_ownerIn(control, identity) == actor, NotController(identity, actor));
    }

    function _requireNonce(address identity, uint256 nonce)
        internal
        view
        returns (Control control)
    {
        control = _requireActive(identity);
        require(nonce == control.nonce(), IdentityInvalidNonce(identity, control.nonce(), nonce));
    }

    function _spendNonce(address identity, uint256 nonce) internal {
        _controls[identity] = _requireNonce(identity, nonce).withNonceSpent();
    }

    /// @notice Refuses approvals that are not in ascending order, each by who controls its guardian now.
    function _requireApprovals(
        address identity,
        bytes32 digest,
        address[] calldata guardians,
        Approval[] calldata approvals
    ) internal view {
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

    /// @dev Also moves the nonce: signatures made under an earlier owner must not come back with that owner.
    function _setOwner(address identity, Control control, address owner) internal {
        _controls[identity] = control.withOwner(owner);

        emit DIDOwnerChanged(identity, owner, control.changedBlock());
    }

    function _end(address identity, Control control) internal {
        _controls[identity] = control.withEnd();

        emit DIDOwnerChanged(identity, address(0), control.changedBlock());
    }

    /// @return previousChange What the next ERC-1056 event of `identity` points back to.
    function _recordChange(address identity) internal returns (uint256 previousChange) {
        Control control = _controls[identity];
        _controls[identity] = control.withChange();
        return control.changedBlock();
    }

    function _ownerIn(Control control, address identity) private pure returns (address owner) {
        owner = control.owner();
        if (owner == address(0) && !control.isDeactivated()) owner = identity;
    }
}
