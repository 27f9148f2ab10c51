// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {Roles} from "../../../contracts/accreditation/Role.sol";
import {IDrugProvenance} from "../../../contracts/drug/IDrugProvenance.sol";
import {
    Gtin,
    Lot,
    LotId,
    Reason,
    Shipment,
    ShipmentId,
    ShipmentState,
    ShipmentStatus
} from "../../../contracts/drug/Lot.sol";
import {DrugProof} from "./DrugProof.sol";

/// @title Lots: what one act does to the packs held and in transit, from any state
/// @notice Conservation by step: what an act takes in one place it puts in another, and nowhere else is anything moved. A
/// shipment of no status has nothing in transit, as in every state that acts can reach.
contract LotProofs is DrugProof {
    /// @dev Any other partner, lot and shipment, which no act may touch.
    struct Bystander {
        LotId lot;
        address partner;
        ShipmentId shipment;
    }

    struct Commission {
        address maker;
        Gtin gtin;
        bytes32 lotDigest;
        uint256 expiry;
        uint256 quantity;
        bytes32 root;
    }

    function check_commissioningCreditsTheMakerOnce(
        address caller,
        Commission calldata c,
        Bystander calldata other,
        uint48 time
    ) external {
        vm.warp(time);
        vm.assume(c.maker != address(0));
        LotId lot = drugs.lotIdOf(c.gtin, c.maker, c.lotDigest);
        vm.assume(LotId.unwrap(other.lot) != LotId.unwrap(lot) || other.partner != c.maker);
        uint256 held = drugs.heldBy(lot, c.maker);
        (uint256 elsewhere, uint256 under) = _elsewhere(other);
        bool isItsMaker = drugs.isMaker(c.gtin, c.maker);
        vm.assume(passes(caller, address(drugs), _dataOf(c)));
        assert(isItsMaker && caller == identities.identityOwner(c.maker));
        unchecked {
            assert(drugs.heldBy(lot, c.maker) - held == c.quantity);
        }
        assert(drugs.lotOf(lot).quantity == c.quantity && c.quantity != 0);
        _untouched(other, elsewhere, under);
        assert(!passes(caller, address(drugs), _dataOf(c)));
    }

    function check_shippingMovesFromHeldToTransit(
        address caller,
        Shipment calldata s,
        Gtin gtin,
        bytes32 lotDigest,
        Bystander calldata other,
        uint48 time
    ) external {
        vm.warp(time);
        ShipmentId id = drugs.shipmentIdOf(s);
        _apart(other, s.lot, s.from, id);
        uint256 held = drugs.heldBy(s.lot, s.from);
        (uint256 elsewhere, uint256 under) = _elsewhere(other);
        vm.prank(caller);
        drugs.shipLot(s, gtin, lotDigest);
        assert(caller == identities.identityOwner(s.from) && s.quantity != 0);
        assert(held >= s.quantity && drugs.heldBy(s.lot, s.from) == held - s.quantity);
        assert(drugs.shipmentOf(id).inTransit == s.quantity);
        assert(drugs.shipmentOf(id).status == ShipmentStatus.InTransit);
        _untouched(other, elsewhere, under);
    }

    function check_receivingMovesFromTransitToHeld(
        address caller,
        Shipment calldata s,
        Gtin gtin,
        bytes32 lotDigest,
        uint256 counted,
        Bystander calldata other,
        uint48 time
    ) external {
        vm.warp(time);
        ShipmentId id = drugs.shipmentIdOf(s);
        _apart(other, s.lot, s.to, id);
        uint256 held = drugs.heldBy(s.lot, s.to);
        uint256 transit = drugs.shipmentOf(id).inTransit;
        (uint256 elsewhere, uint256 under) = _elsewhere(other);
        vm.prank(caller);
        drugs.receiveLot(s, gtin, lotDigest, counted, 0);
        assert(caller == identities.identityOwner(s.to) && counted != 0 && counted <= transit);
        assert(drugs.shipmentOf(id).inTransit == transit - counted);
        unchecked {
            assert(drugs.heldBy(s.lot, s.to) - held == counted);
        }
        _untouched(other, elsewhere, under);
    }

    function check_takingBackMovesFromTransitToHeld(
        address caller,
        Shipment calldata s,
        Bystander calldata other,
        uint48 time
    ) external {
        vm.warp(time);
        ShipmentId id = drugs.shipmentIdOf(s);
        _apart(other, s.lot, s.from, id);
        uint256 held = drugs.heldBy(s.lot, s.from);
        ShipmentState memory before = drugs.shipmentOf(id);
        (uint256 elsewhere, uint256 under) = _elsewhere(other);
        vm.prank(caller);
        drugs.takeBackShipment(s);
        assert(caller == identities.identityOwner(s.from) && before.inTransit != 0);
        bool overdue = time >= uint256(before.shippedAt) + 90 days;
        assert(before.status == ShipmentStatus.Rejected || overdue);
        assert(drugs.shipmentOf(id).inTransit == 0);
        unchecked {
            assert(drugs.heldBy(s.lot, s.from) - held == before.inTransit);
        }
        _untouched(other, elsewhere, under);
    }

    function check_writingOffEndsWhatIsInTransitAndNothingElse(
        address caller,
        Shipment calldata s,
        uint8 why,
        Bystander calldata other,
        uint48 time
    ) external {
        vm.warp(time);
        vm.assume(why <= uint8(type(Reason).max));
        ShipmentId id = drugs.shipmentIdOf(s);
        vm.assume(ShipmentId.unwrap(other.shipment) != ShipmentId.unwrap(id));
        (uint256 elsewhere, uint256 under) = _elsewhere(other);
        vm.prank(caller);
        drugs.writeOffShipment(s, Reason(why));
        assert(caller == identities.identityOwner(s.from) && Reason(why) >= Reason.Destroyed);
        assert(drugs.shipmentOf(id).inTransit == 0);
        assert(drugs.shipmentOf(id).status == ShipmentStatus.Closed);
        _untouched(other, elsewhere, under);
    }

    function check_aRecalledLotMovesNowhereButBack(
        address caller,
        Shipment calldata s,
        Gtin gtin,
        bytes32 lotDigest,
        bool receives,
        uint256 counted,
        uint48 time
    ) external {
        vm.warp(time);
        Lot memory lot = drugs.lotOf(s.lot);
        vm.assume(lot.recalled || time >= lot.expiry);
        vm.prank(caller);
        if (receives) drugs.receiveLot(s, gtin, lotDigest, counted, 0);
        else drugs.shipLot(s, gtin, lotDigest);
        assert(LotId.unwrap(drugs.lotIdOf(gtin, lot.maker, lotDigest)) == LotId.unwrap(s.lot));
        assert(
            s.to == lot.maker || s.to == drugs.productOf(gtin).holder
                || accreditations.isAccredited(s.to, Roles.RETURNS_PROCESSOR)
        );
    }

    function witness_aRecalledLotIsShippedBack(
        address caller,
        Shipment calldata s,
        Gtin gtin,
        bytes32 lotDigest
    ) external {
        vm.assume(drugs.lotOf(s.lot).recalled);
        bytes memory data = abi.encodeCall(IDrugProvenance.shipLot, (s, gtin, lotDigest));
        assert(!passes(caller, address(drugs), data));
    }

    function witness_aShipmentIsReceivedInPart(
        address caller,
        Shipment calldata s,
        Gtin gtin,
        bytes32 lotDigest,
        uint256 counted
    ) external {
        ShipmentId id = drugs.shipmentIdOf(s);
        vm.prank(caller);
        drugs.receiveLot(s, gtin, lotDigest, counted, 0);
        assert(drugs.shipmentOf(id).inTransit == 0);
    }

    function witness_aLotIsCommissioned(address caller, Commission calldata c, uint48 time)
        external
    {
        vm.warp(time);
        vm.assume(c.maker != address(0));
        assert(!passes(caller, address(drugs), _dataOf(c)));
    }

    function witness_aShipmentIsTakenBackOrWrittenOff(
        address caller,
        Shipment calldata s,
        bool back
    ) external {
        ShipmentId id = drugs.shipmentIdOf(s);
        vm.assume(drugs.shipmentOf(id).inTransit != 0);
        vm.prank(caller);
        if (back) drugs.takeBackShipment(s);
        else drugs.writeOffShipment(s, Reason.Lost);
        assert(drugs.shipmentOf(id).inTransit != 0);
    }

    function check_recalledIsForEver(
        address caller,
        uint8 act,
        address actor,
        Gtin gtin,
        address maker,
        bytes32 lotDigest,
        LotId lot,
        uint48 time
    ) external {
        vm.warp(time);
        vm.assume(drugs.lotOf(lot).recalled && drugs.lotOf(lot).maker != address(0));
        vm.prank(caller);
        if (act == 0) drugs.releaseLot(actor, gtin, maker, lotDigest, 0);
        else if (act == 1) drugs.quarantineLot(actor, gtin, maker, lotDigest, 0);
        else if (act == 2) drugs.recallLot(actor, gtin, maker, lotDigest, 0);
        else drugs.commissionLot(actor, gtin, lotDigest, type(uint48).max, 1, "root", 0);
        assert(drugs.lotOf(lot).recalled);
    }

    function _dataOf(Commission calldata c) private pure returns (bytes memory) {
        return abi.encodeCall(
            IDrugProvenance.commissionLot,
            (c.maker, c.gtin, c.lotDigest, c.expiry, c.quantity, c.root, "event")
        );
    }

    function _apart(Bystander calldata other, LotId lot, address partner, ShipmentId id)
        private
        pure
    {
        vm.assume(LotId.unwrap(other.lot) != LotId.unwrap(lot) || other.partner != partner);
        vm.assume(ShipmentId.unwrap(other.shipment) != ShipmentId.unwrap(id));
    }

    function _elsewhere(Bystander calldata other) private view returns (uint256, uint256) {
        return (drugs.heldBy(other.lot, other.partner), drugs.shipmentOf(other.shipment).inTransit);
    }

    function _untouched(Bystander calldata other, uint256 held, uint256 transit) private view {
        assert(drugs.heldBy(other.lot, other.partner) == held);
        assert(drugs.shipmentOf(other.shipment).inTransit == transit);
    }
}
