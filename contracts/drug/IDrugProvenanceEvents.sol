// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {Flag, Gtin, LotId, Reason, Shipment, ShipmentId} from "./Lot.sol";

/// @title What DrugProvenance reports
/// @dev `reasonDigest` is a salted digest of the words that stay off chain; `eventHash` the CBV 2.0 hash of an EPCIS
/// event.
interface IDrugProvenanceEvents {
    /// @notice A regulator bound a GTIN to its authorisation holder. Its makers follow, one `MakerPermitted` each.
    event ProductRegistered(Gtin indexed gtin, address indexed regulator, address indexed holder);

    /// @notice A regulator gave the authorisation to another holder.
    event ProductHolderChanged(
        Gtin indexed gtin, address indexed regulator, address indexed holder
    );

    /// @notice A maker may commission lots of a GTIN, or no longer.
    event MakerPermitted(
        Gtin indexed gtin, address indexed maker, address indexed regulator, bool permitted
    );

    /// @notice A lot came into being, in its maker's custody.
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

    /// @notice Its maker declared a lot void while it held all of it: there is no such lot, and its number stays spent.
    event LotVoided(LotId indexed lot, address indexed by, bytes32 reasonDigest);

    /// @notice Packs left their sender's custody; `details` is what everybody shows who acts on the shipment.
    event LotShipped(
        LotId indexed lot,
        address indexed from,
        address indexed to,
        ShipmentId shipment,
        Shipment details
    );

    /// @notice Packs came into their consignee's custody; `inTransit` are those that did not come, disputed.
    event LotReceived(
        LotId indexed lot,
        ShipmentId indexed shipment,
        address indexed to,
        uint256 quantity,
        uint256 inTransit,
        bytes32 eventHash
    );

    /// @notice The consignee says that what came is not what was shipped.
    event ShipmentDisputed(
        LotId indexed lot,
        ShipmentId indexed shipment,
        address indexed by,
        uint256 counted,
        bytes32 reasonDigest
    );

    /// @notice The consignee sends back what is in transit.
    event ShipmentRejected(
        LotId indexed lot, ShipmentId indexed shipment, address indexed by, bytes32 reasonDigest
    );

    /// @notice Packs came back into their sender's custody.
    event ShipmentReturned(
        LotId indexed lot, ShipmentId indexed shipment, address indexed to, uint256 quantity
    );

    /// @notice Packs in transit were given up by their sender: decommissioned, without serials.
    event ShipmentWrittenOff(
        LotId indexed lot,
        ShipmentId indexed shipment,
        address indexed by,
        uint256 quantity,
        Reason reason
    );

    /// @notice A pack left the supply chain.
    event PackDecommissioned(
        LotId indexed lot, uint256 indexed index, address indexed by, Reason reason
    );

    /// @notice Packs left the supply chain by their number; which, stands in what `contentsRoot` commits to and in the
    /// EPCIS event.
    event QuantityDecommissioned(
        LotId indexed lot,
        address indexed by,
        uint256 quantity,
        Reason reason,
        bytes32 contentsRoot,
        bytes32 eventHash
    );

    /// @notice A decommissioning was undone: by who made it or, of a final one, by the authorisation holder. The pack is held
    /// again by who had ended it.
    event PackRestored(LotId indexed lot, uint256 indexed index, address indexed by);

    /// @notice The authorisation holder locked a pack, unlocked it, or marked it stolen.
    event PackFlagged(LotId indexed lot, uint256 indexed index, address indexed by, Flag flag);

    /// @notice A lot was stopped for a while.
    event LotQuarantined(LotId indexed lot, address indexed by, bytes32 reasonDigest);

    /// @notice What `by` may release was released; others may still stop the lot.
    event LotReleased(LotId indexed lot, address indexed by, bytes32 reasonDigest);

    /// @notice A lot was called back, for ever.
    event LotRecalled(LotId indexed lot, address indexed by, bytes32 reasonDigest);

    /// @notice Packs of a lot were stopped for a while, by their places in its tree.
    event PacksQuarantined(
        LotId indexed lot, address indexed by, uint40 first, uint40 last, bytes32 reasonDigest
    );

    /// @notice What `by` may release of these packs' stops was released.
    event PacksReleased(
        LotId indexed lot, address indexed by, uint40 first, uint40 last, bytes32 reasonDigest
    );

    /// @notice Packs of a lot were called back permanently, by their places in its tree.
    event PacksRecalled(
        LotId indexed lot, address indexed by, uint40 first, uint40 last, bytes32 reasonDigest
    );

    /// @notice An earlier EPCIS event was wrong; `replacement` stands in its place, zero when nothing does.
    event EventCorrected(
        LotId indexed lot,
        bytes32 indexed wrongEvent,
        address indexed by,
        bytes32 replacement,
        bytes32 reasonDigest
    );
}
