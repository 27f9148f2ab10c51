// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IIdentityRegistry} from "../../../contracts/identity/IIdentityRegistry.sol";
import {Vm} from "../base/Vm.sol";
import {IdentityHandler} from "./IdentityHandler.sol";
import {IdentityTest} from "./IdentityTest.sol";

/// @title Whatever happens to an identity, the contract and the model agree
contract IdentityInvariantTest is IdentityTest {
    IdentityHandler private handler;
    uint256 private constant PEOPLE = 4;

    function setUp() public override {
        super.setUp();
        Vm.Wallet[] memory people = new Vm.Wallet[](PEOPLE);
        (people[0], people[1], people[2], people[3]) = (patient, carer, hospital, thief);
        handler = new IdentityHandler(identities, people, guardians);
        targetContract(address(handler));
        bytes4[] memory selectors = new bytes4[](10);
        selectors[0] = handler.passTime.selector;
        selectors[1] = handler.rotate.selector;
        selectors[2] = handler.rotateBySig.selector;
        selectors[3] = handler.deactivate.selector;
        selectors[4] = handler.delegate.selector;
        selectors[5] = handler.schedule.selector;
        selectors[6] = handler.cancel.selector;
        selectors[7] = handler.veto.selector;
        selectors[8] = handler.propose.selector;
        selectors[9] = handler.execute.selector;
        targetSelectors(address(handler), selectors);
        handler.schedule(0, 1);
    }

    function invariant_everyCallIsTakenOrRefusedAsTheModelSays() external view {
        assertEq(handler.mismatch(), "");
    }

    function invariant_theOwnerChangesByTheOwnerOrByARecoveryOnly() external view {
        IdentityHandler.Model memory model = handler.model();
        assertEq(identities.identityOwner(patient.addr), model.owner);
        assertEq(identities.nonces(patient.addr), model.nonce);
        assertEq(identities.changed(patient.addr), model.changedBlock);
    }

    function invariant_deactivatedIsForEver() external view {
        IdentityHandler.Model memory model = handler.model();
        assertEq(identities.isDeactivated(patient.addr), model.ended);
        assertEq(identities.identityOwner(patient.addr) == address(0), model.ended);
    }

    function invariant_guardiansChangeByTimeOnlyAndNeverUnderARecovery() external view {
        IdentityHandler.Model memory model = handler.model();
        (bytes32 scheduled, uint256 effectiveAt) = identities.scheduledGuardians(patient.addr);
        assertEq(identities.guardiansOf(patient.addr), handler.commitmentOf(model.inForce));
        assertEq(scheduled, handler.commitmentOf(model.scheduled));
        assertEq(effectiveAt, model.effectiveAt);
    }

    function invariant_aRecoveryEndsByVetoExecutionOrAllGuardiansOnly() external view {
        IdentityHandler.Model memory model = handler.model();
        IIdentityRegistry.Recovery memory recovery = identities.recoveryOf(patient.addr);
        assertEq(recovery.newOwner, model.newOwner);
        assertEq(uint256(recovery.readyAt), model.readyAt);
        assertEq(recovery.unanimous, model.unanimous);
        assertEq(uint256(recovery.round), model.round);
        assertEq(uint256(recovery.unanimousRound), model.unanimousRound);
    }

    function invariant_delegatesHoldUntilTheirTimeAndNotBeyondTheIdentity() external view {
        bool ended = handler.model().ended;
        for (uint256 i = 0; i < PEOPLE; ++i) {
            address delegate = handler.person(i);
            bool valid = !ended && handler.validTo(delegate) > vm.getBlockTimestamp();
            assertEq(identities.validDelegate(patient.addr, "care", delegate), valid);
        }
    }

    function invariant_otherIdentitiesAreUntouched() external view {
        for (uint256 i = 1; i < PEOPLE; ++i) {
            address other = handler.person(i);
            assertEq(identities.identityOwner(other), other);
            assertEq(identities.nonces(other), 0);
        }
    }
}
