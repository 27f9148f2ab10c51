// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IDrugProvenance} from "./IDrugProvenance.sol";
import {
    Gtin,
    LotId,
    Reason,
    ReceiptLine,
    Shipment,
    ShipmentId,
    ShipmentLine,
    ShipmentState,
    ShipmentStatus
} from "./Lot.sol";
import {Lots} from "./Lots.sol";

/// @title Custody in two steps
/// @notice What has left its sender is in transit until its consignee, or in the end its sender, says where it is.
abstract contract Custody is Lots {
    /// @inheritdoc IDrugProvenance
    uint256 public constant TRANSIT_LIMIT = 90 days;

    /// @inheritdoc IDrugProvenance
    uint256 public constant DISPUTE_LIMIT = 180 days;

    mapping(ShipmentId shipment => ShipmentState state) private _shipments;

    /// @inheritdoc IDrugProvenance
    function shipmentIdOf(Shipment calldata shipment) external pure returns (ShipmentId) {
        return _shipmentIdOf(shipment);
    }

    /// @inheritdoc IDrugProvenance
    function shipmentOf(ShipmentId shipment) external view returns (ShipmentState memory) {
        return _shipments[shipment];
    }

    /// @inheritdoc IDrugProvenance
    function shipLot(Shipment calldata shipment, Gtin gtin, bytes32 lotDigest)
        external
        returns (ShipmentId id)
    {
        _requireController(shipment.from, msg.sender);
        require(shipment.to != shipment.from, ShipmentToSelf(shipment.from));
        if (!_requireMayMove(shipment, gtin, lotDigest)) _requirePartner(shipment.from);
        _requirePartner(shipment.to);
        return _ship(shipment);
    }

    /// @inheritdoc IDrugProvenance
    function shipLots(ShipmentLine[] calldata lines) external {
        require(lines.length != 0, ShipmentBatchEmpty());
        (address from, address to) = (lines[0].shipment.from, lines[0].shipment.to);
        _requireController(from, msg.sender);
        require(to != from, ShipmentToSelf(from));
        _requirePartner(to);

        bool onlyBack = true;
        for (uint256 i = 0; i < lines.length; ++i) {
            ShipmentLine calldata line = lines[i];
            Shipment calldata shipment = line.shipment;
            require(shipment.from == from && shipment.to == to, ShipmentBatchMixed(i));
            if (!_requireMayMove(shipment, line.gtin, line.lotDigest)) onlyBack = false;
            _ship(shipment);
        }
        if (!onlyBack) _requirePartner(from);
    }

    /// @inheritdoc IDrugProvenance
    function receiveLot(
        Shipment calldata shipment,
        Gtin gtin,
        bytes32 lotDigest,
        uint256 counted,
        bytes32 eventHash
    ) external {
        (ShipmentId id, ShipmentState storage state) = _asConsignee(shipment);
        _requireOpen(id, state.status);
        _requireMayMove(shipment, gtin, lotDigest);
        _requirePartner(shipment.to);
        _receive(shipment, id, state, counted, eventHash);
    }

    /// @inheritdoc IDrugProvenance
    function receiveLots(ReceiptLine[] calldata lines, bytes32 eventHash) external {
        require(lines.length != 0, ShipmentBatchEmpty());
        address to = lines[0].shipment.to;
        _requireController(to, msg.sender);
        _requirePartner(to);

        for (uint256 i = 0; i < lines.length; ++i) {
            ReceiptLine calldata line = lines[i];
            require(line.shipment.to == to, ShipmentBatchMixed(i));
            ShipmentId id = _shipmentIdOf(line.shipment);
            ShipmentState storage state = _shipments[id];
            _requireOpen(id, state.status);
            _requireMayMove(line.shipment, line.gtin, line.lotDigest);
            _receive(line.shipment, id, state, line.counted, eventHash);
        }
    }

    /// @inheritdoc IDrugProvenance
    function disputeShipment(Shipment calldata shipment, uint256 counted, bytes32 reasonDigest)
        external
    {
        (ShipmentId id, ShipmentState storage state) = _asConsignee(shipment);
        if (state.status == ShipmentStatus.Closed) {
            uint256 lateAt = uint256(state.shippedAt) + DISPUTE_LIMIT;
            require(block.timestamp < lateAt, ShipmentDisputeLate(id, lateAt));
        } else {
            _requireOpen(id, state.status);
            state.status = ShipmentStatus.Disputed;
        }

        emit ShipmentDisputed(shipment.lot, id, shipment.to, counted, reasonDigest);
    }

    /// @inheritdoc IDrugProvenance
    function rejectShipment(Shipment calldata shipment, bytes32 reasonDigest) external {
        (ShipmentId id, ShipmentState storage state) = _asConsignee(shipment);
        _requireOpen(id, state.status);

        state.status = ShipmentStatus.Rejected;

        emit ShipmentRejected(shipment.lot, id, shipment.to, reasonDigest);
    }

    /// @inheritdoc IDrugProvenance
    function takeBackShipment(Shipment calldata shipment) external {
        (ShipmentId id, ShipmentState storage state) = _asSender(shipment);
        if (state.status != ShipmentStatus.Rejected) _requireOverdue(id, state);

        uint256 packs = _close(state);
        _credit(shipment.lot, shipment.from, packs);

        emit ShipmentReturned(shipment.lot, id, shipment.from, packs);
    }

    /// @inheritdoc IDrugProvenance
    function writeOffShipment(Shipment calldata shipment, Reason reason) external {
        require(reason >= Reason.Destroyed, PackReasonInvalid(reason));
        (ShipmentId id, ShipmentState storage state) = _asSender(shipment);
        if (state.status == ShipmentStatus.InTransit) _requireOverdue(id, state);

        uint256 packs = _close(state);

        emit ShipmentWrittenOff(shipment.lot, id, shipment.from, packs, reason);
    }

    function _ship(Shipment calldata shipment) private returns (ShipmentId id) {
        require(shipment.quantity != 0, ShipmentZeroQuantity());
        id = _shipmentIdOf(shipment);
        require(_shipments[id].status == ShipmentStatus.None, ShipmentExists(id));

        _debit(shipment.lot, shipment.from, shipment.quantity);
        _shipments[id] =
            ShipmentState(ShipmentStatus.InTransit, shipment.quantity, uint48(block.timestamp));

        emit LotShipped(shipment.lot, shipment.from, shipment.to, id, shipment);
    }

    function _receive(
        Shipment calldata shipment,
        ShipmentId id,
        ShipmentState storage state,
        uint256 counted,
        bytes32 eventHash
    ) private {
        require(counted != 0, ShipmentZeroQuantity());
        uint256 inTransit = state.inTransit;
        require(counted <= inTransit, ShipmentOverage(id, inTransit, counted));

        uint256 rest = inTransit - counted;
        state.inTransit = uint40(rest);
        state.status = rest == 0 ? ShipmentStatus.Closed : ShipmentStatus.Disputed;
        _credit(shipment.lot, shipment.to, counted);

        emit LotReceived(shipment.lot, id, shipment.to, counted, rest, eventHash);
    }

    function _asConsignee(Shipment calldata shipment)
        private
        view
        returns (ShipmentId id, ShipmentState storage state)
    {
        _requireController(shipment.to, msg.sender);
        id = _shipmentIdOf(shipment);
        state = _shipments[id];
    }

    /// @dev Of a shipment with something in transit; the sender has nothing to say of any other.
    function _asSender(Shipment calldata shipment)
        private
        view
        returns (ShipmentId id, ShipmentState storage state)
    {
        _requireController(shipment.from, msg.sender);
        id = _shipmentIdOf(shipment);
        state = _shipments[id];
        require(state.inTransit != 0, ShipmentWrongStatus(id, state.status));
    }

    function _close(ShipmentState storage state) private returns (uint256 packs) {
        packs = state.inTransit;
        state.inTransit = 0;
        state.status = ShipmentStatus.Closed;
    }

    function _requireOpen(ShipmentId id, ShipmentStatus status) private pure {
        require(
            status == ShipmentStatus.InTransit || status == ShipmentStatus.Disputed,
            ShipmentWrongStatus(id, status)
        );
    }

    function _requireOverdue(ShipmentId id, ShipmentState storage state) private view {
        uint256 overdueAt = uint256(state.shippedAt) + TRANSIT_LIMIT;
        require(block.timestamp >= overdueAt, ShipmentNotOverdue(id, overdueAt));
    }

    /// @notice Refuses what is not of a sound lot, unless it goes back to who answers for the lot, or to who ends returns.
    /// @return back Whether it goes back: then its sender needs no accreditation.
    function _requireMayMove(Shipment calldata shipment, Gtin gtin, bytes32 lotDigest)
        private
        view
        returns (bool back)
    {
        LotId lot = shipment.lot;
        StoredLot storage stored = _known(lot);
        address maker = stored.maker;
        LotId opened = _lotIdOf(gtin, maker, lotDigest);
        require(LotId.unwrap(opened) == LotId.unwrap(lot), LotOpeningWrong(lot));
        if (_isItsMaker(shipment.to, gtin, maker) || shipment.to == _holderOf(gtin)) return true;
        if (_isSound(stored)) return false;
        if (!_isReturnsProcessor(shipment.to)) _refuseUnsound(lot, stored);
        return true;
    }

    function _shipmentIdOf(Shipment calldata shipment) private pure returns (ShipmentId) {
        return ShipmentId.wrap(keccak256(abi.encode(shipment)));
    }
}
