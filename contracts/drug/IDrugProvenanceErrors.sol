// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {Flag, Gtin, LotId, Reason, ShipmentId, ShipmentStatus} from "./Lot.sol";

/// @title Why DrugProvenance refuses
interface IDrugProvenanceErrors {
    /// @notice Only an accredited regulator may.
    error NotRegulator(address identity);

    /// @notice Only an accredited hospital, pharmacy, manufacturer or distributor may hold medicines.
    error NotTradingPartner(address identity);

    /// @notice Only an accredited pharmacy or hospital dispenses.
    error NotDispenser(address identity);

    /// @notice `identity` does not speak for the product here: see the function for who does.
    error NotProductAuthority(Gtin gtin, address identity);

    /// @notice Not a GTIN-14: zero, or more than fourteen digits.
    error GtinOutOfRange(Gtin gtin);

    /// @notice The last digit is not `expected`, the mod-10 check digit of the others: a digit was misread.
    error GtinCheckDigit(Gtin gtin, uint256 expected);

    /// @notice No regulator registered this GTIN.
    error ProductUnknown(Gtin gtin);
    error ProductExists(Gtin gtin);
    error ProductZeroHolder(Gtin gtin);

    /// @notice No regulator permitted `maker` to commission this GTIN.
    error MakerNotPermitted(Gtin gtin, address maker);

    /// @notice The maker is not accredited as a manufacturer now.
    error MakerNotAccredited(address maker);
    error LotUnknown(LotId lot);
    error LotExists(LotId lot);

    /// @notice `gtin` and `lotDigest` are not those of the lot.
    error LotOpeningWrong(LotId lot);
    error LotZeroQuantity();
    error LotTooLarge(uint256 quantity, uint256 most);

    /// @notice No list of serials has the root zero: the caller has left it out.
    error LotZeroRoot();

    /// @notice The expiry is no date in seconds: milliseconds, perhaps.
    error LotExpiryTooFar(uint256 expiry, uint256 most);
    error LotExpired(LotId lot, uint256 expiry);
    error LotIsRecalled(LotId lot);
    error LotIsQuarantined(LotId lot);

    /// @notice Nothing stops the lot that the caller may release.
    error LotNotQuarantined(LotId lot);

    /// @notice `partner` holds fewer packs of the lot than it wants to move or take out.
    error LotInsufficient(LotId lot, address partner, uint256 held, uint256 wanted);

    /// @notice An equal shipment was made already: each has its own EPCIS event.
    error ShipmentExists(ShipmentId shipment);
    error ShipmentToSelf(address partner);
    error ShipmentZeroQuantity();

    /// @notice The shipment is unknown (status None), or where it stands this is not possible.
    error ShipmentWrongStatus(ShipmentId shipment, ShipmentStatus status);

    /// @notice More was counted than is in transit: receive what was shipped and dispute the rest.
    error ShipmentOverage(ShipmentId shipment, uint256 inTransit, uint256 counted);

    /// @notice The consignee has until `overdueAt` to act; then its sender may.
    error ShipmentNotOverdue(ShipmentId shipment, uint256 overdueAt);

    /// @notice The commitment does not stand at `index` of the lot's tree: a counterfeit, or a wrong proof.
    error PackNotInLot(LotId lot, uint256 index);

    /// @notice The pack left the supply chain before: `by` whom, when and why.
    error PackDecommissionedAlready(
        LotId lot, uint256 index, address by, uint256 decommissionedAt, Reason reason
    );
    error PackNotDecommissioned(LotId lot, uint256 index);

    /// @notice The authorisation holder has locked the pack, or marked it stolen for ever.
    error PackIsFlagged(LotId lot, uint256 index, Flag flag);
    error PackFlagUnchanged(LotId lot, uint256 index, Flag flag);

    /// @notice This reason cannot be given here.
    error PackReasonInvalid(Reason reason);

    /// @notice A decommissioning for this reason cannot be undone.
    error PackReasonFinal(LotId lot, uint256 index, Reason reason);
    error PackUndoClosed(LotId lot, uint256 index, uint256 closedAt);

    /// @notice Only `by`, who decommissioned the pack, can undo it.
    error PackUndoNotSameParty(LotId lot, uint256 index, address by);
    error PackBatchEmpty();
}
