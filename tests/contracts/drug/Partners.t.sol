// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {Role, Roles} from "../../../contracts/accreditation/Role.sol";
import {IDrugProvenanceErrors as E} from "../../../contracts/drug/IDrugProvenanceErrors.sol";
import {IDrugProvenanceEvents as V} from "../../../contracts/drug/IDrugProvenanceEvents.sol";
import {Flag, LotId, Pack, PackProof, Reason, Shipment} from "../../../contracts/drug/Lot.sol";
import {Vm} from "../base/Vm.sol";
import {DrugTest} from "./DrugTest.sol";

/// @title What partners may not do to one another
contract PartnersTest is DrugTest {
    function setUp() public override {
        super.setUp();
        vm.startPrank(governance.addr);
        accreditations.nameAccreditor(Roles.LOGISTICS_PROVIDER, board.addr);
        accreditations.nameAccreditor(Roles.RETURNS_PROCESSOR, board.addr);
        vm.stopPrank();
        skip(NAMING_DELAY);
    }

    function test_aCoMakerBurnsNoNumber() public {
        Vm.Wallet memory rival = makeWallet("rival maker");
        _accredit(rival.addr, Roles.MANUFACTURER);
        _permit(rival.addr, true);
        bytes32 printed = keccak256("lot CD-34, printed on 100,000 packs");
        vm.prank(rival.addr);
        LotId theirs =
            drugs.commissionLot(rival.addr, GTIN, printed, EXPIRY, 1, keccak256("false"), EVENT);
        vm.prank(rival.addr);
        drugs.recallLot(rival.addr, GTIN, rival.addr, printed, REASON);
        vm.prank(manufacturer.addr);
        LotId ours = drugs.commissionLot(
            manufacturer.addr, GTIN, printed, EXPIRY, 100_000, serialRoot, EVENT
        );
        assertTrue(drugs.lotOf(theirs).recalled && !drugs.lotOf(ours).recalled);
        assertEq(drugs.heldBy(ours, manufacturer.addr), 100_000);
    }

    function test_recalledPacksDoNotGoToAMakerNoLongerPermitted() public {
        _accredit(holder.addr, Roles.DISTRIBUTOR);
        deliver(manufacturer.addr, pharmacist.addr, 4);
        Shipment memory onItsWay = shipFrom(pharmacist.addr, manufacturer.addr, 1);
        recall();
        _permit(manufacturer.addr, false);
        expectLot(E.LotIsRecalled.selector);
        receivePacks(onItsWay, 1);
        Shipment memory back = makeShipment(pharmacist.addr, manufacturer.addr, 3);
        expectLot(E.LotIsRecalled.selector);
        ship(back);
        deliver(pharmacist.addr, holder.addr, 3);
        assertEq(held(holder.addr), 3);
    }

    function test_logisticsProvidersHold() public {
        address carrier = _partner("3PL", Roles.LOGISTICS_PROVIDER);
        address processor = _partner("returns processor", Roles.RETURNS_PROCESSOR);
        deliver(manufacturer.addr, carrier, 4);
        deliver(carrier, pharmacist.addr, 4);
        deliver(pharmacist.addr, processor, 2);
        decommission(processor, 0, Reason.Destroyed);
        assertEq(held(processor), 1);
    }

    function test_returnsProcessorsTakeUnsoundLots() public {
        address processor = _partner("returns processor", Roles.RETURNS_PROCESSOR);
        deliver(manufacturer.addr, pharmacist.addr, 8);
        disaccredit(pharmacist.addr, Roles.PHARMACY);
        Shipment memory sound = makeShipment(pharmacist.addr, processor, 1);
        expectIdentity(E.NotTradingPartner.selector, pharmacist.addr);
        ship(sound);
        quarantine(regulator.addr);
        deliver(pharmacist.addr, processor, 2);
        recall();
        deliver(pharmacist.addr, processor, 2);
        expire();
        deliver(pharmacist.addr, processor, 4);
        vm.prank(processor);
        drugs.decommissionQuantity(processor, lot, 8, Reason.Destroyed, keccak256("all"), EVENT);
        assertEq(held(processor), 0);
    }

    function test_returnsProcessorsHandOnlyBack() public {
        address processor = _partner("returns processor", Roles.RETURNS_PROCESSOR);
        _accredit(holder.addr, Roles.DISTRIBUTOR);
        deliver(manufacturer.addr, processor, 3);
        recall();
        Shipment memory on = makeShipment(processor, distributor.addr, 1);
        expectLot(E.LotIsRecalled.selector);
        ship(on);
        deliver(processor, manufacturer.addr, 1);
        deliver(processor, holder.addr, 1);
        assertEq(held(processor), 1);
    }

    function test_onlyReturnsProcessorsTakeUnsoundLots() public {
        address carrier = _partner("3PL", Roles.LOGISTICS_PROVIDER);
        address processor = _partner("returns processor", Roles.RETURNS_PROCESSOR);
        deliver(manufacturer.addr, pharmacist.addr, 3);
        Shipment memory onItsWay = shipFrom(pharmacist.addr, processor, 1);
        recall();
        Shipment memory carried = makeShipment(pharmacist.addr, carrier, 1);
        expectLot(E.LotIsRecalled.selector);
        ship(carried);
        disaccredit(processor, Roles.RETURNS_PROCESSOR);
        Shipment memory late = makeShipment(pharmacist.addr, processor, 1);
        expectLot(E.LotIsRecalled.selector);
        ship(late);
        expectLot(E.LotIsRecalled.selector);
        receivePacks(onItsWay, 1);
    }

    function test_logisticsProvidersNeitherDispenseNorCommission() public {
        Role[2] memory kinds = [Roles.LOGISTICS_PROVIDER, Roles.RETURNS_PROCESSOR];
        for (uint64 i = 0; i < 2; ++i) {
            address partner = _partner(i == 0 ? "3PL" : "returns processor", kinds[i]);
            deliver(manufacturer.addr, partner, 1);
            expectIdentity(E.NotDispenser.selector, partner);
            decommission(partner, i, Reason.Dispensed);
            _permit(partner, true);
            expectIdentity(E.MakerNotAccredited.selector, partner);
            vm.prank(partner);
            drugs.commissionLot(partner, GTIN, "lot", EXPIRY, 1, serialRoot, EVENT);
        }
    }

    function test_aClosedShipmentIsDisputedForALimitedTime() public {
        Shipment memory shipment = shipFrom(manufacturer.addr, pharmacist.addr, 4);
        uint256 lateAt = vm.getBlockTimestamp() + drugs.DISPUTE_LIMIT();
        receivePacks(shipment, 4);
        vm.warp(lateAt - 1);
        vm.prank(pharmacist.addr);
        drugs.disputeShipment(shipment, 3, REASON);
        vm.warp(lateAt);
        vm.expectRevert(
            abi.encodeWithSelector(E.ShipmentDisputeLate.selector, idOf(shipment), lateAt)
        );
        vm.prank(pharmacist.addr);
        drugs.disputeShipment(shipment, 3, REASON);
    }

    function test_revertsForOthersThanTheHolder() public {
        decommission(manufacturer.addr, 7, Reason.Lost);
        expectNotController(holder.addr, manufacturer.addr);
        _reinstate(manufacturer.addr, holder.addr, 7);
        expectNoAuthority(manufacturer.addr);
        _reinstate(manufacturer.addr, manufacturer.addr, 7);
    }

    function test_thePackOfAnotherIsBack() public {
        deliver(manufacturer.addr, distributor.addr, 1);
        deliver(manufacturer.addr, pharmacist.addr, 4);
        PackProof memory pack = packAt(7);
        vm.prank(holder.addr);
        drugs.flagPack(holder.addr, GTIN, manufacturer.addr, LOT_DIGEST, pack, Flag.Locked);
        for (uint256 i = uint256(Reason.Destroyed); i <= uint256(Reason.Lost); ++i) {
            decommission(distributor.addr, 7, Reason(i));
            assertEq(held(distributor.addr), 0);
            vm.expectEmit(true, true, true, true, address(drugs));
            emit V.PackRestored(lot, 7, holder.addr);
            _reinstate(holder.addr, holder.addr, 7);
            Pack memory back = drugs.packOf(lot, 7);
            assertTrue(back.reason == Reason.None && back.flag == Flag.Locked);
            assertEq(back.by, address(0));
            assertEq(back.decommissionedAt, 0);
            assertEq(held(distributor.addr), 1);
        }
        vm.prank(holder.addr);
        drugs.flagPack(holder.addr, GTIN, manufacturer.addr, LOT_DIGEST, pack, Flag.None);
        decommission(pharmacist.addr, 7, Reason.Dispensed);
    }

    function test_reinstatingRevertsForOtherPacks() public {
        vm.expectRevert(abi.encodeWithSelector(E.PackNotDecommissioned.selector, lot, 0));
        _reinstate(holder.addr, holder.addr, 0);
        deliver(manufacturer.addr, pharmacist.addr, 5);
        for (uint8 i = 1; i <= uint8(Reason.CheckedOut); ++i) {
            decommission(pharmacist.addr, i, Reason(i));
            vm.expectRevert(abi.encodeWithSelector(E.PackReasonInvalid.selector, Reason(i)));
            _reinstate(holder.addr, holder.addr, i);
        }
    }

    function _reinstate(address caller, address actor, uint256 index) private {
        vm.prank(caller);
        drugs.reinstatePack(actor, GTIN, manufacturer.addr, LOT_DIGEST, index);
    }

    function _permit(address maker, bool permitted) private {
        vm.prank(regulator.addr);
        drugs.permitMaker(regulator.addr, GTIN, maker, permitted);
    }

    function _partner(string memory name, Role role) private returns (address partner) {
        partner = makeWallet(name).addr;
        _accredit(partner, role);
    }
}
