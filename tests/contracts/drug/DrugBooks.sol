// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {AccreditationRegistry} from "../../../contracts/accreditation/AccreditationRegistry.sol";
import {Role} from "../../../contracts/accreditation/Role.sol";
import {DrugProvenance} from "../../../contracts/drug/DrugProvenance.sol";
import {
    Gtin,
    Lot,
    PackProof,
    Reason,
    ShipmentId,
    ShipmentState
} from "../../../contracts/drug/Lot.sol";
import {ReferenceTree} from "../merkle/ReferenceTree.sol";
import {DrugModel} from "./DrugModel.sol";

/// @title The contract's books beside the model's
abstract contract DrugBooks is DrugModel {
    DrugProvenance public immutable DRUGS;
    AccreditationRegistry public immutable ACCREDITATIONS;
    address public immutable BOARD;
    address public immutable REGULATOR;

    bytes32 internal constant ANY = keccak256("any digest");

    /// @notice The first act that went through against the model, or did not though it should have.
    string public disagreement;

    address[] internal partners;
    Role[] internal roles;

    constructor(
        DrugProvenance drugs,
        AccreditationRegistry accreditations,
        address board,
        address regulator
    ) {
        (DRUGS, ACCREDITATIONS, BOARD, REGULATOR) = (drugs, accreditations, board, regulator);
    }

    function checkConservation() external view {
        for (uint256 lot = 0; lot < lots.length; ++lot) {
            uint256 sum = lots[lot].writtenOff;
            for (uint256 i = 0; i < partners.length; ++i) {
                sum += DRUGS.heldBy(lots[lot].id, partners[i]);
            }
            for (uint256 i = 0; i < shipments.length; ++i) {
                if (shipments[i].lot == lot) sum += _stateOf(i).inTransit;
            }
            for (uint256 i = 0; i < lots[lot].quantity; ++i) {
                if (DRUGS.packOf(lots[lot].id, i).reason != Reason.None) ++sum;
            }
            uint256 expected = lots[lot].voided ? 0 : DRUGS.lotOf(lots[lot].id).quantity;
            assertEq(sum, expected, "conserved");
        }
    }

    function checkBooks() external view {
        for (uint256 lot = 0; lot < lots.length; ++lot) {
            for (uint256 i = 0; i < partners.length; ++i) {
                uint256 book = heldBy[lot][partners[i]];
                assertEq(DRUGS.heldBy(lots[lot].id, partners[i]), book, "held");
            }
            for (uint256 i = 0; i < lots[lot].quantity; ++i) {
                bytes32 pack = keccak256(abi.encode(DRUGS.packOf(lots[lot].id, i)));
                assertEq(pack, keccak256(abi.encode(packs[lot][i])), "pack");
                uint8 stops = DRUGS.stopsAt(lots[lot].id, i);
                assertEq(stops, _lotStops(lot) | rangeStops(lot, i), "stops");
            }
        }
        for (uint256 i = 0; i < shipments.length; ++i) {
            assertEq(_stateOf(i).inTransit, shipments[i].inTransit, "in transit");
            assertEq(uint8(_stateOf(i).status), uint8(shipments[i].status), "status");
        }
    }

    function checkLots() external view {
        for (uint256 lot = 0; lot < lots.length; ++lot) {
            ModelLot storage l = lots[lot];
            Lot memory held = DRUGS.lotOf(l.id);
            assertEq(held.recalled, l.recalled, "recalled");
            assertEq(held.voided, l.voided, "void");
            assertEq(held.quarantinedByMaker, l.stoppedByMaker, "by maker");
            assertEq(held.quarantinedByHolder, l.stoppedByHolder, "by holder");
            assertEq(held.quarantinedByRegulator, l.stoppedByRegulator, "by regulator");
            assertTrue(held.maker == l.maker && held.expiry == l.expiry, "maker and expiry");
        }
    }

    function gtinOf(uint256 product) public pure returns (Gtin) {
        return Gtin.wrap(product == 0 ? 9_506_000_134_352 : 4_012_345_678_901);
    }

    function _note(string memory act, bool expected, bool happened) internal {
        if (expected != happened && bytes(disagreement).length == 0) disagreement = act;
    }

    function _lotStops(uint256 lot) internal view returns (uint8 stops) {
        ModelLot storage l = lots[lot];
        if (l.recalled) stops |= 1;
        if (l.stoppedByMaker) stops |= 2;
        if (l.stoppedByHolder) stops |= 4;
        if (l.stoppedByRegulator) stops |= 8;
    }

    function _stateOf(uint256 shipment) internal view returns (ShipmentState memory) {
        ShipmentId id = ShipmentId.wrap(keccak256(abi.encode(shipments[shipment].details)));
        return DRUGS.shipmentOf(id);
    }

    function _pack(uint256 lot, uint256 index) internal view returns (PackProof memory) {
        bytes32[] memory path = ReferenceTree.pathOf(index, _leaves(lots[lot].quantity));
        return PackProof(uint64(index), _commitment(index), path);
    }

    function _leaves(uint256 quantity) internal pure returns (bytes32[] memory) {
        bytes32[] memory commitments = new bytes32[](quantity);
        for (uint256 i = 0; i < quantity; ++i) {
            commitments[i] = _commitment(i);
        }
        return ReferenceTree.leavesOf(commitments);
    }

    function _commitment(uint256 index) internal pure returns (bytes32) {
        return keccak256(abi.encode("serial", index));
    }

    function _gtin(uint256 lot) internal view returns (Gtin) {
        return gtinOf(lots[lot].product);
    }

    function _digest(uint256 lot) internal pure returns (bytes32) {
        return keccak256(abi.encode(lot));
    }

    function _partner(uint256 seed) internal view returns (address) {
        return partners[seed % partners.length];
    }

    /// @dev Somebody who holds packs of the lot, where there is one.
    function _custodian(uint256 lot, uint256 seed) internal view returns (address partner) {
        for (uint256 i = 0; i < partners.length; ++i) {
            partner = _partner(seed % 1000 + i);
            if (heldBy[lot][partner] != 0) return partner;
        }
    }

    function _authority(uint256 lot, uint256 seed) internal view returns (address) {
        if (seed % 3 == 0) return REGULATOR;
        return seed % 3 == 1 ? holderOf[lots[lot].product] : lots[lot].maker;
    }
}
