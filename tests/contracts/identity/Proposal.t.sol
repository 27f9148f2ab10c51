// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IIdentityRegistry} from "../../../contracts/identity/IIdentityRegistry.sol";
import {ContractAccount} from "../../../contracts/mocks/ContractAccount.sol";
import {ISignedActs} from "../../../contracts/shared/ISignedActs.sol";
import {Vm} from "../base/Vm.sol";
import {GuardedPatient} from "./GuardedPatient.sol";

/// @title What guardians may propose, and with which approvals
contract ProposalTest is GuardedPatient {
    function _guardHospital(IIdentityRegistry.GuardianSet memory set) private {
        _schedule(hospital, hospital.addr, _commitmentOf(set));
    }

    // Refused ------------------------------------------------------------

    function test_revertsWhenTheNewOwnerIsZero() external {
        IIdentityRegistry.Approval[] memory approvals = _approvals(address(0), 2);
        vm.expectRevert(
            abi.encodeWithSelector(IIdentityRegistry.IdentityZeroOwner.selector, patient.addr)
        );
        identities.proposeRecovery(patient.addr, address(0), _guardianSet(), soon(), approvals);
    }

    function test_revertsWhenTheIdentityIsDeactivated() external {
        IIdentityRegistry.Approval[] memory approvals = _approvals(carer.addr, 3);
        _deactivate(patient.addr, patient.addr);
        _expectDeactivated(patient.addr);
        _proposeWith(_guardianSet(), approvals);
    }

    function test_revertsWhenTheApprovalsHaveExpired() external {
        IIdentityRegistry.Approval[] memory approvals = _approvals(carer.addr, 2);
        uint256 deadline = soon();
        vm.warp(deadline + 1);
        vm.expectRevert(abi.encodeWithSelector(ISignedActs.SignatureExpired.selector, deadline));
        identities.proposeRecovery(patient.addr, carer.addr, _guardianSet(), deadline, approvals);
    }

    function test_takesApprovalsInTheirLastSecond() external {
        IIdentityRegistry.Approval[] memory approvals = _approvals(carer.addr, 2);
        uint256 deadline = soon();
        vm.warp(deadline);
        identities.proposeRecovery(patient.addr, carer.addr, _guardianSet(), deadline, approvals);
        _expectPending(carer.addr, deadline + RECOVERY_DELAY, false);
    }

    function test_revertsWhenTheOpeningIsNotTheGuardiansInForce() external {
        bytes32 expected = _commitmentOf(_guardianSet());
        IIdentityRegistry.Approval[] memory approvals = _approvals(carer.addr, 2);
        for (uint256 i = 0; i < 3; ++i) {
            IIdentityRegistry.GuardianSet memory set = _guardianSet();
            if (i == 0) set.threshold = 1;
            if (i == 1) set.salt = "another";
            if (i == 2) set.guardians[0] = stranger.addr;
            vm.expectRevert(
                abi.encodeWithSelector(
                    IIdentityRegistry.GuardiansMismatch.selector,
                    patient.addr,
                    expected,
                    _commitmentOf(set)
                )
            );
            _proposeWith(set, approvals);
        }
    }

    function test_revertsWhenThereAreNoGuardians() external {
        IIdentityRegistry.GuardianSet memory set = _guardianSet();
        IIdentityRegistry.Approval[] memory approvals = _approvals(carer.addr, 2);
        vm.expectRevert(
            abi.encodeWithSelector(
                IIdentityRegistry.GuardiansMismatch.selector,
                hospital.addr,
                bytes32(0),
                _commitmentOf(set)
            )
        );
        identities.proposeRecovery(hospital.addr, carer.addr, set, soon(), approvals);
    }

    function test_revertsWhenTheGuardiansAreMalformed() external {
        IIdentityRegistry.Approval[] memory none = new IIdentityRegistry.Approval[](0);
        for (uint256 i = 0; i < 8; ++i) {
            uint256 before = vm.snapshotState();
            IIdentityRegistry.GuardianSet memory set = _malformedSet(i);
            _guardHospital(set);
            vm.expectRevert(
                abi.encodeWithSelector(IIdentityRegistry.GuardiansMalformed.selector, hospital.addr)
            );
            identities.proposeRecovery(hospital.addr, carer.addr, set, soon(), none);
            vm.revertToState(before);
        }
    }

    /// @notice Sets that no hospital should commit to, each wrong in one way.
    function _malformedSet(uint256 way)
        private
        view
        returns (IIdentityRegistry.GuardianSet memory set)
    {
        set = _guardianSet();
        address[] memory members = set.guardians;
        if (way == 0) set.threshold = 0;
        if (way == 1) set.threshold = 4;
        if (way == 2) members[1] = members[0];
        if (way == 3) (members[0], members[1]) = (members[1], members[0]);
        if (way == 4) members[2] = members[1];
        if (way == 5) members[0] = address(0);
        if (way == 6) (set.guardians, set.threshold) = (new address[](0), 0);
        if (way == 7) {
            set.guardians = new address[](1);
            (set.guardians[0], set.threshold) = (hospital.addr, 1);
        }
    }

    function testFuzz_revertsWhenFewerThanTheThresholdApprove(uint256 count) external {
        count = bound(count, 0, 1);
        IIdentityRegistry.Approval[] memory approvals = _approvals(carer.addr, count);
        vm.expectRevert(
            abi.encodeWithSelector(
                IIdentityRegistry.RecoveryBelowThreshold.selector, patient.addr, count, 2
            )
        );
        _proposeWith(_guardianSet(), approvals);
    }

    function test_revertsWhenAGuardianApprovesTwice() external {
        IIdentityRegistry.Approval[] memory approvals = _approvals(carer.addr, 2);
        approvals[1] = approvals[0];
        _expectInvalidApproval(0);
        _proposeWith(_guardianSet(), approvals);
    }

    function test_revertsWhenApprovalsAreNotAscending() external {
        IIdentityRegistry.Approval[] memory approvals = _approvals(carer.addr, 2);
        (approvals[0], approvals[1]) = (approvals[1], approvals[0]);
        _expectInvalidApproval(0);
        _proposeWith(_guardianSet(), approvals);
    }

    function testFuzz_revertsWhenAnApprovalIsOfNoGuardian(uint256 index) external {
        IIdentityRegistry.Approval[] memory approvals = _approvals(carer.addr, 2);
        approvals[1].index = bound(index, 3, type(uint256).max);
        _expectInvalidApproval(approvals[1].index);
        _proposeWith(_guardianSet(), approvals);
    }

    function test_revertsWhenMoreApproveThanThereAre() external {
        IIdentityRegistry.Approval[] memory approvals = new IIdentityRegistry.Approval[](4);
        IIdentityRegistry.Approval[] memory three = _approvals(carer.addr, 3);
        for (uint256 i = 0; i < 3; ++i) {
            approvals[i] = three[i];
        }
        approvals[3] = three[2];
        vm.expectPartialRevert(IIdentityRegistry.RecoveryInvalidApproval.selector);
        _proposeWith(_guardianSet(), approvals);
    }

    function test_revertsWhenAStrangerSignsForAGuardian() external {
        bytes32 commitment = _commitmentOf(_guardianSet());
        bytes32 structHash = _approvalHash(patient.addr, carer.addr, commitment, false, soon());
        IIdentityRegistry.Approval[] memory approvals = _approvals(carer.addr, 2);
        approvals[1] = _approve(stranger, 1, structHash);
        _expectInvalidApproval(1);
        _proposeWith(_guardianSet(), approvals);
        approvals[1].signer = abi.encodePacked(guardians[1].addr);
        _expectInvalidApproval(1);
        _proposeWith(_guardianSet(), approvals);
    }

    function test_revertsWhenAGuardianApprovedAnotherOwner() external {
        IIdentityRegistry.Approval[] memory approvals = _approvals(thief.addr, 2);
        _expectInvalidApproval(0);
        _proposeWith(_guardianSet(), approvals);
    }

    function test_revertsWhenAGuardianApprovedAnotherDeadline() external {
        IIdentityRegistry.Approval[] memory approvals = _approvals(carer.addr, 2);
        _expectInvalidApproval(0);
        identities.proposeRecovery(patient.addr, carer.addr, _guardianSet(), soon() + 1, approvals);
    }

    function test_revertsWhenApprovedForAnotherChain() external {
        IIdentityRegistry.Approval[] memory approvals = _approvals(carer.addr, 2);
        vm.chainId(block.chainid + 1);
        _expectInvalidApproval(0);
        _proposeWith(_guardianSet(), approvals);
    }

    function test_revertsWhenUnanimousApprovalsAreUsedByFewer() external {
        IIdentityRegistry.Approval[] memory three = _approvals(carer.addr, 3);
        IIdentityRegistry.Approval[] memory two = new IIdentityRegistry.Approval[](2);
        (two[0], two[1]) = (three[0], three[1]);
        _expectInvalidApproval(0);
        _proposeWith(_guardianSet(), two);
    }

    function test_revertsWhenOrdinaryApprovalsOfAllAreUsedAsUnanimous() external {
        bytes32 commitment = _commitmentOf(_guardianSet());
        bytes32 structHash = _approvalHash(patient.addr, carer.addr, commitment, false, soon());
        IIdentityRegistry.Approval[] memory approvals = new IIdentityRegistry.Approval[](3);
        for (uint256 i = 0; i < 3; ++i) {
            approvals[i] = _approve(guardians[i], i, structHash);
        }
        _expectInvalidApproval(0);
        _proposeWith(_guardianSet(), approvals);
    }

    function test_revertsWhenARotatedAwayGuardianKeyApproves() external {
        IIdentityRegistry.Approval[] memory approvals = _approvals(carer.addr, 2);
        _rotate(guardians[0], guardians[0].addr, stranger.addr);
        _expectInvalidApproval(0);
        _proposeWith(_guardianSet(), approvals);
    }

    function test_revertsWhenADeactivatedGuardianApproves() external {
        IIdentityRegistry.Approval[] memory approvals = _approvals(carer.addr, 2);
        _deactivate(guardians[0].addr, guardians[0].addr);
        _expectInvalidApproval(0);
        _proposeWith(_guardianSet(), approvals);
        approvals[0].signer = "";
        _expectInvalidApproval(0);
        _proposeWith(_guardianSet(), approvals);
    }

    function test_revertsWhenFewerThanAllProposeWhileARecoveryPends() external {
        _propose(carer.addr, 2);
        uint256 readyAt = vm.getBlockTimestamp() + RECOVERY_DELAY;
        IIdentityRegistry.Approval[] memory approvals = _approvals(carer.addr, 2);
        vm.expectRevert(
            abi.encodeWithSelector(
                IIdentityRegistry.RecoveryPending.selector, patient.addr, readyAt
            )
        );
        _proposeWith(_guardianSet(), approvals);
    }

    // Taken ---------------------------------------------------------------

    function test_theThresholdProposes() external {
        uint256 readyAt = vm.getBlockTimestamp() + RECOVERY_DELAY;
        vm.expectEmit(address(identities));
        emit RecoveryProposed(readyAt, patient.addr, carer.addr, false);
        _propose(carer.addr, 2);
        _expectPending(carer.addr, readyAt, false);
        _expectRounds(1, 0);
        assertEq(identities.identityOwner(patient.addr), patient.addr);
        assertEq(identities.nonces(patient.addr), 0);
    }

    function test_anyTwoOfTheThreePropose() external {
        bytes32 structHash =
            _approvalHash(patient.addr, carer.addr, _commitmentOf(_guardianSet()), false, soon());
        IIdentityRegistry.Approval[] memory approvals = new IIdentityRegistry.Approval[](2);
        approvals[0] = _approve(guardians[0], 0, structHash);
        approvals[1] = _approve(guardians[2], 2, structHash);
        _proposeWith(_guardianSet(), approvals);
        _expectPending(carer.addr, vm.getBlockTimestamp() + RECOVERY_DELAY, false);
    }

    function test_allProposeUnanimously() external {
        uint256 readyAt = vm.getBlockTimestamp() + RECOVERY_DELAY;
        vm.expectEmit(address(identities));
        emit RecoveryProposed(readyAt, patient.addr, carer.addr, true);
        _propose(carer.addr, 3);
        _expectPending(carer.addr, readyAt, true);
        _expectRounds(0, 1);
    }

    function test_allReplaceWhatFewerProposed() external {
        _propose(stranger.addr, 2);
        skip(1 days);
        _propose(carer.addr, 3);
        _expectPending(carer.addr, vm.getBlockTimestamp() + RECOVERY_DELAY, true);
    }

    function test_allReplaceWhatAllProposedBefore() external {
        _propose(stranger.addr, 3);
        skip(1 days);
        _propose(carer.addr, 3);
        _expectPending(carer.addr, vm.getBlockTimestamp() + RECOVERY_DELAY, true);
        _expectRounds(0, 2);
    }

    function test_aReplacedUnanimousProposalCannotBeSubmittedAgain() external {
        IIdentityRegistry.Approval[] memory first = _approvals(carer.addr, 3);
        _proposeWith(_guardianSet(), first);
        _propose(hospital.addr, 3);
        _expectInvalidApproval(0);
        _proposeWith(_guardianSet(), first);
    }

    function test_aGuardiansCurrentControllerApproves() external {
        Vm.Wallet memory newKey = makeWallet("guardian's new key");
        _rotate(guardians[1], guardians[1].addr, newKey.addr);
        bytes32 structHash =
            _approvalHash(patient.addr, carer.addr, _commitmentOf(_guardianSet()), false, soon());
        IIdentityRegistry.Approval[] memory approvals = new IIdentityRegistry.Approval[](2);
        approvals[0] = _approve(guardians[0], 0, structHash);
        approvals[1] = _approve(newKey, 1, structHash);
        _proposeWith(_guardianSet(), approvals);
        _expectPending(carer.addr, vm.getBlockTimestamp() + RECOVERY_DELAY, false);
    }

    function test_contractAccountsAndPasskeysGuard() external {
        Passkey memory key = makePasskey(address(passkeys), 11);
        address account = address(new ContractAccount(stranger.addr));
        IIdentityRegistry.GuardianSet memory set = _guardianSet();
        bool accountFirst = account < key.identity;
        set.guardians = new address[](2);
        set.guardians[accountFirst ? 0 : 1] = account;
        set.guardians[accountFirst ? 1 : 0] = key.identity;
        _guardHospital(set);

        bytes32 structHash =
            _approvalHash(hospital.addr, carer.addr, _commitmentOf(set), true, soon());
        IIdentityRegistry.Approval[] memory approvals = new IIdentityRegistry.Approval[](2);
        approvals[accountFirst ? 0 : 1] = _approve(stranger, 0, structHash);
        approvals[accountFirst ? 0 : 1].signer = abi.encodePacked(account);
        bytes memory assertion = signWithPasskey(key, digestOf(address(identities), structHash));
        approvals[accountFirst ? 1 : 0] = IIdentityRegistry.Approval(0, key.signer, assertion);
        (approvals[0].index, approvals[1].index) = (0, 1);
        identities.proposeRecovery(hospital.addr, carer.addr, set, soon(), approvals);
        assertTrue(identities.recoveryOf(hospital.addr).unanimous);
    }

    function test_proposingSettlesGuardiansThatAreDue() external {
        IIdentityRegistry.GuardianSet memory next = _guardianSet();
        next.salt = "next";
        _schedule(patient, patient.addr, _commitmentOf(next));
        skip(GUARDIANS_DELAY);
        bytes32 structHash =
            _approvalHash(patient.addr, carer.addr, _commitmentOf(next), true, soon());
        IIdentityRegistry.Approval[] memory approvals = new IIdentityRegistry.Approval[](3);
        for (uint256 i = 0; i < 3; ++i) {
            approvals[i] = _approve(guardians[i], i, structHash);
        }
        _proposeWith(next, approvals);
        assertEq(identities.guardiansOf(patient.addr), _commitmentOf(next));
    }
}
