// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IIdentityRegistry} from "../../../contracts/identity/IIdentityRegistry.sol";
import {Vm} from "../base/Vm.sol";
import {IdentityTest} from "./IdentityTest.sol";
import {StolenKeyHandler} from "./StolenKeyHandler.sol";

/// @title Whatever a thief does with the owner's key, all guardians together take the identity back
contract StolenKeyInvariantTest is IdentityTest {
    StolenKeyHandler private handler;

    function setUp() public override {
        super.setUp();
        IIdentityRegistry.GuardianSet memory set = _guardianSet();
        set.salt = "patient's";
        _schedule(patient, patient.addr, _commitmentOf(set));

        Vm.Wallet[] memory others = makeGuardians("thief's other key", 2);
        Vm.Wallet[] memory thiefs = new Vm.Wallet[](3);
        (thiefs[0], thiefs[1], thiefs[2]) = (patient, others[0], others[1]);
        handler = new StolenKeyHandler(identities, thiefs, guardians, carer.addr);
        handler.thiefSchedules(1, false, 0);
        targetContract(address(handler));
        bytes4[] memory selectors = new bytes4[](10);
        selectors[0] = handler.passTime.selector;
        selectors[1] = handler.rescue.selector;
        selectors[2] = handler.execute.selector;
        selectors[3] = handler.thiefRotates.selector;
        selectors[4] = handler.thiefRotatesBySig.selector;
        selectors[5] = handler.thiefSchedules.selector;
        selectors[6] = handler.thiefCancels.selector;
        selectors[7] = handler.thiefVetoes.selector;
        selectors[8] = handler.thiefDeactivates.selector;
        selectors[9] = handler.thiefProposes.selector;
        targetSelectors(address(handler), selectors);
    }

    /// @dev Pending until executed, and executed for ever: the thief has no key to what the rescuer owns.
    function invariant_theRescueGoesOnUntilTheRescuerOwnsTheIdentityForGood() external view {
        if (handler.readyAt() == 0) return;
        IIdentityRegistry.Recovery memory recovery = identities.recoveryOf(patient.addr);
        if (recovery.readyAt == 0) {
            assertEq(identities.identityOwner(patient.addr), carer.addr);
        } else {
            assertEq(recovery.newOwner, carer.addr);
            assertEq(uint256(recovery.readyAt), handler.readyAt());
            assertTrue(recovery.unanimous);
        }
    }

    function afterInvariant() external {
        if (handler.readyAt() == 0) return;
        if (vm.getBlockTimestamp() < handler.readyAt()) vm.warp(handler.readyAt());
        handler.execute();
        assertEq(identities.identityOwner(patient.addr), carer.addr);
    }
}
