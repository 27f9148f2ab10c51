// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IIdentityRegistry} from "../../../contracts/identity/IIdentityRegistry.sol";
import {IdentityRegistry} from "../../../contracts/identity/IdentityRegistry.sol";
import {Authorization} from "../../../contracts/shared/Authorization.sol";
import {Signing} from "../base/Signing.sol";
import {Vm} from "../base/Vm.sol";

/// @title A thief with the owner's key and guardians of his own, against guardians who all agree once
/// @notice The thief may do all that his keys can do except destroy the identity before the guardians have proposed.
contract StolenKeyHandler is Signing {
    IdentityRegistry public immutable IDENTITIES;
    address public immutable IDENTITY;
    address public immutable RESCUER;

    uint256 public readyAt;
    Vm.Wallet[] private _thiefs;
    Vm.Wallet[] private _guardians;
    uint256 private _stolenAt;

    constructor(
        IdentityRegistry identities,
        Vm.Wallet[] memory thiefs,
        Vm.Wallet[] memory guardians,
        address rescuer
    ) {
        (IDENTITIES, IDENTITY, RESCUER) = (identities, thiefs[0].addr, rescuer);
        for (uint256 i = 0; i < thiefs.length; ++i) {
            _thiefs.push(thiefs[i]);
        }
        for (uint256 i = 0; i < guardians.length; ++i) {
            _guardians.push(guardians[i]);
        }
        _stolenAt = vm.getBlockTimestamp();
    }

    /// @notice Before the rescue, never past the time that guardians have to notice.
    function passTime(uint256 seconds_) external {
        uint256 next = vm.getBlockTimestamp() + bound(seconds_, 1, 3 days);
        uint256 last = _stolenAt + IDENTITIES.GUARDIANS_DELAY() - 1;
        if (readyAt == 0 && (next > last || seconds_ % 3 == 0)) next = last;
        vm.warp(next);
    }

    /// @notice All of the patient's guardians propose the rescuer, once.
    function rescue(uint256 patience) external {
        if (readyAt != 0 || patience % 4 != 0) return;
        _propose(_guardians, 2, "patient's", RESCUER);
        readyAt = vm.getBlockTimestamp() + IDENTITIES.RECOVERY_DELAY();
    }

    function execute() external {
        try IDENTITIES.executeRecovery(IDENTITY) {} catch {}
    }

    function thiefRotates(uint256 by, uint256 to) external {
        address newOwner = _thiefs[to % _thiefs.length].addr;
        vm.prank(_thief(by).addr);
        try IDENTITIES.changeOwner(IDENTITY, newOwner) {} catch {}
    }

    function thiefRotatesBySig(uint256 by, uint256 to, uint256 nonce) external {
        if (nonce % 2 == 0) nonce = IDENTITIES.nonces(IDENTITY);
        bytes32 typeHash = keccak256(
            "ChangeOwner(address identity,address newOwner,uint256 nonce,uint256 deadline)"
        );
        address newOwner = _thiefs[to % _thiefs.length].addr;
        bytes32 structHash = keccak256(abi.encode(typeHash, IDENTITY, newOwner, nonce, soon()));
        Authorization memory auth = signAct(_thief(by), address(IDENTITIES), structHash, soon());
        try IDENTITIES.changeOwnerBySig(IDENTITY, newOwner, nonce, auth) {} catch {}
    }

    /// @dev One try in eight: the thief knows that each restarts the delay.
    function thiefSchedules(uint256 by, bool none, uint256 chance) external {
        if (chance % 8 != 0) return;
        bytes32 commitment = 0;
        IIdentityRegistry.GuardianSet memory set = _setOf(_thiefs, 1, "thief's");
        if (!none) commitment = keccak256(abi.encode(set.guardians, set.threshold, set.salt));
        vm.prank(_thief(by).addr);
        try IDENTITIES.scheduleGuardians(IDENTITY, commitment) {} catch {}
    }

    function thiefCancels(uint256 by, uint256 chance) external {
        if (chance % 8 != 0) return;
        vm.prank(_thief(by).addr);
        try IDENTITIES.cancelGuardians(IDENTITY) {} catch {}
    }

    function thiefVetoes(uint256 by) external {
        vm.prank(_thief(by).addr);
        try IDENTITIES.vetoRecovery(IDENTITY) {} catch {}
    }

    function thiefDeactivates(uint256 by) external {
        if (readyAt == 0) return;
        vm.prank(_thief(by).addr);
        try IDENTITIES.deactivate(IDENTITY) {} catch {}
    }

    function thiefProposes() external {
        try this.proposeThiefs() {} catch {}
    }

    /// @notice For `thiefProposes` only: a call that may revert.
    function proposeThiefs() external {
        require(msg.sender == address(this), "from the handler only");
        _propose(_thiefs, 1, "thief's", _thiefs[0].addr);
    }

    /// @dev Mostly the key that owns the identity now.
    function _thief(uint256 index) private view returns (Vm.Wallet memory) {
        address owner = IDENTITIES.identityOwner(IDENTITY);
        for (uint256 i = 0; i < _thiefs.length && index % 4 != 0; ++i) {
            if (_thiefs[i].addr == owner) return _thiefs[i];
        }
        return _thiefs[(index / 4) % _thiefs.length];
    }

    function _setOf(Vm.Wallet[] storage members, uint256 threshold, bytes32 salt)
        private
        view
        returns (IIdentityRegistry.GuardianSet memory set)
    {
        // The first of the thief's keys is the identity itself, which cannot be its own guardian.
        uint256 skip_ = members[0].addr == IDENTITY ? 1 : 0;
        set.guardians = new address[](members.length - skip_);
        for (uint256 i = 0; i < set.guardians.length; ++i) {
            set.guardians[i] = members[i + skip_].addr;
        }
        (set.threshold, set.salt) = (threshold, salt);
    }

    function _propose(
        Vm.Wallet[] storage members,
        uint256 threshold,
        bytes32 salt,
        address newOwner
    ) private {
        IIdentityRegistry.GuardianSet memory set = _setOf(members, threshold, salt);
        bytes32 typeHash = keccak256(
            "ApproveRecovery(address identity,address newOwner,bytes32 guardians,bool unanimous,uint256 round,uint256 deadline)"
        );
        bytes32 structHash = keccak256(
            abi.encode(
                typeHash,
                IDENTITY,
                newOwner,
                keccak256(abi.encode(set.guardians, set.threshold, set.salt)),
                true,
                uint256(IDENTITIES.recoveryOf(IDENTITY).unanimousRound),
                soon()
            )
        );
        bytes32 digest = digestOf(address(IDENTITIES), structHash);
        uint256 offset = members.length - set.guardians.length;
        IIdentityRegistry.Approval[] memory approvals =
            new IIdentityRegistry.Approval[](set.guardians.length);
        for (uint256 i = 0; i < approvals.length; ++i) {
            Vm.Wallet memory member = members[i + offset];
            approvals[i] = IIdentityRegistry.Approval(
                i, abi.encodePacked(member.addr), signDigest(member.privateKey, digest)
            );
        }
        IDENTITIES.proposeRecovery(IDENTITY, newOwner, set, soon(), approvals);
    }
}
