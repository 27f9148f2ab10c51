// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {Roles} from "../../../contracts/accreditation/Role.sol";
import {IDrugProvenance} from "../../../contracts/drug/IDrugProvenance.sol";
import {Flag, Gtin, Lot, LotId, Pack, Reason} from "../../../contracts/drug/Lot.sol";
import {DrugProof} from "./DrugProof.sol";

/// @title Void lots, packs that end by their number, and ends undone by the holder, from any state
contract EndProofs is DrugProof {
    struct Named {
        Gtin gtin;
        address maker;
        bytes32 lotDigest;
    }

    /// @dev Only as its maker, only while all of it is there; then it is nobody's, and void, with every stop it had.
    function check_aLotIsVoidedWholeByItsMaker(
        address caller,
        Named calldata n,
        LotId other,
        address partner
    ) external {
        LotId lot = _lotOf(n);
        vm.assume(LotId.unwrap(other) != LotId.unwrap(lot) || partner != n.maker);
        Lot memory before = drugs.lotOf(lot);
        uint256 held = drugs.heldBy(lot, n.maker);
        uint256 elsewhere = drugs.heldBy(other, partner);
        vm.prank(caller);
        drugs.voidLot(n.maker, n.gtin, n.lotDigest, 0);
        assert(caller == identities.identityOwner(n.maker));
        assert(!before.voided && held == before.quantity);
        before.voided = true;
        assert(keccak256(abi.encode(drugs.lotOf(lot))) == keccak256(abi.encode(before)));
        assert(drugs.heldBy(lot, n.maker) == 0 && drugs.heldBy(other, partner) == elsewhere);
    }

    function check_voidIsForEver(
        address caller,
        uint8 act,
        address actor,
        Named calldata n,
        LotId lot,
        uint48 time
    ) external {
        vm.warp(time);
        vm.assume(drugs.lotOf(lot).voided && drugs.lotOf(lot).maker != address(0));
        vm.prank(caller);
        if (act == 0) drugs.releaseLot(actor, n.gtin, n.maker, n.lotDigest, 0);
        else if (act == 1) drugs.quarantineLot(actor, n.gtin, n.maker, n.lotDigest, 0);
        else if (act == 2) drugs.recallLot(actor, n.gtin, n.maker, n.lotDigest, 0);
        else if (act == 3) drugs.voidLot(actor, n.gtin, n.lotDigest, 0);
        else drugs.commissionLot(actor, n.gtin, n.lotDigest, type(uint48).max, 1, "root", 0);
        assert(drugs.lotOf(lot).voided);
    }

    /// @dev Dispensed, exported or sampled: of lots that are sound and by who may; the count leaves nobody else.
    function check_endingByNumberTakesFromTheCallersOwn(
        address caller,
        address partner,
        LotId lot,
        uint256 quantity,
        uint8 why,
        address other,
        uint48 time
    ) external {
        vm.warp(time);
        vm.assume(why <= uint8(type(Reason).max) && other != partner);
        (uint256 held, uint256 elsewhere) = (drugs.heldBy(lot, partner), drugs.heldBy(lot, other));
        Lot memory of_ = drugs.lotOf(lot);
        vm.prank(caller);
        drugs.decommissionQuantity(partner, lot, quantity, Reason(why), 0, 0);
        assert(caller == identities.identityOwner(partner) && quantity != 0 && why != 0);
        assert(held >= quantity && drugs.heldBy(lot, partner) == held - quantity);
        assert(drugs.heldBy(lot, other) == elsewhere);
        if (Reason(why) >= Reason.Destroyed) return;
        assert(!of_.recalled && !of_.voided && time < of_.expiry && !_isStopped(of_));
        if (Reason(why) == Reason.Dispensed) assert(_dispenses(partner));
    }

    function check_aVoidLotIsNeverDispensed(
        address caller,
        address partner,
        LotId lot,
        uint256 quantity,
        uint8 why,
        uint48 time
    ) external {
        vm.warp(time);
        vm.assume(why >= 1 && why <= uint8(Reason.CheckedOut));
        vm.assume(drugs.lotOf(lot).voided);
        bytes memory data = abi.encodeCall(
            IDrugProvenance.decommissionQuantity, (partner, lot, quantity, Reason(why), 0, 0)
        );
        assert(!passes(caller, address(drugs), data));
    }

    /// @dev Once: it is held again by who had ended it, its flag stays, and nothing is left to bring back.
    function check_aReinstatedPackCountsOnce(
        address caller,
        address holder,
        Named calldata n,
        uint256 index
    ) external {
        LotId lot = _lotOf(n);
        Pack memory before = drugs.packOf(lot, index);
        uint256 held = drugs.heldBy(lot, before.by);
        bytes memory data = abi.encodeCall(
            IDrugProvenance.reinstatePack, (holder, n.gtin, n.maker, n.lotDigest, index)
        );
        vm.assume(passes(caller, address(drugs), data));
        assert(caller == identities.identityOwner(holder));
        assert(holder == drugs.productOf(n.gtin).holder && before.reason >= Reason.Destroyed);
        Pack memory later = drugs.packOf(lot, index);
        assert(later.reason == Reason.None && later.by == address(0) && later.flag == before.flag);
        unchecked {
            assert(drugs.heldBy(lot, before.by) - held == 1);
        }
        assert(!passes(caller, address(drugs), data));
    }

    function witness_aLotIsVoided(address caller, Named calldata n) external {
        bytes memory data =
            abi.encodeCall(IDrugProvenance.voidLot, (n.maker, n.gtin, n.lotDigest, 0));
        assert(!passes(caller, address(drugs), data));
    }

    function witness_packsAreDispensedByNumber(
        address caller,
        address partner,
        LotId lot,
        uint256 quantity,
        uint48 time
    ) external {
        vm.warp(time);
        bytes memory data = abi.encodeCall(
            IDrugProvenance.decommissionQuantity, (partner, lot, quantity, Reason.Dispensed, 0, 0)
        );
        assert(!passes(caller, address(drugs), data));
    }

    function witness_aFlaggedPackIsReinstated(
        address caller,
        address holder,
        Named calldata n,
        uint256 index
    ) external {
        vm.assume(drugs.packOf(_lotOf(n), index).flag == Flag.Locked);
        bytes memory data = abi.encodeCall(
            IDrugProvenance.reinstatePack, (holder, n.gtin, n.maker, n.lotDigest, index)
        );
        assert(!passes(caller, address(drugs), data));
    }

    function _isStopped(Lot memory lot) private pure returns (bool) {
        return lot.quarantinedByMaker || lot.quarantinedByHolder || lot.quarantinedByRegulator;
    }

    function _dispenses(address partner) private view returns (bool) {
        return accreditations.isAccredited(partner, Roles.PHARMACY)
            || accreditations.isAccredited(partner, Roles.HOSPITAL);
    }

    function _lotOf(Named calldata n) private view returns (LotId) {
        return drugs.lotIdOf(n.gtin, n.maker, n.lotDigest);
    }
}
