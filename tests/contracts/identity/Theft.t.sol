// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IIdentityRegistry} from "../../../contracts/identity/IIdentityRegistry.sol";
import {Authorization} from "../../../contracts/shared/Authorization.sol";
import {GuardedPatient} from "./GuardedPatient.sol";

/// @title Stories of stolen keys and faithless guardians
/// @dev The thief holds the patient's own key: what is done as `patient` below is done by the thief.
contract TheftTest is GuardedPatient {
    bytes32 private constant THIEFS = keccak256("the thief's guardians");

    function _recoveredBy(address newOwner) private {
        skip(RECOVERY_DELAY);
        _execute();
        assertEq(identities.identityOwner(patient.addr), newOwner);
    }

    // A stolen key --------------------------------------------------------------------------------

    function test_theThiefCannotStopWhatAllGuardiansProposed() external {
        _propose(carer.addr, 3);
        vm.expectPartialRevert(IIdentityRegistry.RecoveryUnanimous.selector);
        _veto(patient.addr);
        vm.expectPartialRevert(IIdentityRegistry.RecoveryPending.selector);
        _deactivate(patient.addr, patient.addr);
        _schedule(patient, patient.addr, THIEFS);
        _rotate(patient, patient.addr, thief.addr);
        vm.expectPartialRevert(IIdentityRegistry.RecoveryUnanimous.selector);
        _veto(thief.addr);
        _recoveredBy(carer.addr);
    }

    function test_guardiansHaveTheWholeDelayToNoticeTheThief() external {
        bytes32 commitment = identities.guardiansOf(patient.addr);
        _schedule(patient, patient.addr, THIEFS);
        skip(GUARDIANS_DELAY - 1);
        _propose(carer.addr, 3);
        skip(RECOVERY_DELAY - 1);
        assertEq(identities.guardiansOf(patient.addr), commitment);
        skip(1);
        _execute();
        skip(GUARDIANS_DELAY);
        assertEq(identities.guardiansOf(patient.addr), commitment);
        assertEq(identities.identityOwner(patient.addr), carer.addr);
    }

    function test_theThiefsOwnGuardiansCannotReplaceThePendingRecovery() external {
        IIdentityRegistry.GuardianSet memory thiefs = _guardianSet();
        thiefs.guardians = new address[](1);
        (thiefs.guardians[0], thiefs.threshold) = (thief.addr, 1);
        bytes32 commitment = _commitmentOf(thiefs);
        _schedule(patient, patient.addr, commitment);
        skip(GUARDIANS_DELAY - 1);
        _propose(carer.addr, 3);
        skip(1 days);

        IIdentityRegistry.Approval[] memory approvals = new IIdentityRegistry.Approval[](1);
        approvals[0] =
            _approve(thief, 0, _approvalHash(patient.addr, thief.addr, commitment, true, soon()));
        vm.expectPartialRevert(IIdentityRegistry.GuardiansMismatch.selector);
        identities.proposeRecovery(patient.addr, thief.addr, thiefs, soon(), approvals);
        _recoveredBy(carer.addr);
    }

    function test_theThiefCannotSpoilTheApprovalsOfAllByUsingSomeOfThem() external {
        IIdentityRegistry.Approval[] memory all = _approvals(carer.addr, 3);
        IIdentityRegistry.Approval[] memory some = new IIdentityRegistry.Approval[](2);
        (some[0], some[1]) = (all[0], all[1]);
        _expectInvalidApproval(0);
        _proposeWith(_guardianSet(), some);
        _proposeWith(_guardianSet(), all);
        _recoveredBy(carer.addr);
    }

    function test_aProposalAndItsVetoDoNotSpoilTheApprovalsOfAll() external {
        IIdentityRegistry.Approval[] memory all = _approvals(carer.addr, 3);
        _propose(carer.addr, 2);
        _veto(patient.addr);
        _proposeWith(_guardianSet(), all);
        _recoveredBy(carer.addr);
    }

    function test_whatTheThiefSignedAheadDiesWithTheRecovery() external {
        uint256 deadline = vm.getBlockTimestamp() + 365 days;
        bytes32 typeHash = keccak256(
            "ChangeOwner(address identity,address newOwner,uint256 nonce,uint256 deadline)"
        );
        bytes32 structHash =
            keccak256(abi.encode(typeHash, patient.addr, thief.addr, uint256(0), deadline));
        Authorization memory ahead = signAct(patient, address(identities), structHash, deadline);
        _propose(patient.addr, 3);
        _recoveredBy(patient.addr);
        vm.expectRevert(
            abi.encodeWithSelector(
                IIdentityRegistry.IdentityInvalidNonce.selector, patient.addr, 1, 0
            )
        );
        identities.changeOwnerBySig(patient.addr, thief.addr, 0, ahead);
    }

    function test_theRecoveredOwnerRemovesTheThiefsDelegatesInOneCall() external {
        vm.prank(patient.addr);
        identities.addDelegate(patient.addr, "care", thief.addr, type(uint256).max);
        _propose(carer.addr, 3);
        _recoveredBy(carer.addr);
        assertTrue(identities.validDelegate(patient.addr, "care", thief.addr));

        IIdentityRegistry.Change[] memory changes = new IIdentityRegistry.Change[](1);
        changes[0] = IIdentityRegistry.Change(
            IIdentityRegistry.ChangeKind.RevokeDelegate, "care", thief.addr, "", 0
        );
        vm.prank(carer.addr);
        identities.applyChanges(patient.addr, changes);
        assertFalse(identities.validDelegate(patient.addr, "care", thief.addr));
    }

    function test_theThiefCanDestroyButNotKeep() external {
        _deactivate(patient.addr, patient.addr);
        assertEq(identities.identityOwner(patient.addr), address(0));
        IIdentityRegistry.Approval[] memory approvals = _approvals(carer.addr, 3);
        _expectDeactivated(patient.addr);
        _proposeWith(_guardianSet(), approvals);
    }

    function test_aThiefWhoHandsTheIdentityToAGuardianDoesNotStopTheRecovery() external {
        _rotate(patient, patient.addr, guardians[0].addr);
        _propose(carer.addr, 3);
        _recoveredBy(carer.addr);
    }

    // Faithless guardians -------------------------------------------------------------------------

    function test_someGuardiansNeverPassAWatchfulOwner() external {
        for (uint256 i = 0; i < 5; ++i) {
            _propose(thief.addr, 2);
            skip(RECOVERY_DELAY - 1);
            _veto(patient.addr);
        }
        assertEq(identities.identityOwner(patient.addr), patient.addr);
    }

    function test_theOwnerGetsRidOfGuardiansWhoKeepProposing() external {
        _schedule(patient, patient.addr, 0);
        for (uint256 i = 0; i < 5; ++i) {
            _propose(thief.addr, 2);
            skip(RECOVERY_DELAY - 1);
            _veto(patient.addr);
        }
        assertEq(identities.guardiansOf(patient.addr), 0);
        IIdentityRegistry.Approval[] memory approvals = _approvals(thief.addr, 2);
        vm.expectPartialRevert(IIdentityRegistry.GuardiansMismatch.selector);
        identities.proposeRecovery(patient.addr, thief.addr, _guardianSet(), soon(), approvals);
    }

    function test_oneStolenGuardianKeyDoesNothing() external {
        IIdentityRegistry.Approval[] memory approvals = _approvals(thief.addr, 1);
        vm.expectPartialRevert(IIdentityRegistry.RecoveryBelowThreshold.selector);
        identities.proposeRecovery(patient.addr, thief.addr, _guardianSet(), soon(), approvals);
    }
}
