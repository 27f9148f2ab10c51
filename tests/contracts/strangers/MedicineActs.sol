// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IDrugProvenance} from "../../../contracts/drug/IDrugProvenance.sol";
import {
    Flag,
    Gtin,
    PackProof,
    Range,
    Reason,
    ReceiptLine,
    Shipment,
    ShipmentLine
} from "../../../contracts/drug/Lot.sol";
import {CareActs} from "./CareActs.sol";

/// @title Every act of DrugProvenance
abstract contract MedicineActs is CareActs {
    Gtin private constant OTHER_GTIN = Gtin.wrap(9_506_000_134_369);

    function setUp() public virtual override {
        super.setUp();
        _productActs(identityOf("regulator"));
        _lotActs(identityOf("maker"));
        _custodyActs();
        _packActs(identityOf("pharmacy"));
    }

    function _drugAct(string memory name, bytes memory callData) private {
        _act(name, address(drugs), callData);
    }

    function _productActs(address of_) private {
        IDrugProvenance to = drugs;
        address[] memory makers = new address[](0);
        address other = relayer.addr;
        _drugAct(
            "registerProduct", abi.encodeCall(to.registerProduct, (of_, OTHER_GTIN, other, makers))
        );
        _drugAct("changeHolder", abi.encodeCall(to.changeHolder, (of_, GTIN, other)));
        _drugAct("permitMaker", abi.encodeCall(to.permitMaker, (of_, GTIN, other, true)));
    }

    function _lotActs(address of_) private {
        IDrugProvenance to = drugs;
        bytes32 another = keccak256("lot AB-14");
        address maker = identityOf("maker");
        _drugAct(
            "commissionLot",
            abi.encodeCall(
                to.commissionLot, (of_, GTIN, another, EXPIRY, QUANTITY, serialRoot, DIGEST)
            )
        );
        _drugAct(
            "quarantineLot",
            abi.encodeCall(to.quarantineLot, (of_, GTIN, maker, LOT_DIGEST, DIGEST))
        );
        _drugAct(
            "releaseLot",
            abi.encodeCall(to.releaseLot, (of_, GTIN, maker, STOPPED_LOT_DIGEST, DIGEST))
        );
        Range memory range = Range(0, 1);
        _drugAct(
            "quarantinePacks",
            abi.encodeCall(to.quarantinePacks, (of_, GTIN, maker, LOT_DIGEST, range, DIGEST))
        );
        _drugAct(
            "recallPacks",
            abi.encodeCall(to.recallPacks, (of_, GTIN, maker, LOT_DIGEST, range, DIGEST))
        );
        _drugAct(
            "releasePacks",
            abi.encodeCall(to.releasePacks, (of_, GTIN, maker, STOPPED_LOT_DIGEST, range, DIGEST))
        );
        _drugAct("voidLot", abi.encodeCall(to.voidLot, (of_, GTIN, STOPPED_LOT_DIGEST, DIGEST)));
        _drugAct("recallLot", abi.encodeCall(to.recallLot, (of_, GTIN, maker, LOT_DIGEST, DIGEST)));
        _drugAct("correctEvent", abi.encodeCall(to.correctEvent, (of_, lot, DIGEST, 0, DIGEST)));
    }

    function _custodyActs() private {
        IDrugProvenance to = drugs;
        address from = identityOf("distributor");
        _drugAct(
            "shipLot",
            abi.encodeCall(
                to.shipLot,
                (shipmentTo(from, identityOf("pharmacy"), 1, "to ship"), GTIN, LOT_DIGEST)
            )
        );
        ShipmentLine[] memory lines = new ShipmentLine[](1);
        lines[0] =
            ShipmentLine(shipmentTo(from, identityOf("pharmacy"), 1, "to ship"), GTIN, LOT_DIGEST);
        _drugAct("shipLots", abi.encodeCall(to.shipLots, (lines)));
        ReceiptLine[] memory receipts = new ReceiptLine[](1);
        receipts[0] = ReceiptLine(inTransit(), GTIN, LOT_DIGEST, 3);
        _drugAct("receiveLots", abi.encodeCall(to.receiveLots, (receipts, DIGEST)));
        _drugAct(
            "receiveLot", abi.encodeCall(to.receiveLot, (inTransit(), GTIN, LOT_DIGEST, 3, DIGEST))
        );
        _drugAct("disputeShipment", abi.encodeCall(to.disputeShipment, (inTransit(), 2, DIGEST)));
        _drugAct("rejectShipment", abi.encodeCall(to.rejectShipment, (inTransit(), DIGEST)));
        _drugAct("takeBackShipment", abi.encodeCall(to.takeBackShipment, (rejected())));
        _drugAct("writeOffShipment", abi.encodeCall(to.writeOffShipment, (rejected(), Reason.Lost)));
    }

    function _packActs(address of_) private {
        IDrugProvenance to = drugs;
        PackProof[] memory two = new PackProof[](2);
        (two[0], two[1]) = (packs[1], packs[2]);
        _drugAct(
            "decommissionPack",
            abi.encodeCall(to.decommissionPack, (of_, lot, packs[0], Reason.Dispensed))
        );
        _drugAct(
            "decommissionPacks",
            abi.encodeCall(to.decommissionPacks, (of_, lot, two, Reason.Dispensed))
        );
        _drugAct(
            "decommissionQuantity",
            abi.encodeCall(to.decommissionQuantity, (of_, lot, 2, Reason.Dispensed, DIGEST, DIGEST))
        );
        _drugAct(
            "reinstatePack",
            abi.encodeCall(
                to.reinstatePack, (identityOf("holder"), GTIN, identityOf("maker"), LOT_DIGEST, 5)
            )
        );
        _drugAct("restorePack", abi.encodeCall(to.restorePack, (of_, lot, 3)));
        _drugAct(
            "flagPack",
            abi.encodeCall(
                to.flagPack,
                (identityOf("holder"), GTIN, identityOf("maker"), LOT_DIGEST, packs[4], Flag.Locked)
            )
        );
    }
}
