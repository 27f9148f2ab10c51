// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {
    Flag,
    Gtin,
    LotId,
    PackProof,
    Range,
    Reason,
    ReceiptLine,
    Shipment,
    ShipmentLine
} from "../../../contracts/drug/Lot.sol";
import {Fixture} from "../base/Fixture.sol";
import {Gas} from "./Gas.sol";
import {LargeLot} from "./LargeLot.sol";

/// @title Gas of medicines, for a lot of 16,777,216 packs: proofs of 24 levels
contract DrugGasTest is Fixture, Gas {
    Gtin private constant GTIN = Gtin.wrap(9_506_000_134_352);
    bytes32 private constant LOT_DIGEST = keccak256("lot AB-12");
    bytes32 private constant EVENT = keccak256("EPCIS event");
    bytes32 private constant REASON = keccak256("reason");

    LotId private lot;
    bytes32 private root;

    function setUp() public override {
        super.setUp();
        root = LargeLot.root();
        _registerProduct();
        lot = _commission(LOT_DIGEST, LargeLot.QUANTITY);
        _deliver(1000);
    }

    function _registerProduct() private {
        address[] memory makers = new address[](1);
        makers[0] = manufacturer.addr;
        vm.prank(regulator.addr);
        drugs.registerProduct(regulator.addr, GTIN, manufacturer.addr, makers);
    }

    function _commission(bytes32 lotDigest, uint256 quantity) private returns (LotId) {
        uint256 expiry = START + 730 days;
        vm.prank(manufacturer.addr);
        return
            drugs.commissionLot(manufacturer.addr, GTIN, lotDigest, expiry, quantity, root, EVENT);
    }

    function _shipment(uint40 quantity, bytes32 eventHash) private view returns (Shipment memory) {
        return Shipment(
            lot, manufacturer.addr, pharmacist.addr, quantity, keccak256("contents"), eventHash
        );
    }

    function _ship(Shipment memory shipment) private {
        vm.prank(manufacturer.addr);
        drugs.shipLot(shipment, GTIN, LOT_DIGEST);
    }

    function _receive(Shipment memory shipment) private {
        vm.prank(pharmacist.addr);
        drugs.receiveLot(shipment, GTIN, LOT_DIGEST, shipment.quantity, EVENT);
    }

    function _deliver(uint40 quantity) private {
        Shipment memory shipment = _shipment(quantity, keccak256("first shipping"));
        _ship(shipment);
        _receive(shipment);
    }

    // Products and lots ---------------------------------------------------------------------------

    function test_registerProduct() external {
        address[] memory makers = new address[](1);
        makers[0] = manufacturer.addr;
        vm.prank(regulator.addr);
        drugs.registerProduct(
            regulator.addr, Gtin.wrap(4_012_345_678_901), manufacturer.addr, makers
        );
        measured("product_register");
    }

    function test_commission() external {
        _commission(keccak256("lot of the largest size"), type(uint40).max);
        measured("lot_commission");
    }

    function test_commissionOnePack() external {
        _commission(keccak256("lot of one"), 1);
        measured("lot_commission_one_pack");
    }

    function test_quarantine() external {
        vm.prank(regulator.addr);
        drugs.quarantineLot(regulator.addr, GTIN, manufacturer.addr, LOT_DIGEST, REASON);
        measured("lot_quarantine");
    }

    function test_recall() external {
        vm.prank(manufacturer.addr);
        drugs.recallLot(manufacturer.addr, GTIN, manufacturer.addr, LOT_DIGEST, REASON);
        measured("lot_recall");
    }

    function test_recallByTheRegulator() external {
        vm.prank(regulator.addr);
        drugs.recallLot(regulator.addr, GTIN, manufacturer.addr, LOT_DIGEST, REASON);
        measured("lot_recall_by_regulator");
    }

    function test_void() external {
        _commission(keccak256("lot by mistake"), 10);
        vm.prank(manufacturer.addr);
        drugs.voidLot(manufacturer.addr, GTIN, keccak256("lot by mistake"), REASON);
        measured("lot_void");
    }

    function test_recallPacks() external {
        _recallPacks(0, 99);
        measured("packs_recall_first");
        _recallPacks(100, 199);
        measured("packs_recall_steady");
    }

    function _recallPacks(uint40 first, uint40 last) private {
        Range memory range = Range(first, last);
        vm.prank(manufacturer.addr);
        drugs.recallPacks(manufacturer.addr, GTIN, manufacturer.addr, LOT_DIGEST, range, REASON);
    }

    // Custody -------------------------------------------------------------------------------------

    function test_ship() external {
        _ship(_shipment(10, EVENT));
        measured("lot_ship");
    }

    function test_receiveFirst() external {
        Shipment memory shipment = _shipment(10, EVENT);
        shipment.to = distributor.addr;
        _ship(shipment);
        vm.prank(distributor.addr);
        drugs.receiveLot(shipment, GTIN, LOT_DIGEST, shipment.quantity, EVENT);
        measured("lot_receive_first");
    }

    function test_receiveSteady() external {
        Shipment memory shipment = _shipment(10, EVENT);
        _ship(shipment);
        _receive(shipment);
        measured("lot_receive_steady");
    }

    /// @dev Forty lots of the largest kind from a line to a wholesaler that has none of them yet.
    function test_shipAndReceiveFortyLots() external {
        ShipmentLine[] memory lines = new ShipmentLine[](40);
        ReceiptLine[] memory receipts = new ReceiptLine[](40);
        for (uint256 i = 0; i < 40; ++i) {
            bytes32 digest = keccak256(abi.encode("lot", i));
            LotId id = _commission(digest, LargeLot.QUANTITY);
            Shipment memory shipment =
                Shipment(id, manufacturer.addr, distributor.addr, 10, keccak256("c"), EVENT);
            lines[i] = ShipmentLine(shipment, GTIN, digest);
            receipts[i] = ReceiptLine(shipment, GTIN, digest, 10);
        }
        vm.prank(manufacturer.addr);
        drugs.shipLots(lines);
        uint256 whole = vm.lastCallGas().gasTotalUsed;
        vm.snapshotValue("gas", "lot_ship_batch_of_40", whole);
        vm.snapshotValue("gas", "lot_ship_batch", whole / 40);
        vm.prank(distributor.addr);
        drugs.receiveLots(receipts, EVENT);
        whole = vm.lastCallGas().gasTotalUsed;
        vm.snapshotValue("gas", "lot_receive_batch_of_40", whole);
        vm.snapshotValue("gas", "lot_receive_batch", whole / 40);
    }

    // Packs ---------------------------------------------------------------------------------------

    function test_decommission() external {
        _dispense(LargeLot.packs(1)[0]);
        measured("pack_decommission");
    }

    function test_decommissionBesideARecalledRange() external {
        _recallPacks(1000, 1999);
        _dispense(LargeLot.packs(1)[0]);
        measured("pack_decommission_beside_a_range");
    }

    function test_reinstate() external {
        PackProof memory pack = LargeLot.packs(1)[0];
        vm.prank(pharmacist.addr);
        drugs.decommissionPack(pharmacist.addr, lot, pack, Reason.Destroyed);
        vm.prank(manufacturer.addr);
        drugs.reinstatePack(manufacturer.addr, GTIN, manufacturer.addr, LOT_DIGEST, pack.index);
        measured("pack_reinstate");
    }

    function test_decommissionBatch() external {
        PackProof[] memory packs = LargeLot.packs(100);
        vm.prank(pharmacist.addr);
        drugs.decommissionPacks(pharmacist.addr, lot, packs, Reason.Dispensed);
        uint256 whole = vm.lastCallGas().gasTotalUsed;
        vm.snapshotValue("gas", "pack_decommission_batch_of_100", whole);
        vm.snapshotValue("gas", "pack_decommission_batch", whole / packs.length);
    }

    function test_decommissionQuantity() external {
        vm.prank(pharmacist.addr);
        drugs.decommissionQuantity(
            pharmacist.addr, lot, 900, Reason.Destroyed, keccak256("contents"), EVENT
        );
        measured("pack_decommission_quantity");
    }

    function test_restore() external {
        PackProof memory pack = LargeLot.packs(1)[0];
        _dispense(pack);
        vm.prank(pharmacist.addr);
        drugs.restorePack(pharmacist.addr, lot, pack.index);
        measured("pack_restore");
    }

    function test_flag() external {
        PackProof memory pack = LargeLot.packs(1)[0];
        vm.prank(manufacturer.addr);
        drugs.flagPack(manufacturer.addr, GTIN, manufacturer.addr, LOT_DIGEST, pack, Flag.Stolen);
        measured("pack_flag");
    }

    function _dispense(PackProof memory pack) private {
        vm.prank(pharmacist.addr);
        drugs.decommissionPack(pharmacist.addr, lot, pack, Reason.Dispensed);
    }
}
