// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IIdentityRegistry} from "../interfaces/IIdentityRegistry.sol";
import {SignerIdentity} from "../libraries/SignerIdentity.sol";
import {SignedActs} from "./SignedActs.sol";

/// @notice Who owns an identity, when it last changed, and which signature comes next: one slot.
abstract contract IdentityControl is SignedActs, IIdentityRegistry {
    /// @dev Owner zero means the identity itself, unless deactivated. 48 bits of blocks last for millions of years.
    struct Control {
        address owner;
        uint48 changedBlock;
        uint40 nonce;
        bool deactivated;
    }

    mapping(address identity => Control control) private _controls;

    /// @inheritdoc IIdentityRegistry
    function identityOwner(address identity) external view returns (address) {
        return _ownerOf(identity);
    }

    /// @inheritdoc IIdentityRegistry
    function changed(address identity) external view returns (uint256) {
        return _controls[identity].changedBlock;
    }

    /// @inheritdoc IIdentityRegistry
    function nonces(address identity) external view returns (uint256) {
        return _controls[identity].nonce;
    }

    /// @inheritdoc IIdentityRegistry
    function isDeactivated(address identity) external view returns (bool) {
        return _isDeactivated(identity);
    }

    /// @inheritdoc IIdentityRegistry
    function signerIdentity(bytes calldata signer) external pure returns (address) {
        return SignerIdentity.identityOf(signer);
    }

    function _ownerOf(address identity) internal view returns (address) {
        Control memory control = _controls[identity];
        if (control.owner == address(0) && !control.deactivated) return identity;
        return control.owner;
    }

    function _isDeactivated(address identity) internal view returns (bool) {
        return _controls[identity].deactivated;
    }

    function _requireActive(address identity) internal view {
        require(!_controls[identity].deactivated, IdentityDeactivated(identity));
    }

    /// @dev The law of `IdentityLaw`, where the owner is at hand.
    function _requireController(address identity, address actor) internal view {
        _requireActive(identity);
        require(_ownerOf(identity) == actor, NotController(identity, actor));
    }

    function _requireNonce(address identity, uint256 nonce) internal view {
        _requireActive(identity);
        uint256 expected = _controls[identity].nonce;
        require(nonce == expected, IdentityInvalidNonce(identity, expected, nonce));
    }

    function _spendNonce(address identity, uint256 nonce) internal {
        _requireNonce(identity, nonce);
        ++_controls[identity].nonce;
    }

    /// @dev Also moves the nonce: signatures made under an earlier owner must not come back with that owner. The slot is
    /// written whole, because a field at a time costs a write each.
    function _setOwner(address identity, address owner, bool terminal) internal {
        Control memory control = _controls[identity];
        _controls[identity] = Control({
            owner: owner,
            changedBlock: uint48(block.number),
            nonce: control.nonce + 1,
            deactivated: terminal
        });
        emit DIDOwnerChanged(identity, owner, control.changedBlock);
    }

    /// @return previousChange What the next ERC-1056 event of `identity` points back to.
    function _recordChange(address identity) internal returns (uint256 previousChange) {
        previousChange = _controls[identity].changedBlock;
        _controls[identity].changedBlock = uint48(block.number);
    }
}
