// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {Flag, Gtin, LotId, Reason, ShipmentId, ShipmentStatus} from "./Lot.sol";

/// @title What DrugProvenance refuses
interface IDrugProvenanceErrors {
    /// @notice Thrown when `identity` is not accredited as a regulator now.
    error NotRegulator(address identity);
    /// @notice Thrown when `identity` is not accredited now for a role that may hold medicines.
    error NotTradingPartner(address identity);
    /// @notice Thrown when `identity` is not accredited now as a pharmacy or hospital, which alone dispense.
    error NotDispenser(address identity);
    /// @notice Thrown when `identity` does not speak for the product here: see the function for who does.
    error NotProductAuthority(Gtin gtin, address identity);
    /// @notice Thrown when the number is not a GTIN-14: zero, or more than fourteen digits.
    error GtinOutOfRange(Gtin gtin);
    /// @notice Thrown when the last digit is not `expected`, the mod-10 check digit of the others: a digit was misread.
    error GtinCheckDigit(Gtin gtin, uint256 expected);
    /// @notice Thrown when no regulator registered this GTIN.
    error ProductUnknown(Gtin gtin);
    /// @notice Thrown when the GTIN is registered already.
    error ProductExists(Gtin gtin);
    /// @notice Thrown when the authorisation holder is address zero.
    error ProductZeroHolder(Gtin gtin);
    /// @notice Thrown when no regulator permitted `maker` to commission this GTIN.
    error MakerNotPermitted(Gtin gtin, address maker);
    /// @notice Thrown when the maker is not accredited as a manufacturer now.
    error MakerNotAccredited(address maker);
    /// @notice Thrown when the lot was never commissioned.
    error LotUnknown(LotId lot);
    /// @notice Thrown when the maker has commissioned this lot number before.
    error LotExists(LotId lot);
    /// @notice Thrown when its maker declared the lot void: its number stays spent.
    error LotIsVoid(LotId lot);
    /// @notice Thrown when a lot is declared void of which its maker no longer holds all packs.
    error LotHasLeft(LotId lot, uint256 held, uint256 quantity);
    /// @notice Thrown when `gtin` and `lotDigest` are not those of the lot.
    error LotOpeningWrong(LotId lot);
    /// @notice Thrown when a lot is of no packs.
    error LotZeroQuantity();
    /// @notice Thrown when a lot is of more packs than `most`.
    error LotTooLarge(uint256 quantity, uint256 most);
    /// @notice Thrown when the root is zero, which no list of serials has: the caller has left it out.
    error LotZeroRoot();
    /// @notice Thrown when the expiry is not a date in seconds: milliseconds, perhaps.
    error LotExpiryTooFar(uint256 expiry, uint256 most);
    /// @notice Thrown when the lot has expired: it goes back or is destroyed.
    error LotExpired(LotId lot, uint256 expiry);
    /// @notice Thrown when the lot is recalled: it goes back or is destroyed.
    error LotIsRecalled(LotId lot);
    /// @notice Thrown when the lot is stopped for now.
    error LotIsQuarantined(LotId lot);
    /// @notice Thrown when nothing stops the lot that the caller may release.
    error LotNotQuarantined(LotId lot);
    /// @notice Thrown when a range ends before it begins, or beyond the lot's `quantity` packs.
    error RangeInvalid(LotId lot, uint40 first, uint40 last, uint256 quantity);
    /// @notice Thrown when this very range is recalled, or stopped like this already: `stops` as in `stopsAt`.
    error RangeIsStopped(LotId lot, uint40 first, uint40 last, uint8 stops);
    /// @notice Thrown when nothing stops a range of these very bounds that the caller may release.
    error RangeNotQuarantined(LotId lot, uint40 first, uint40 last);
    /// @notice Thrown when a lot has three stopped ranges: release one, or stop the lot.
    error RangesTooMany(LotId lot);
    /// @notice Thrown when `partner` holds fewer packs of the lot than it wants to move or take out.
    error LotInsufficient(LotId lot, address partner, uint256 held, uint256 wanted);
    /// @notice Thrown when an equal shipment was made already: each has its own EPCIS event.
    error ShipmentExists(ShipmentId shipment);
    /// @notice Thrown when sender and consignee are the same.
    error ShipmentToSelf(address partner);
    /// @notice Thrown when a shipment or a receipt is of no packs.
    error ShipmentZeroQuantity();
    /// @notice Thrown when the shipment is unknown (status None), or where it stands this is not possible.
    error ShipmentWrongStatus(ShipmentId shipment, ShipmentStatus status);
    /// @notice Thrown when more was counted than is in transit: receive what was shipped and dispute the rest.
    error ShipmentOverage(ShipmentId shipment, uint256 inTransit, uint256 counted);
    /// @notice Thrown when the sender acts before `overdueAt`: until then the consignee may.
    error ShipmentNotOverdue(ShipmentId shipment, uint256 overdueAt);
    /// @notice Thrown when a closed shipment is disputed at `lateAt` or later.
    error ShipmentDisputeLate(ShipmentId shipment, uint256 lateAt);
    /// @notice Thrown when a call names no shipments.
    error ShipmentBatchEmpty();
    /// @notice Thrown when the shipment at `place` of a call is not of the same parties as the first.
    error ShipmentBatchMixed(uint256 place);
    /// @notice Thrown when the commitment does not stand at `index` of the lot's tree: a counterfeit, or a wrong proof.
    error PackNotInLot(LotId lot, uint256 index);
    /// @notice Thrown when the pack left the supply chain before: `by` whom, when and why.
    error PackDecommissionedAlready(
        LotId lot, uint256 index, address by, uint256 decommissionedAt, Reason reason
    );
    /// @notice Thrown when there is nothing to undo.
    error PackNotDecommissioned(LotId lot, uint256 index);
    /// @notice Thrown when the pack stands in a stopped range of its lot: `stops` as in `stopsAt`.
    error PackIsStopped(LotId lot, uint256 index, uint8 stops);
    /// @notice Thrown when the authorisation holder has locked the pack, or marked it stolen permanently.
    error PackIsFlagged(LotId lot, uint256 index, Flag flag);
    /// @notice Thrown when the pack is flagged like this already.
    error PackFlagUnchanged(LotId lot, uint256 index, Flag flag);
    /// @notice Thrown when this reason cannot be given here.
    error PackReasonInvalid(Reason reason);
    /// @notice Thrown when a decommissioning for this reason cannot be undone.
    error PackReasonFinal(LotId lot, uint256 index, Reason reason);
    /// @notice Thrown when a decommissioning is undone at `closedAt` or later.
    error PackUndoClosed(LotId lot, uint256 index, uint256 closedAt);
    /// @notice Thrown when another than `by`, who decommissioned the pack, undoes it.
    error PackUndoNotSameParty(LotId lot, uint256 index, address by);
    /// @notice Thrown when packs are ended by their number in a lot of which some are stopped: show each.
    error PackNotShown(LotId lot);
    /// @notice Thrown when a batch is of no packs.
    error PackBatchEmpty();
}
