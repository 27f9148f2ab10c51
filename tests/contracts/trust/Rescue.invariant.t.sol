// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {Roles} from "../../../contracts/accreditation/Role.sol";
import {Checkpoint, CheckpointId} from "../../../contracts/anchor/Checkpoint.sol";
import {Gtin, LotId, Shipment} from "../../../contracts/drug/Lot.sol";
import {GuardedPatient} from "../identity/GuardedPatient.sol";
import {TheftHandler} from "./TheftHandler.sol";

/// @title Whatever a thief did, the rescued victim anchors, grants, revokes, commissions and ships again
/// @dev One identity is issuer, patient and maker. The remedy is the guardians'; nothing else is mended before the
/// victim goes on. That the thief may keep nothing is StolenKey's and the client's.
contract RescueInvariantTest is GuardedPatient {
    Gtin private constant GTIN = Gtin.wrap(9_506_000_134_352);
    bytes32 private constant OWN = keccak256("the victim's own");

    TheftHandler private handler;
    address private victim;

    function setUp() public override {
        super.setUp();
        _accreditPeople();
        victim = patient.addr;
        _accredit(victim, Roles.MANUFACTURER);
        address[] memory makers = new address[](1);
        makers[0] = victim;
        vm.prank(regulator.addr);
        drugs.registerProduct(regulator.addr, GTIN, stranger.addr, makers);
        handler = new TheftHandler(identities, consents, anchors, drugs, victim, GTIN);
        handler.addPartner(pharmacist.addr);
        handler.addPartner(distributor.addr);
        handler.commission(1000);
        targetContract(address(handler));
        bytes4[] memory selectors = new bytes4[](12);
        selectors[0] = handler.passTime.selector;
        selectors[1] = handler.rotate.selector;
        selectors[2] = handler.changeGuardians.selector;
        selectors[3] = handler.nameDelegate.selector;
        selectors[4] = handler.publish.selector;
        selectors[5] = handler.anchor.selector;
        selectors[6] = handler.grant.selector;
        selectors[7] = handler.revoke.selector;
        selectors[8] = handler.refuseBreakGlass.selector;
        selectors[9] = handler.commission.selector;
        selectors[10] = handler.stop.selector;
        selectors[11] = handler.ship.selector;
        targetSelectors(address(handler), selectors);
    }

    /// @dev After every eighth act: a rescue takes longer than eight acts.
    function invariant_theRescuedVictimGoesOn() external {
        if (handler.turns() % 8 != 0) return;
        uint256 before = vm.snapshotState();
        _propose(carer.addr, 3);
        skip(RECOVERY_DELAY);
        _execute();
        vm.startPrank(carer.addr);
        _anchors();
        _grantsAndRevokes();
        _ships();
        vm.stopPrank();
        _receives();
        vm.revertToState(before);
    }

    /// @dev In the first number of the stream that has room: the thief ends a number with each of its largest sizes.
    function _anchors() private {
        uint256 number = 0;
        while (handler.headOf(number).size == anchors.MAX_SIZE()) ++number;
        Checkpoint memory last = handler.headOf(number);
        bytes32 stream = handler.streamOf(number);
        for (uint64 more = 1; more <= 2 && last.size < anchors.MAX_SIZE(); ++more) {
            anchors.anchor(victim, stream, last, last.size + 1, OWN);
            CheckpointId parent = anchors.checkpointIdOf(last);
            last = Checkpoint(CheckpointId.unwrap(parent), OWN, last.size + 1);
            assertEq(
                CheckpointId.unwrap(anchors.headOf(victim, stream)),
                CheckpointId.unwrap(anchors.checkpointIdOf(last))
            );
        }
    }

    function _grantsAndRevokes() private {
        bytes32 thiefsEpoch = consents.epochOf(victim);
        consents.revokeAllConsents(victim, FRESH);
        bytes32 epoch = consents.epochOf(victim);
        assertNotEq(epoch, thiefsEpoch);
        consents.grantConsent(victim, epoch, OWN);
        bytes32 id = consents.consentIdOf(victim, epoch, OWN);
        assertTrue(consents.isActive(victim, id));
        consents.revokeConsent(victim, id);
        assertFalse(consents.isActive(victim, id));
        consents.setBreakGlassOptOut(victim, true);
    }

    function _ships() private {
        uint256 expiry = vm.getBlockTimestamp() + 700 days;
        LotId lot = drugs.commissionLot(victim, GTIN, OWN, expiry, 10, OWN, OWN);
        drugs.shipLot(Shipment(lot, victim, pharmacist.addr, 4, OWN, OWN), GTIN, OWN);
    }

    function _receives() private {
        LotId lot = drugs.lotIdOf(GTIN, victim, OWN);
        vm.prank(pharmacist.addr);
        drugs.receiveLot(Shipment(lot, victim, pharmacist.addr, 4, OWN, OWN), GTIN, OWN, 4, OWN);
        assertEq(drugs.heldBy(lot, pharmacist.addr), 4);
        assertEq(drugs.heldBy(lot, victim), 6);
    }
}
