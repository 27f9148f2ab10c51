// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IIdentityRegistry} from "../../../contracts/identity/IIdentityRegistry.sol";
import {IdentityRegistry} from "../../../contracts/identity/IdentityRegistry.sol";
import {Proof} from "./Proof.sol";

/// @title Recoveries: who can propose, veto, execute and end, from any state
contract RecoveryProofs is Proof {
    IdentityRegistry private identities;

    struct Words {
        address[3] guardians;
        uint256 threshold;
        bytes32 salt;
        uint256[3] indices;
        address[3] signers;
        bytes32[3] r;
        bytes32[3] s;
        uint8[3] v;
    }

    function setUp() public {
        identities = new IdentityRegistry();
        anyState(address(identities));
    }

    /// @dev Up to three guardians, any approvals: fewer than the threshold never propose, and what proposes are distinct
    /// guardians, signed for by who owns them now.
    function check_belowTheThresholdNothingIsProposed(
        address caller,
        address identity,
        address newOwner,
        uint8 count,
        Words calldata words,
        uint48 time
    ) external {
        vm.warp(time);
        // Times of a recovery have 40 bits: 34,000 years.
        vm.assume(count <= 3 && time < 1 << 39);
        IIdentityRegistry.GuardianSet memory set = _setOf(words);
        IIdentityRegistry.Approval[] memory approvals = _approvals(count, words);
        bool pending = identities.recoveryOf(identity).readyAt != 0;
        bytes memory data = abi.encodeCall(
            IIdentityRegistry.proposeRecovery, (identity, newOwner, set, time, approvals)
        );
        vm.assume(passes(caller, address(identities), data));
        assert(count >= words.threshold && words.threshold != 0 && newOwner != address(0));
        assert(!pending || count == 3);
        for (uint256 i = 0; i < count; ++i) {
            uint256 index = words.indices[i];
            assert(index < 3 && (i == 0 || index > words.indices[i - 1]));
            assert(identities.identityOwner(words.guardians[index]) == words.signers[i]);
        }
        assert(identities.recoveryOf(identity).readyAt == uint256(time) + 7 days);
        assert(identities.recoveryOf(identity).unanimous == (count == 3));
    }

    function witness_twoOfThreePropose(
        address caller,
        address identity,
        address newOwner,
        Words calldata words,
        uint48 time
    ) external {
        vm.warp(time);
        bytes memory data = abi.encodeCall(
            IIdentityRegistry.proposeRecovery,
            (identity, newOwner, _setOf(words), time, _approvals(2, words))
        );
        assert(!passes(caller, address(identities), data));
    }

    function witness_aDueRecoveryChangesTheOwner(address caller, address identity, uint48 time)
        external
    {
        vm.warp(time);
        address owner = identities.identityOwner(identity);
        _act(caller, 6, identity, address(0), 0);
        assert(identities.identityOwner(identity) == owner);
    }

    function check_aUnanimousRecoveryOutlivesEveryActOfTheOwner(
        address caller,
        uint8 act,
        address identity,
        address to,
        bytes32 word,
        uint48 time
    ) external {
        vm.warp(time);
        IIdentityRegistry.Recovery memory before = identities.recoveryOf(identity);
        vm.assume(before.unanimous && before.readyAt != 0);
        vm.prank(caller);
        if (act == 0) identities.changeOwner(identity, to);
        else if (act == 1) identities.deactivate(identity);
        else if (act == 2) identities.scheduleGuardians(identity, word);
        else if (act == 3) identities.cancelGuardians(identity);
        else if (act == 4) identities.addDelegate(identity, word, to, 1 days);
        else identities.vetoRecovery(identity);
        assert(act != 1 && act < 5);
        IIdentityRegistry.Recovery memory now_ = identities.recoveryOf(identity);
        assert(keccak256(abi.encode(now_)) == keccak256(abi.encode(before)));
    }

    function check_onlyTheOwnerOrADueRecoveryChangesTheOwner(
        address caller,
        uint8 act,
        address identity,
        address to,
        bytes32 word,
        address watched,
        uint48 time
    ) external {
        vm.warp(time);
        address owner = identities.identityOwner(watched);
        IIdentityRegistry.Recovery memory pending = identities.recoveryOf(watched);
        vm.assume(pending.readyAt == 0 || pending.newOwner != address(0));
        _act(caller, act, identity, to, word);
        address now_ = identities.identityOwner(watched);
        if (now_ == owner) return;
        assert(identity == watched);
        if (act == 6) {
            assert(pending.readyAt != 0 && time >= pending.readyAt && now_ == pending.newOwner);
        } else {
            assert(caller == owner && (act == 0 || act == 1));
        }
    }

    function check_deactivatedIsForEver(
        address caller,
        uint8 act,
        address identity,
        address to,
        bytes32 word,
        address watched,
        uint48 time
    ) external {
        vm.warp(time);
        vm.assume(identities.isDeactivated(watched));
        vm.assume(identities.identityOwner(watched) == address(0));
        _act(caller, act, identity, to, word);
        assert(identities.isDeactivated(watched));
        assert(identities.identityOwner(watched) == address(0));
    }

    /// @dev Each signed twin runs the same private function.
    function _act(address caller, uint8 act, address identity, address to, bytes32 word) private {
        vm.prank(caller);
        if (act == 0) identities.changeOwner(identity, to);
        else if (act == 1) identities.deactivate(identity);
        else if (act == 2) identities.scheduleGuardians(identity, word);
        else if (act == 3) identities.cancelGuardians(identity);
        else if (act == 4) identities.addDelegate(identity, word, to, 1 days);
        else if (act == 5) identities.vetoRecovery(identity);
        else if (act == 6) identities.executeRecovery(identity);
        else identities.revokeDelegate(identity, word, to);
    }

    function _setOf(Words calldata words)
        private
        pure
        returns (IIdentityRegistry.GuardianSet memory set)
    {
        set.guardians = new address[](3);
        for (uint256 i = 0; i < 3; ++i) {
            set.guardians[i] = words.guardians[i];
        }
        (set.threshold, set.salt) = (words.threshold, words.salt);
    }

    /// @dev A number for each branch: the prover wants places in arrays that are numbers.
    function _branch(uint256 index) private pure returns (uint256) {
        if (index == 0) return 0;
        if (index == 1) return 1;
        if (index == 2) return 2;
        return index;
    }

    function _approvals(uint8 count, Words calldata words)
        private
        pure
        returns (IIdentityRegistry.Approval[] memory approvals)
    {
        if (count == 0) approvals = new IIdentityRegistry.Approval[](0);
        else if (count == 1) approvals = new IIdentityRegistry.Approval[](1);
        else if (count == 2) approvals = new IIdentityRegistry.Approval[](2);
        else approvals = new IIdentityRegistry.Approval[](3);
        for (uint256 i = 0; i < approvals.length; ++i) {
            approvals[i] = IIdentityRegistry.Approval(
                _branch(words.indices[i]),
                abi.encodePacked(words.signers[i]),
                abi.encodePacked(words.r[i], words.s[i], words.v[i])
            );
        }
    }
}
