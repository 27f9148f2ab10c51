// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IIdentityRegistry} from "../../../contracts/identity/IIdentityRegistry.sol";
import {IdentityTest} from "./IdentityTest.sol";

/// @title A patient whose guardians, two of three, are in force
abstract contract GuardedPatient is IdentityTest {
    function setUp() public virtual override {
        super.setUp();
        _guardPatient();
    }

    function _proposeWith(
        IIdentityRegistry.GuardianSet memory set,
        IIdentityRegistry.Approval[] memory approvals
    ) internal {
        identities.proposeRecovery(patient.addr, carer.addr, set, soon(), approvals);
    }

    function _expectInvalidApproval(uint256 index) internal {
        vm.expectRevert(
            abi.encodeWithSelector(
                IIdentityRegistry.RecoveryInvalidApproval.selector, patient.addr, index
            )
        );
    }

    function _expectPending(address newOwner, uint256 readyAt, bool unanimous) internal view {
        IIdentityRegistry.Recovery memory recovery = identities.recoveryOf(patient.addr);
        assertEq(recovery.newOwner, newOwner);
        assertEq(uint256(recovery.readyAt), readyAt);
        assertEq(recovery.unanimous, unanimous);
    }

    function _expectRounds(uint256 round, uint256 unanimousRound) internal view {
        IIdentityRegistry.Recovery memory recovery = identities.recoveryOf(patient.addr);
        assertEq(uint256(recovery.round), round);
        assertEq(uint256(recovery.unanimousRound), unanimousRound);
    }

    function _veto(address by) internal {
        vm.prank(by);
        identities.vetoRecovery(patient.addr);
    }
}
