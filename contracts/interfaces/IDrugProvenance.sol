// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {ISignedActs} from "./ISignedActs.sol";
import {
    Flag,
    Gtin,
    Lot,
    LotId,
    Pack,
    PackProof,
    Product,
    Reason,
    Shipment,
    ShipmentId,
    ShipmentState,
    ShipmentStatus
} from "../types/Lot.sol";

/// @title Where a pack of medicine has been
/// @notice Products bind a GTIN to its authorisation holder and makers; lots conserve their quantity: commissioned =
/// held by partners + in transit + decommissioned, always; a serial leaves the supply chain once. Medical devices and
/// supplies (UDI: GTIN, lot, serial) are items like medicines.
/// @dev Trust: nobody governs this contract. Roles come from the accreditation registry each time. That a partner holds
/// the very serials it decommissions stands in EPCIS events, not here: the contract counts packs and knows each serial's
/// end.
/// @dev Privacy: products, lots' quantities, trading partners and shipped quantities are public for ever; serials are
/// salted commitments until shown by whoever decommissions them, and then an index and a commitment.
interface IDrugProvenance is ISignedActs {
    event ProductRegistered(Gtin indexed gtin, address indexed regulator, address indexed holder);
    event ProductHolderChanged(Gtin indexed gtin, address indexed regulator, address indexed holder);
    event MakerPermitted(Gtin indexed gtin, address indexed maker, bool permitted);
    event LotCommissioned(
        LotId indexed lot,
        Gtin indexed gtin,
        address indexed maker,
        bytes32 lotDigest,
        uint256 expiry,
        uint256 quantity,
        bytes32 serialRoot,
        bytes32 eventHash
    );
    event LotShipped(LotId indexed lot, ShipmentId indexed shipment, address indexed from, Shipment details);
    event LotReceived(
        LotId indexed lot, ShipmentId indexed shipment, address indexed to, uint256 quantity, bytes32 eventHash
    );
    event ShipmentDisputed(
        LotId indexed lot, ShipmentId indexed shipment, address indexed by, uint256 counted, bytes32 reasonDigest
    );
    event ShipmentRejected(LotId indexed lot, ShipmentId indexed shipment, address indexed by, bytes32 reasonDigest);
    event ShipmentReturned(LotId indexed lot, ShipmentId indexed shipment, address indexed to, uint256 quantity);
    event ShipmentWrittenOff(
        LotId indexed lot, ShipmentId indexed shipment, address indexed by, uint256 quantity, Reason reason
    );
    event PackDecommissioned(LotId indexed lot, uint256 indexed index, address indexed by, Reason reason);
    event PackRestored(LotId indexed lot, uint256 indexed index, address indexed by);
    event PackFlagged(LotId indexed lot, uint256 indexed index, address indexed by, Flag flag);
    event LotQuarantined(LotId indexed lot, address indexed by, bytes32 reasonDigest);
    event LotReleased(LotId indexed lot, address indexed by, bytes32 reasonDigest);
    event LotRecalled(LotId indexed lot, address indexed by, bytes32 reasonDigest);
    event EventCorrected(
        LotId indexed lot, bytes32 indexed wrongEvent, address indexed by, bytes32 replacement, bytes32 reasonDigest
    );

    error NotRegulator(address identity);
    error NotTradingPartner(address identity);
    error NotProductAuthority(Gtin gtin, address identity);
    error GtinCheckDigit(Gtin gtin, uint256 expected);
    error ProductUnknown(Gtin gtin);
    error ProductExists(Gtin gtin);
    error ProductZeroHolder(Gtin gtin);
    error MakerNotPermitted(Gtin gtin, address maker);
    error LotUnknown(LotId lot);
    error LotExists(LotId lot);
    error LotZeroQuantity();
    error LotExpired(LotId lot, uint256 expiry);
    error LotIsRecalled(LotId lot);
    error LotIsQuarantined(LotId lot);
    error LotNotQuarantined(LotId lot);
    error LotInsufficient(LotId lot, address partner, uint256 held, uint256 wanted);
    error ShipmentExists(ShipmentId shipment);
    error ShipmentToSelf(address partner);
    error ShipmentZeroQuantity();
    error ShipmentWrongStatus(ShipmentId shipment, ShipmentStatus status);
    error ShipmentOverage(ShipmentId shipment, uint256 inTransit, uint256 counted);
    error PackNotInLot(LotId lot, uint256 index);
    error PackDecommissionedAlready(LotId lot, uint256 index, address by, uint256 at, Reason reason);
    error PackNotDecommissioned(LotId lot, uint256 index);
    error PackIsFlagged(LotId lot, uint256 index, Flag flag);
    error PackReasonInvalid(Reason reason);
    error PackUndoClosed(LotId lot, uint256 index, uint256 closedAt);
    error PackUndoNotSameParty(LotId lot, uint256 index, address by);
    error PackBatchEmpty();

    /// @notice Seconds within which a reversible decommissioning can be undone (ten days, EU 2016/161 article 13).
    function UNDO_WINDOW() external view returns (uint256);

    // Reads ---------------------------------------------------------------------------------------------------------

    function lotIdOf(Gtin gtin, bytes32 lotDigest) external pure returns (LotId);

    function shipmentIdOf(Shipment calldata shipment) external pure returns (ShipmentId);

    function productOf(Gtin gtin) external view returns (Product memory);

    function isMaker(Gtin gtin, address maker) external view returns (bool);

    function lotOf(LotId lot) external view returns (Lot memory);

    /// @notice Packs of `lot` in `partner`'s custody.
    function heldBy(LotId lot, address partner) external view returns (uint256);

    function shipmentOf(ShipmentId shipment) external view returns (ShipmentState memory);

    function packOf(LotId lot, uint256 index) external view returns (Pack memory);

    /// @notice Whether a commitment stands at an index of a lot's tree.
    function verifyPack(LotId lot, PackProof calldata pack) external view returns (bool);

    // Products: regulators ------------------------------------------------------------------------------------------

    /// @notice Bind `gtin` to its authorisation holder and the makers that may commission it.
    function registerProduct(address regulator, Gtin gtin, address holder, address[] calldata makers) external;

    /// @notice Give the authorisation to another holder. By the regulator that registered the product, or by any other
    /// once that one is no longer accredited.
    function changeHolder(address regulator, Gtin gtin, address holder) external;

    /// @notice Permit a maker, or no longer. By the same regulators.
    function permitMaker(address regulator, Gtin gtin, address maker, bool permitted) external;

    // Lots: makers --------------------------------------------------------------------------------------------------

    /// @notice Bring a lot of any size into being, in its maker's custody.
    /// @param expiry Unix seconds from which it may no longer be dispensed or moved forward.
    /// @param eventHash CBV 2.0 hash of the EPCIS commissioning event.
    function commissionLot(
        address maker,
        Gtin gtin,
        bytes32 lotDigest,
        uint256 expiry,
        uint256 quantity,
        bytes32 serialRoot,
        bytes32 eventHash
    ) external returns (LotId);

    // Custody: trading partners -------------------------------------------------------------------------------------

    /// @notice Hand packs over: they leave `shipment.from`'s custody and are in transit until the consignee acts.
    /// @dev A recalled, quarantined or expired lot goes only to its maker or the product's authorisation holder; those
    /// two are found through `gtin` and `lotDigest`, the opening of the lot's id.
    function shipLot(Shipment calldata shipment, Gtin gtin, bytes32 lotDigest) external returns (ShipmentId);

    /// @notice Take `counted` packs into custody. Fewer than shipped leaves the rest in transit, disputed; more is
    /// refused: report it with `disputeShipment`.
    function receiveLot(
        Shipment calldata shipment,
        Gtin gtin,
        bytes32 lotDigest,
        uint256 counted,
        bytes32 eventHash
    ) external;

    /// @notice Say, as the consignee, that what came is not what was shipped.
    function disputeShipment(Shipment calldata shipment, uint256 counted, bytes32 reasonDigest) external;

    /// @notice Send back, as the consignee, what is still in transit. It stays in transit until the sender takes it.
    function rejectShipment(Shipment calldata shipment, bytes32 reasonDigest) external;

    /// @notice Take back, as the sender, what the consignee rejected.
    function takeBackShipment(Shipment calldata shipment) external;

    /// @notice Write off, as the sender, what is still in transit as destroyed, stolen or lost.
    function writeOffShipment(Shipment calldata shipment, Reason reason) external;

    // Packs ---------------------------------------------------------------------------------------------------------

    /// @notice Take one pack out of the supply chain, once.
    function decommissionPack(address partner, LotId lot, PackProof calldata pack, Reason reason) external;

    /// @notice Take many packs of a lot out of the supply chain; all of them or none.
    function decommissionPacks(address partner, LotId lot, PackProof[] calldata packs, Reason reason) external;

    /// @notice Undo, as the party that did it and within `UNDO_WINDOW`, a reversible decommissioning.
    function restorePack(address partner, LotId lot, uint256 index) external;

    /// @notice Lock a pack, unlock it (`Flag.None`), or mark it stolen for ever, as the authorisation holder and without
    /// custody. A locked pack goes nowhere until unlocked; a stolen one can only be decommissioned as stolen or
    /// destroyed by whoever has it.
    function flagPack(address holder, Gtin gtin, bytes32 lotDigest, PackProof calldata pack, Flag flag) external;

    // Lots: safety --------------------------------------------------------------------------------------------------

    /// @notice Stop a lot for a while: by its maker, the authorisation holder, or a regulator.
    function quarantineLot(address actor, Gtin gtin, bytes32 lotDigest, bytes32 reasonDigest) external;

    /// @notice Let it go again; regulators release what a regulator stopped, maker and holder what they stopped.
    function releaseLot(address actor, Gtin gtin, bytes32 lotDigest, bytes32 reasonDigest) external;

    /// @notice Call a lot back for ever, whatever its size: by its maker, the authorisation holder, or a regulator.
    function recallLot(address actor, Gtin gtin, bytes32 lotDigest, bytes32 reasonDigest) external;

    /// @notice Say that an earlier event was wrong and which one replaces it; nothing is deleted.
    /// @dev Readers believe a correction only when `actor` is who reported the wrong event.
    function correctEvent(address actor, LotId lot, bytes32 wrongEvent, bytes32 replacement, bytes32 reasonDigest)
        external;
}
