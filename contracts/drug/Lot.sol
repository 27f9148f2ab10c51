// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

/// @notice A GTIN-14 as a number, check digit included.
type Gtin is uint64;

/// @notice keccak256(abi.encode(gtin, maker, lotDigest)): makers of one product cannot take each other's lot numbers.
type LotId is bytes32;

/// @notice keccak256(abi.encode(shipment)).
type ShipmentId is bytes32;

/// @notice Why a pack left the supply chain. Those up to `CheckedOut` can be undone by the same party within ten days.
enum Reason {
    None,
    Dispensed,
    Exported,
    Sample,
    FreeSample,
    CheckedOut,
    Destroyed,
    Stolen,
    Lost
}

/// @notice What the holder of the marketing authorisation says of a pack that it does not hold.
enum Flag {
    None,
    Locked,
    Stolen
}

/// @notice A product and who may speak for it.
/// @param regulator Who registered it.
/// @param holder Marketing-authorisation holder.
/// @param registeredAt Unix seconds; zero when nobody registered it.
struct Product {
    address regulator;
    address holder;
    uint48 registeredAt;
}

/// @notice A commissioned lot.
/// @param serialRoot RFC 9162 root over the salted commitments of its `quantity` serials.
/// @param maker Who commissioned it; zero when nobody did.
/// @param expiry Unix seconds from which it may no longer be dispensed or moved forward.
/// @param voided Whether its maker declared that there is no such lot; its number stays spent.
struct Lot {
    bytes32 serialRoot;
    address maker;
    uint40 quantity;
    uint48 expiry;
    bool recalled;
    bool quarantinedByMaker;
    bool quarantinedByHolder;
    bool quarantinedByRegulator;
    bool voided;
}

/// @notice Packs of a lot by their places in its tree, in the order that its maker gave them.
/// @param last Included.
struct Range {
    uint40 first;
    uint40 last;
}

/// @notice What a shipment is: shown by whoever acts on it, never stored.
/// @param contentsRoot RFC 9162 root over the serial commitments of what was shipped.
/// @param eventHash CBV 2.0 hash of the EPCIS shipping event; what tells two equal shipments apart.
struct Shipment {
    LotId lot;
    address from;
    address to;
    uint40 quantity;
    bytes32 contentsRoot;
    bytes32 eventHash;
}

/// @notice A shipment, with what opens the id of its lot.
struct ShipmentLine {
    Shipment shipment;
    Gtin gtin;
    bytes32 lotDigest;
}

/// @notice The same, with the packs that came.
struct ReceiptLine {
    Shipment shipment;
    Gtin gtin;
    bytes32 lotDigest;
    uint256 counted;
}

/// @notice Where a shipment stands. Rejected ones are on their way back; closed ones have nothing in transit.
enum ShipmentStatus {
    None,
    InTransit,
    Disputed,
    Rejected,
    Closed
}

/// @notice What is stored of a shipment.
/// @param inTransit Packs neither received, returned nor written off yet.
/// @param shippedAt Unix seconds.
struct ShipmentState {
    ShipmentStatus status;
    uint40 inTransit;
    uint48 shippedAt;
}

/// @notice What is stored of a pack.
/// @param by Who decommissioned it; zero while it is in the supply chain.
/// @param decommissionedAt In Unix seconds.
struct Pack {
    address by;
    uint48 decommissionedAt;
    Reason reason;
    Flag flag;
}

/// @notice A pack as shown by whoever acts on it.
/// @param index Its position in the lot's tree.
/// @param commitment The salted commitment of its serial: the leaf, before hashing.
/// @param proof RFC 9162 inclusion path, from the leaf up.
struct PackProof {
    uint64 index;
    bytes32 commitment;
    bytes32[] proof;
}
