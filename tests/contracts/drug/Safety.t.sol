// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {Roles} from "../../../contracts/accreditation/Role.sol";
import {IDrugProvenanceErrors as E} from "../../../contracts/drug/IDrugProvenanceErrors.sol";
import {IDrugProvenanceEvents as V} from "../../../contracts/drug/IDrugProvenanceEvents.sol";
import {Lot, LotId} from "../../../contracts/drug/Lot.sol";
import {Vm} from "../base/Vm.sol";
import {DrugTest} from "./DrugTest.sol";

contract SafetyTest is DrugTest {
    Vm.Wallet private abroad;

    function setUp() public override {
        super.setUp();
        abroad = makeWallet("another regulator");
        _accredit(abroad.addr, Roles.REGULATOR);
    }

    function test_revertsWhenCallerIsNotController() public {
        for (uint256 act = 0; act < 4; ++act) {
            expectNotController(regulator.addr, stranger.addr);
            _act(act, stranger.addr, regulator.addr, LOT_DIGEST);
        }
    }

    function test_revertsWhenLotIsUnknown() public {
        for (uint256 act = 0; act < 3; ++act) {
            LotId unknown = drugs.lotIdOf(GTIN, manufacturer.addr, "unknown");
            vm.expectRevert(abi.encodeWithSelector(E.LotUnknown.selector, unknown));
            _act(act, regulator.addr, regulator.addr, "unknown");
        }
    }

    function test_revertsForCustodianAndStranger() public {
        deliver(manufacturer.addr, pharmacist.addr, 3);
        _expectNoStanding(pharmacist.addr);
        _expectNoStanding(stranger.addr);
    }

    function test_revertsForAnotherMakerOfTheProduct() public {
        Vm.Wallet memory competitor = makeWallet("another manufacturer");
        _accredit(competitor.addr, Roles.MANUFACTURER);
        _permit(competitor.addr, true);
        _expectNoStanding(competitor.addr);
    }

    function test_revertsForAMakerNoLongerPermitted() public {
        quarantine(manufacturer.addr);
        _permit(manufacturer.addr, false);
        _expectNoStanding(manufacturer.addr);
        release(holder.addr);
        assertFalse(drugs.lotOf(lot).quarantinedByMaker);
    }

    function test_revertsForAFormerHolder() public {
        vm.prank(regulator.addr);
        drugs.changeHolder(regulator.addr, GTIN, hospital.addr);
        _expectNoStanding(holder.addr);
        quarantine(hospital.addr);
        assertTrue(drugs.lotOf(lot).quarantinedByHolder);
    }

    function test_revertsForARegulatorNoLongerAccredited() public {
        disaccredit(regulator.addr, Roles.REGULATOR);
        _expectNoStanding(regulator.addr);
    }

    function test_holdsAndReportsWhoStoppedIt() public {
        _expectQuarantined(manufacturer.addr);
        quarantine(manufacturer.addr);
        _assertStopped(true, false, false);
        _expectQuarantined(holder.addr);
        quarantine(holder.addr);
        _assertStopped(true, true, false);
        _expectQuarantined(abroad.addr);
        quarantine(abroad.addr);
        _assertStopped(true, true, true);
    }

    function test_quarantineRevertsWhenStoppedAlready() public {
        address[4] memory actors = [manufacturer.addr, holder.addr, regulator.addr, abroad.addr];
        for (uint256 i = 0; i < 4; ++i) {
            if (i < 3) quarantine(actors[i]);
            expectLot(E.LotIsQuarantined.selector);
            quarantine(actors[i]);
        }
    }

    function test_quarantineRevertsWhenRecalled() public {
        recall();
        expectLot(E.LotIsRecalled.selector);
        quarantine(regulator.addr);
    }

    function test_releasesWhatWasStopped() public {
        address[3] memory actors = [manufacturer.addr, holder.addr, regulator.addr];
        for (uint256 i = 0; i < actors.length; ++i) {
            quarantine(actors[i]);
            vm.expectEmit(address(drugs));
            emit V.LotReleased(lot, actors[i], REASON);
            release(actors[i]);
            _assertStopped(false, false, false);
            expectLot(E.LotNotQuarantined.selector);
            release(actors[i]);
        }
    }

    function test_makerReleasesItsOwnStopOnly() public {
        quarantine(holder.addr);
        quarantine(regulator.addr);
        expectLot(E.LotNotQuarantined.selector);
        release(manufacturer.addr);
        quarantine(manufacturer.addr);
        release(manufacturer.addr);
        _assertStopped(false, true, true);
    }

    function test_holderReleasesItsMakersStopToo() public {
        quarantine(regulator.addr);
        expectLot(E.LotNotQuarantined.selector);
        release(holder.addr);
        quarantine(manufacturer.addr);
        quarantine(holder.addr);
        release(holder.addr);
        _assertStopped(false, false, true);
    }

    function test_releaseRevertsForARegulatorThatMayNotAmendTheProduct() public {
        address[2] memory stoppers = [regulator.addr, abroad.addr];
        for (uint256 i = 0; i < stoppers.length; ++i) {
            quarantine(stoppers[i]);
            expectNoAuthority(abroad.addr);
            release(abroad.addr);
            _assertStopped(false, false, true);
            release(regulator.addr);
        }
    }

    function test_theProductsRegulatorReleasesWhatAnyRegulatorStopped() public {
        quarantine(abroad.addr);
        release(regulator.addr);
        _assertStopped(false, false, false);
        quarantine(manufacturer.addr);
        quarantine(holder.addr);
        expectLot(E.LotNotQuarantined.selector);
        release(regulator.addr);
    }

    function test_whoIsRegulatorAndHolderOrMakerReleasesARegulatorsStop() public {
        _accredit(manufacturer.addr, Roles.REGULATOR);
        quarantine(abroad.addr);
        expectLot(E.LotNotQuarantined.selector);
        release(manufacturer.addr); // another regulator registered the product
        disaccredit(regulator.addr, Roles.REGULATOR);
        release(manufacturer.addr);
        _assertStopped(false, false, false);
        quarantine(abroad.addr);
        _accredit(holder.addr, Roles.REGULATOR);
        release(holder.addr);
        _assertStopped(false, false, false);
    }

    function test_anotherRegulatorReleasesWhileTheProductsIsNotAccredited() public {
        quarantine(regulator.addr);
        disaccredit(regulator.addr, Roles.REGULATOR);
        release(abroad.addr);
        _assertStopped(false, false, false);
        quarantine(abroad.addr);
        _accredit(regulator.addr, Roles.REGULATOR);
        expectNoAuthority(abroad.addr);
        release(abroad.addr);
        release(regulator.addr);
    }

    function test_staysStoppedUntilAllHaveReleased() public {
        quarantine(holder.addr);
        quarantine(regulator.addr);
        release(regulator.addr);
        expectLot(E.LotIsQuarantined.selector);
        shipFrom(manufacturer.addr, distributor.addr, 1);
        release(holder.addr);
        shipFrom(manufacturer.addr, distributor.addr, 1);
    }

    function test_releaseDoesNotUndoARecall() public {
        quarantine(regulator.addr);
        recall();
        release(regulator.addr);
        assertTrue(drugs.lotOf(lot).recalled);
        expectLot(E.LotNotQuarantined.selector);
        release(regulator.addr);
    }

    function test_holdsAndReportsARecall() public {
        address[4] memory actors = [manufacturer.addr, holder.addr, regulator.addr, abroad.addr];
        for (uint256 i = 0; i < actors.length; ++i) {
            uint256 before = vm.snapshotState();
            vm.expectEmit(address(drugs));
            emit V.LotRecalled(lot, actors[i], REASON);
            _act(2, actors[i], actors[i], LOT_DIGEST);
            assertTrue(drugs.lotOf(lot).recalled);
            vm.revertToState(before);
        }
    }

    function test_recallRevertsWhenRecalledAlready() public {
        recall();
        expectLot(E.LotIsRecalled.selector);
        recall();
        expectLot(E.LotIsRecalled.selector);
        _act(2, regulator.addr, regulator.addr, LOT_DIGEST);
    }

    function test_recallTouchesNoOtherLot() public {
        vm.prank(manufacturer.addr);
        LotId next = drugs.commissionLot(
            manufacturer.addr, GTIN, "lot CD-34", EXPIRY, QUANTITY, serialRoot, EVENT
        );
        Lot memory before = drugs.lotOf(lot);
        recall();
        assertFalse(drugs.lotOf(next).recalled);
        Lot memory recalled = drugs.lotOf(lot);
        before.recalled = true;
        assertEq(keccak256(abi.encode(recalled)), keccak256(abi.encode(before)));
    }

    function test_makerAndHolderAtOnce() public {
        quarantine(manufacturer.addr);
        vm.prank(regulator.addr);
        drugs.changeHolder(regulator.addr, GTIN, manufacturer.addr);
        quarantine(manufacturer.addr);
        _assertStopped(true, true, false);
        release(manufacturer.addr);
        _assertStopped(false, false, false);
    }

    function test_correctRevertsWhenLotIsUnknown() public {
        LotId unknown = LotId.wrap(keccak256("unknown"));
        vm.expectRevert(abi.encodeWithSelector(E.LotUnknown.selector, unknown));
        vm.prank(distributor.addr);
        drugs.correctEvent(distributor.addr, unknown, EVENT, "right", REASON);
    }

    function test_reportsACorrection() public {
        bytes32 before = keccak256(abi.encode(drugs.lotOf(lot)));
        vm.expectEmit(address(drugs));
        emit V.EventCorrected(lot, EVENT, distributor.addr, "right", REASON);
        vm.prank(distributor.addr);
        drugs.correctEvent(distributor.addr, lot, EVENT, "right", REASON);
        assertEq(keccak256(abi.encode(drugs.lotOf(lot))), before);
    }

    /// @dev Quarantine, release, recall and correct, in this order.
    function _act(uint256 act, address caller, address actor, bytes32 lotDigest) private {
        vm.prank(caller);
        if (act == 0) drugs.quarantineLot(actor, GTIN, manufacturer.addr, lotDigest, REASON);
        if (act == 1) drugs.releaseLot(actor, GTIN, manufacturer.addr, lotDigest, REASON);
        if (act == 2) drugs.recallLot(actor, GTIN, manufacturer.addr, lotDigest, REASON);
        if (act == 3) drugs.correctEvent(actor, lot, EVENT, EVENT, REASON);
    }

    function _permit(address maker, bool permitted) private {
        vm.prank(regulator.addr);
        drugs.permitMaker(regulator.addr, GTIN, maker, permitted);
    }

    function _expectNoStanding(address actor) private {
        for (uint256 act = 0; act < 3; ++act) {
            expectNoAuthority(actor);
            _act(act, actor, actor, LOT_DIGEST);
        }
    }

    function _expectQuarantined(address by) private {
        vm.expectEmit(address(drugs));
        emit V.LotQuarantined(lot, by, REASON);
    }

    function _assertStopped(bool byMaker, bool byHolder, bool byRegulator) private view {
        Lot memory current = drugs.lotOf(lot);
        assertEq(current.quarantinedByMaker, byMaker, "maker");
        assertEq(current.quarantinedByHolder, byHolder, "holder");
        assertEq(current.quarantinedByRegulator, byRegulator, "regulator");
    }
}
