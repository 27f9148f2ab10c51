// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IIdentityRegistry} from "../../../contracts/identity/IIdentityRegistry.sol";
import {Authorization} from "../../../contracts/shared/Authorization.sol";
import {ISignedActs} from "../../../contracts/shared/ISignedActs.sol";
import {IdentityTest} from "./IdentityTest.sol";

/// @title Every signed act of the identity registry, to be tried in every way
/// @dev In the prepared state each of them is possible: other guardians are scheduled, and a recovery is pending that can
/// be vetoed.
abstract contract SignedIdentityTest is IdentityTest {
    enum Act {
        ChangeOwner,
        ApplyChanges,
        Deactivate,
        ScheduleGuardians,
        CancelGuardians,
        VetoRecovery
    }

    uint256 internal constant ACTS = 6;
    bytes32 internal constant OTHERS = keccak256("other guardians");
    bytes32 internal constant THIRD = keccak256("third guardians");

    function _prepare(address identity) internal {
        IIdentityRegistry.GuardianSet memory set = _guardianSet();
        vm.prank(identity);
        identities.scheduleGuardians(identity, _commitmentOf(set));
        vm.prank(identity);
        identities.scheduleGuardians(identity, OTHERS);

        bytes32 structHash = _approvalHash(identity, carer.addr, _commitmentOf(set), false, soon());
        IIdentityRegistry.Approval[] memory approvals = new IIdentityRegistry.Approval[](2);
        approvals[0] = _approve(guardians[0], 0, structHash);
        approvals[1] = _approve(guardians[1], 1, structHash);
        identities.proposeRecovery(identity, carer.addr, set, soon(), approvals);
    }

    function _changes() internal view returns (IIdentityRegistry.Change[] memory changes) {
        changes = new IIdentityRegistry.Change[](1);
        changes[0] = IIdentityRegistry.Change(
            IIdentityRegistry.ChangeKind.AddDelegate, "care", carer.addr, "", 1 days
        );
    }

    function _hashOf(Act act, address identity, uint256 nonce) internal view returns (bytes32) {
        if (act == Act.ChangeOwner) return _changeOwnerHash(identity, hospital.addr, nonce);
        if (act == Act.ApplyChanges) return _applyHash(identity, _changes(), nonce);
        if (act == Act.Deactivate) return _deactivateHash(identity, nonce);
        if (act == Act.ScheduleGuardians) return _scheduleHash(identity, THIRD, nonce);
        if (act == Act.CancelGuardians) return _cancelHash(identity, OTHERS, nonce);
        return _vetoHash(identity, carer.addr, nonce);
    }

    function _submit(Act act, address identity, uint256 nonce, Authorization memory auth) internal {
        vm.prank(relayer.addr);
        if (act == Act.ChangeOwner) {
            identities.changeOwnerBySig(identity, hospital.addr, nonce, auth);
        } else if (act == Act.ApplyChanges) {
            identities.applyChangesBySig(identity, _changes(), nonce, auth);
        } else if (act == Act.Deactivate) {
            identities.deactivateBySig(identity, nonce, auth);
        } else if (act == Act.ScheduleGuardians) {
            identities.scheduleGuardiansBySig(identity, THIRD, nonce, auth);
        } else if (act == Act.CancelGuardians) {
            identities.cancelGuardiansBySig(identity, nonce, auth);
        } else {
            identities.vetoRecoveryBySig(identity, nonce, auth);
        }
    }

    function _requireDone(Act act, address identity) internal view {
        (bytes32 scheduled,) = identities.scheduledGuardians(identity);
        if (act == Act.ChangeOwner) {
            assertEq(identities.identityOwner(identity), hospital.addr);
        } else if (act == Act.ApplyChanges) {
            assertTrue(identities.validDelegate(identity, "care", carer.addr));
        } else if (act == Act.Deactivate) {
            assertTrue(identities.isDeactivated(identity));
        } else if (act == Act.ScheduleGuardians) {
            assertEq(scheduled, THIRD);
        } else if (act == Act.CancelGuardians) {
            assertEq(scheduled, 0);
        } else {
            assertEq(uint256(identities.recoveryOf(identity).readyAt), 0);
        }
        assertEq(identities.nonces(identity), 1);
    }

    /// @notice The patient's authorization of an act at nonce zero.
    function _signedByPatient(Act act) internal view returns (Authorization memory) {
        return _sign(patient, _hashOf(act, patient.addr, 0));
    }

    function _expectSignatureInvalid(address signer) internal {
        vm.expectRevert(abi.encodeWithSelector(ISignedActs.SignatureInvalid.selector, signer));
    }
}
