// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {Roles} from "../../../contracts/accreditation/Role.sol";
import {IDrugProvenanceErrors} from "../../../contracts/drug/IDrugProvenanceErrors.sol";
import {IDrugProvenanceEvents} from "../../../contracts/drug/IDrugProvenanceEvents.sol";
import {
    Flag,
    Gtin,
    LotId,
    PackProof,
    Range,
    Reason,
    Shipment
} from "../../../contracts/drug/Lot.sol";
import {Vm} from "../base/Vm.sol";
import {DrugTest} from "../drug/DrugTest.sol";

/// @title The key of a maker, an authorisation holder, a distributor, a pharmacy or a regulator is stolen
/// @dev What is done as each of them is done by the thief, until the test says otherwise.
contract MedicineTrustTest is DrugTest {
    Gtin private constant OTHERS = Gtin.wrap(4_012_345_678_901);
    bytes32 private constant FALSE_LOT = keccak256("false lot");

    Vm.Wallet private otherRegulator;

    function setUp() public override {
        super.setUp();
        otherRegulator = makeWallet("other regulator");
        _accredit(otherRegulator.addr, Roles.REGULATOR);
        vm.prank(otherRegulator.addr);
        drugs.registerProduct(otherRegulator.addr, OTHERS, stranger.addr, new address[](0));
    }

    function _commissionFalse(Gtin gtin) private returns (LotId) {
        vm.prank(manufacturer.addr);
        return drugs.commissionLot(
            manufacturer.addr, gtin, FALSE_LOT, EXPIRY, QUANTITY, serialRoot, EVENT
        );
    }

    function _permit(address maker, bool permitted) private {
        vm.prank(regulator.addr);
        drugs.permitMaker(regulator.addr, GTIN, maker, permitted);
    }

    function _changeHolder(address by, address to) private {
        vm.prank(by);
        drugs.changeHolder(by, GTIN, to);
    }

    // A maker ---------------------------------------------------------------------------------------

    function test_theMakersThiefCommissionsItsOwnProductsOnly() external {
        _commissionFalse(GTIN);
        vm.expectRevert(
            abi.encodeWithSelector(
                IDrugProvenanceErrors.MakerNotPermitted.selector, OTHERS, manufacturer.addr
            )
        );
        _commissionFalse(OTHERS);
    }

    function test_aCoMakersThiefTakesNoLotNumber() external {
        _accredit(stranger.addr, Roles.MANUFACTURER);
        _permit(stranger.addr, true);
        vm.startPrank(stranger.addr);
        drugs.commissionLot(stranger.addr, GTIN, FALSE_LOT, EXPIRY, 1, REASON, EVENT);
        drugs.recallLot(stranger.addr, GTIN, stranger.addr, FALSE_LOT, REASON);
        vm.stopPrank();
        _permit(stranger.addr, false);
        LotId printed = _commissionFalse(GTIN);
        assertEq(drugs.heldBy(printed, manufacturer.addr), QUANTITY);
        assertFalse(drugs.lotOf(printed).recalled);
    }

    function test_theHolderRecallsAFalseLot() external {
        LotId false_ = _commissionFalse(GTIN);
        vm.prank(holder.addr);
        drugs.recallLot(holder.addr, GTIN, manufacturer.addr, FALSE_LOT, REASON);
        assertTrue(drugs.lotOf(false_).recalled);
        assertFalse(drugs.lotOf(lot).recalled);
    }

    function test_theRegulatorEndsWhatAMakerMayDo() external {
        _permit(manufacturer.addr, false);
        vm.expectPartialRevert(IDrugProvenanceErrors.MakerNotPermitted.selector);
        _commissionFalse(GTIN);
        expectNoAuthority(manufacturer.addr);
        recall();
        expectNoAuthority(manufacturer.addr);
        quarantine(manufacturer.addr);
    }

    function test_aLostAccreditationEndsCommissioning() external {
        disaccredit(manufacturer.addr, Roles.MANUFACTURER);
        expectIdentity(IDrugProvenanceErrors.MakerNotAccredited.selector, manufacturer.addr);
        _commissionFalse(GTIN);
    }

    function test_aRecallByTheThiefStandsAndTheLotGoesBack() external {
        deliver(manufacturer.addr, distributor.addr, 4);
        recall();
        deliver(distributor.addr, manufacturer.addr, 4);
        assertEq(held(manufacturer.addr), QUANTITY);
    }

    // A holder --------------------------------------------------------------------------------------

    function test_theHoldersThiefStopsItsOwnProductsOnly() external {
        quarantine(holder.addr);
        vm.expectPartialRevert(IDrugProvenanceErrors.LotUnknown.selector);
        vm.prank(holder.addr);
        drugs.recallLot(holder.addr, OTHERS, manufacturer.addr, LOT_DIGEST, REASON);
        vm.expectPartialRevert(IDrugProvenanceErrors.MakerNotPermitted.selector);
        vm.prank(holder.addr);
        drugs.commissionLot(holder.addr, GTIN, FALSE_LOT, EXPIRY, QUANTITY, serialRoot, EVENT);
    }

    function test_aRecallByTheThiefNamesThePacksItReaches() external {
        vm.expectEmit(true, true, true, true, address(drugs));
        emit IDrugProvenanceEvents.PacksRecalled(lot, holder.addr, 1, 4, REASON);
        vm.prank(holder.addr);
        drugs.recallPacks(holder.addr, GTIN, manufacturer.addr, LOT_DIGEST, Range(1, 4), REASON);
    }

    function test_anotherHolderReleasesWhatTheThiefStopped() external {
        quarantine(holder.addr);
        _changeHolder(regulator.addr, stranger.addr);
        expectNoAuthority(holder.addr);
        recall_(holder.addr);
        release(stranger.addr);
        assertFalse(drugs.lotOf(lot).quarantinedByHolder);
    }

    function test_aPackMarkedStolenByTheThiefCanOnlyBeDestroyed() external {
        deliver(manufacturer.addr, pharmacist.addr, 4);
        PackProof memory pack = packAt(3);
        vm.prank(holder.addr);
        drugs.flagPack(holder.addr, GTIN, manufacturer.addr, LOT_DIGEST, pack, Flag.Stolen);
        vm.expectPartialRevert(IDrugProvenanceErrors.PackIsFlagged.selector);
        this.decommissionAs(pharmacist.addr, 3, Reason.Dispensed);
        decommission(pharmacist.addr, 3, Reason.Destroyed);
        assertEq(held(pharmacist.addr), 3);
    }

    // A distributor ---------------------------------------------------------------------------------

    function test_theDistributorsThiefReachesAccreditedPartnersOnly() external {
        deliver(manufacturer.addr, distributor.addr, 4);
        Shipment memory away = makeShipment(distributor.addr, thief.addr, 4);
        expectIdentity(IDrugProvenanceErrors.NotTradingPartner.selector, thief.addr);
        ship(away);
        expectIdentity(IDrugProvenanceErrors.NotDispenser.selector, distributor.addr);
        this.decommissionAs(distributor.addr, 1, Reason.Dispensed);
    }

    function test_theDistributorsThiefLosesNoMoreThanItHolds() external {
        deliver(manufacturer.addr, distributor.addr, 2);
        decommission(distributor.addr, 0, Reason.Lost);
        decommission(distributor.addr, 1, Reason.Lost);
        expectInsufficient(distributor.addr, 0, 1);
        this.decommissionAs(distributor.addr, 2, Reason.Lost);
        assertEq(held(manufacturer.addr), QUANTITY - 2);
    }

    function test_aLostAccreditationLeavesTheWayBackOnly() external {
        deliver(manufacturer.addr, distributor.addr, 4);
        disaccredit(distributor.addr, Roles.DISTRIBUTOR);
        Shipment memory forward = makeShipment(distributor.addr, pharmacist.addr, 4);
        expectIdentity(IDrugProvenanceErrors.NotTradingPartner.selector, distributor.addr);
        ship(forward);
        deliver(distributor.addr, manufacturer.addr, 4);
        assertEq(held(distributor.addr), 0);
    }

    // A pharmacy ------------------------------------------------------------------------------------

    function test_thePharmacyRestoresWhatTheThiefDispensed() external {
        deliver(manufacturer.addr, pharmacist.addr, 4);
        decommission(pharmacist.addr, 2, Reason.Dispensed);
        vm.prank(pharmacist.addr);
        identities.changeOwner(pharmacist.addr, carer.addr);

        expectNotController(pharmacist.addr, pharmacist.addr);
        this.decommissionAs(pharmacist.addr, 3, Reason.Dispensed);
        vm.prank(carer.addr);
        drugs.restorePack(pharmacist.addr, lot, 2);
        assertEq(held(pharmacist.addr), 4);
    }

    function test_aLostAccreditationEndsDispensing() external {
        deliver(manufacturer.addr, pharmacist.addr, 4);
        disaccredit(pharmacist.addr, Roles.PHARMACY);
        expectIdentity(IDrugProvenanceErrors.NotDispenser.selector, pharmacist.addr);
        this.decommissionAs(pharmacist.addr, 1, Reason.Dispensed);
    }

    // A regulator -----------------------------------------------------------------------------------

    function test_theRegulatorsThiefAmendsItsOwnProductsOnly() external {
        vm.expectRevert(
            abi.encodeWithSelector(
                IDrugProvenanceErrors.NotProductAuthority.selector, OTHERS, regulator.addr
            )
        );
        vm.prank(regulator.addr);
        drugs.changeHolder(regulator.addr, OTHERS, thief.addr);
    }

    function test_anotherRegulatorsThiefLiftsNoStopAndItsOwnIsLifted() external {
        deliver(manufacturer.addr, pharmacist.addr, 4);
        quarantine(regulator.addr);
        expectNoAuthority(otherRegulator.addr);
        release(otherRegulator.addr);
        expectLot(IDrugProvenanceErrors.LotIsQuarantined.selector);
        this.decommissionAs(pharmacist.addr, 0, Reason.Dispensed);

        release(regulator.addr);
        quarantine(otherRegulator.addr);
        release(regulator.addr);
        decommission(pharmacist.addr, 0, Reason.Dispensed);
    }

    function test_anotherRegulatorMendsWhatTheThiefDid() external {
        quarantine(regulator.addr);
        _changeHolder(regulator.addr, thief.addr);
        disaccredit(regulator.addr, Roles.REGULATOR);

        expectIdentity(IDrugProvenanceErrors.NotRegulator.selector, regulator.addr);
        _changeHolder(regulator.addr, thief.addr);
        _changeHolder(otherRegulator.addr, holder.addr);
        release(otherRegulator.addr);
        assertEq(drugs.productOf(GTIN).holder, holder.addr);
        assertFalse(drugs.lotOf(lot).quarantinedByRegulator);
    }

    // One call each, so that a revert can be expected of it -------------------------------------------

    function decommissionAs(address partner, uint64 index, Reason reason) external {
        decommission(partner, index, reason);
    }

    function recall_(address actor) private {
        vm.prank(actor);
        drugs.recallLot(actor, GTIN, manufacturer.addr, LOT_DIGEST, REASON);
    }
}
