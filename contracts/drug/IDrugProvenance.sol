// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {ISignedActs} from "../shared/ISignedActs.sol";
import {IDrugProvenanceErrors} from "./IDrugProvenanceErrors.sol";
import {IDrugProvenanceEvents} from "./IDrugProvenanceEvents.sol";
import {
    Flag,
    Gtin,
    Lot,
    LotId,
    Pack,
    PackProof,
    Product,
    Range,
    Reason,
    ReceiptLine,
    Shipment,
    ShipmentId,
    ShipmentLine,
    ShipmentState
} from "./Lot.sol";

/// @title Where a pack of medicine has been
/// @notice Products bind a GTIN to its authorisation holder and makers; lots conserve their quantity: commissioned =
/// held by partners + in transit + decommissioned, always, or nothing of a void lot; a serial that is shown leaves the
/// supply chain once. Medical devices and supplies (UDI: GTIN, lot, serial) are items like medicines.
/// @dev Every act names the identity that acts; the caller must control it. The acts are institutions': none has a
/// signed twin.
/// @dev Trust: nobody governs this contract. Roles come from the accreditation registry each time. That a partner holds
/// the very serials it decommissions stands in EPCIS events, not here: the contract counts packs and knows each serial's
/// end. A regulator is trusted with every lot's safety and with the products it registered; a maker's or holder's key
/// can recall its own lots for ever.
/// @dev Privacy: products, lots' quantities, trading partners and shipped quantities are public for ever; serials are
/// salted commitments until shown by whoever decommissions them, and then an index and a commitment.
interface IDrugProvenance is IDrugProvenanceEvents, IDrugProvenanceErrors, ISignedActs {
    /// @notice Seconds within which a reversible decommissioning can be undone (ten days, EU 2016/161 article 13).
    function UNDO_WINDOW() external view returns (uint256);

    /// @notice Seconds after shipping from which a sender may act on a shipment that its consignee left in transit. Longer than
    /// sea freight takes.
    function TRANSIT_LIMIT() external view returns (uint256);

    /// @notice Seconds after shipping until which a consignee may dispute a shipment that is closed.
    function DISPUTE_LIMIT() external view returns (uint256);

    /// @notice keccak256(abi.encode(gtin, maker, lotDigest)).
    function lotIdOf(Gtin gtin, address maker, bytes32 lotDigest) external pure returns (LotId);

    /// @notice keccak256(abi.encode(shipment)).
    function shipmentIdOf(Shipment calldata shipment) external pure returns (ShipmentId);

    /// @notice A product; all zero when nobody registered it.
    function productOf(Gtin gtin) external view returns (Product memory);

    /// @notice Whether `maker` may commission lots of `gtin`, being accredited as a manufacturer.
    function isMaker(Gtin gtin, address maker) external view returns (bool);

    /// @notice A lot; all zero when nobody commissioned it.
    function lotOf(LotId lot) external view returns (Lot memory);

    /// @notice What stops the pack at a place: its lot's stops and those of the ranges that it stands in, as bits
    /// added: 1 recalled, 2, 4 and 8 quarantined by maker, holder and regulator.
    function stopsAt(LotId lot, uint256 index) external view returns (uint8 stops);

    /// @notice Packs of `lot` in `partner`'s custody.
    function heldBy(LotId lot, address partner) external view returns (uint256);

    /// @notice Where a shipment stands; all zero when there is none.
    function shipmentOf(ShipmentId shipment) external view returns (ShipmentState memory);

    /// @notice How a pack left the supply chain, and what its authorisation holder says of it; all zero otherwise.
    function packOf(LotId lot, uint256 index) external view returns (Pack memory);

    /// @notice Whether a commitment stands at an index of a lot's tree.
    function verifyPack(LotId lot, PackProof calldata pack) external view returns (bool);

    // Products: regulators ------------------------------------------------------------------------------------------

    /// @notice Bind `gtin` to its authorisation holder and the makers that may commission it.
    function registerProduct(
        address regulator,
        Gtin gtin,
        address holder,
        address[] calldata makers
    ) external;

    /// @notice Give the authorisation to another holder. By the regulator that registered the product, or by any other
    /// while that one is not accredited.
    function changeHolder(address regulator, Gtin gtin, address holder) external;

    /// @notice Permit a maker, or no longer. By the same regulators. Lots that it has commissioned stay;
    /// a maker no longer permitted neither commissions, stops, releases nor recalls.
    function permitMaker(address regulator, Gtin gtin, address maker, bool permitted) external;

    // Lots: makers --------------------------------------------------------------------------------------------------

    /// @notice Bring a lot of any size, up to 2^40 - 1 packs, into being, in its maker's custody.
    /// @param expiry Unix seconds from which it may no longer be dispensed or moved forward; items that never expire
    /// say 2^48 - 1.
    /// @param lotDigest Digest of the lot number, which is the maker's own: two makers of one product have each their lot.
    /// @param eventHash CBV 2.0 hash of the EPCIS commissioning event.
    /// @dev Warning: that the tree under `serialRoot` has `quantity` leaves, all different serials, is the maker's word.
    function commissionLot(
        address maker,
        Gtin gtin,
        bytes32 lotDigest,
        uint256 expiry,
        uint256 quantity,
        bytes32 serialRoot,
        bytes32 eventHash
    ) external returns (LotId);

    /// @notice Declare void, as its maker and while it holds all of it, a lot that was commissioned by mistake. Its packs
    /// are nobody's any more, and its number stays spent.
    function voidLot(address maker, Gtin gtin, bytes32 lotDigest, bytes32 reasonDigest) external;

    // Custody: trading partners -------------------------------------------------------------------------------------

    /// @notice Hand packs over: they leave `shipment.from`'s custody and are in transit until the consignee acts.
    /// @dev Both are accredited trading partners. A recalled, quarantined or expired lot goes only back: to its maker or
    /// the product's authorisation holder, found through `gtin` and `lotDigest`, which open the lot's id with its maker,
    /// or to an accredited returns processor. A sender whose accreditation has ended may still send back.
    function shipLot(Shipment calldata shipment, Gtin gtin, bytes32 lotDigest)
        external
        returns (ShipmentId);

    /// @notice Ship many lots from one sender to one consignee; all of them or none. Each is a shipment of its own; those
    /// of one despatch name one EPCIS event.
    function shipLots(ShipmentLine[] calldata lines) external;

    /// @notice Take `counted` packs into custody, as the consignee, accredited still. Fewer than shipped leaves the rest
    /// in transit, disputed; more is refused: receive what was shipped and report the rest with `disputeShipment`.
    /// @dev What was recalled, quarantined or has expired on its way is received by maker, authorisation holder and
    /// returns processors only; others reject it or, in quarantine, wait.
    function receiveLot(
        Shipment calldata shipment,
        Gtin gtin,
        bytes32 lotDigest,
        uint256 counted,
        bytes32 eventHash
    ) external;

    /// @notice Receive many shipments as their one consignee, by one EPCIS event; all of them or none.
    function receiveLots(ReceiptLine[] calldata lines, bytes32 eventHash) external;

    /// @notice Say, as the consignee, that what came is not what was shipped. Of a closed shipment it changes
    /// nothing, and until `DISPUTE_LIMIT` only.
    /// @dev Warning: what is disputed its sender may write off. Receive first what is there.
    function disputeShipment(Shipment calldata shipment, uint256 counted, bytes32 reasonDigest)
        external;

    /// @notice Send back, as the consignee, what is still in transit. It stays in transit until the sender takes it.
    function rejectShipment(Shipment calldata shipment, bytes32 reasonDigest) external;

    /// @notice Take back, as the sender, what the consignee rejected, or has not received for `TRANSIT_LIMIT`.
    function takeBackShipment(Shipment calldata shipment) external;

    /// @notice Write off, as the sender, what is still in transit as destroyed, stolen or lost, when the consignee
    /// disputed or rejected it, or has not received it for `TRANSIT_LIMIT`.
    function writeOffShipment(Shipment calldata shipment, Reason reason) external;

    // Packs ---------------------------------------------------------------------------------------------------------

    /// @notice Take one pack out of the supply chain, once.
    /// @dev Dispensed by an accredited pharmacy or hospital, Exported and Sample by an accredited trading partner, and of
    /// a lot neither recalled, quarantined nor expired, and a pack that is not flagged. Destroyed, Stolen and Lost by
    /// any partner that holds packs of the lot, always.
    function decommissionPack(address partner, LotId lot, PackProof calldata pack, Reason reason)
        external;

    /// @notice Take many packs of a lot out of the supply chain; all of them or none.
    function decommissionPacks(
        address partner,
        LotId lot,
        PackProof[] calldata packs,
        Reason reason
    ) external;

    /// @notice Take packs of a lot out of the supply chain by their number, permanently: destroyed after a recall, say, or
    /// dispensed and shown in an anchored stream. By the rules of `decommissionPack`; of a lot with stopped ranges for
    /// final reasons only.
    /// @param contentsRoot RFC 9162 root over the serial commitments of these packs, or over the stream that shows them.
    /// @param eventHash CBV 2.0 hash of the EPCIS event that names them.
    /// @dev Warning: the contract does not know which packs they are. `packOf` stays as it is, no flag stops them, and a
    /// double shows only to who compares with what `contentsRoot` commits to.
    function decommissionQuantity(
        address partner,
        LotId lot,
        uint256 quantity,
        Reason reason,
        bytes32 contentsRoot,
        bytes32 eventHash
    ) external;

    /// @notice Undo, as the party that did it and within `UNDO_WINDOW`, a reversible decommissioning; not once the lot
    /// is recalled or has expired.
    function restorePack(address partner, LotId lot, uint256 index) external;

    /// @notice Undo, as the authorisation holder and without custody, an end that is final: a pack that its custodian
    /// still has was ended by somebody else as destroyed, stolen or lost, or by mistake. It is held again by who ended it.
    /// @dev Warning: what was dispensed, exported or sampled only its own party brings back, within `UNDO_WINDOW`.
    function reinstatePack(
        address holder,
        Gtin gtin,
        address maker,
        bytes32 lotDigest,
        uint256 index
    ) external;

    /// @notice Lock a pack, unlock it (`Flag.None`), or mark it stolen for ever, as the authorisation holder and without
    /// custody. Quantities stay: whoever has a flagged pack can decommission it as destroyed, stolen or lost only.
    function flagPack(
        address holder,
        Gtin gtin,
        address maker,
        bytes32 lotDigest,
        PackProof calldata pack,
        Flag flag
    ) external;

    // Lots: safety --------------------------------------------------------------------------------------------------

    /// @notice Stop a lot for a while: by its maker, permitted still, the authorisation holder, or any regulator.
    function quarantineLot(
        address actor,
        Gtin gtin,
        address maker,
        bytes32 lotDigest,
        bytes32 reasonDigest
    ) external;

    /// @notice Let it go again. A maker releases what the maker stopped; the holder what maker or holder stopped; a
    /// regulator that may amend the product (see `changeHolder`) what any regulator stopped.
    function releaseLot(
        address actor,
        Gtin gtin,
        address maker,
        bytes32 lotDigest,
        bytes32 reasonDigest
    ) external;

    /// @notice Call a lot back for ever, whatever its size: by its maker, permitted still, the authorisation holder, or
    /// any regulator.
    function recallLot(
        address actor,
        Gtin gtin,
        address maker,
        bytes32 lotDigest,
        bytes32 reasonDigest
    ) external;

    /// @notice Stop packs of a lot for a while, by their places in its tree; by the same parties. They move with their lot,
    /// and cannot be dispensed, exported or sampled.
    /// @dev A release names the very bounds of the stop.
    function quarantinePacks(
        address actor,
        Gtin gtin,
        address maker,
        bytes32 lotDigest,
        Range calldata range,
        bytes32 reasonDigest
    ) external;

    /// @notice Let them go again, as `releaseLot` does.
    function releasePacks(
        address actor,
        Gtin gtin,
        address maker,
        bytes32 lotDigest,
        Range calldata range,
        bytes32 reasonDigest
    ) external;

    /// @notice Call packs of a lot back permanently, by their places in its tree; by the same parties as the lot.
    function recallPacks(
        address actor,
        Gtin gtin,
        address maker,
        bytes32 lotDigest,
        Range calldata range,
        bytes32 reasonDigest
    ) external;

    /// @notice Say that an earlier event was wrong and which one replaces it; nothing is deleted.
    /// @dev Readers believe a correction only when `actor` is who reported the wrong event.
    function correctEvent(
        address actor,
        LotId lot,
        bytes32 wrongEvent,
        bytes32 replacement,
        bytes32 reasonDigest
    ) external;
}
