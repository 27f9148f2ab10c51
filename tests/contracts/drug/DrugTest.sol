// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {Role} from "../../../contracts/accreditation/Role.sol";
import {IDrugProvenanceErrors} from "../../../contracts/drug/IDrugProvenanceErrors.sol";
import {
    Gtin,
    LotId,
    PackProof,
    Reason,
    Shipment,
    ShipmentId,
    ShipmentStatus
} from "../../../contracts/drug/Lot.sol";
import {ISignedActs} from "../../../contracts/shared/ISignedActs.sol";
import {Fixture} from "../base/Fixture.sol";
import {Vm} from "../base/Vm.sol";
import {ReferenceTree} from "../merkle/ReferenceTree.sol";

/// @title Words of the drug tests: one product, and one lot of eleven packs in its maker's custody
abstract contract DrugTest is Fixture {
    Gtin internal constant GTIN = Gtin.wrap(9_506_000_134_352);
    bytes32 internal constant LOT_DIGEST = keccak256("lot AB-12");
    bytes32 internal constant REASON = keccak256("reason");
    bytes32 internal constant EVENT = keccak256("EPCIS event");
    uint256 internal constant EXPIRY = START + 730 days;
    uint256 internal constant QUANTITY = 11;

    Vm.Wallet internal holder;
    LotId internal lot;
    bytes32 internal serialRoot;
    PackProof[] private _packs;
    uint256 private _events;

    function setUp() public virtual override {
        super.setUp();
        holder = makeWallet("authorisation holder");
        _makePacks();
        registerProduct();
        lot = commissionLot();
    }

    function registerProduct() internal {
        address[] memory makers = new address[](1);
        makers[0] = manufacturer.addr;
        vm.prank(regulator.addr);
        drugs.registerProduct(regulator.addr, GTIN, holder.addr, makers);
    }

    function commissionLot() internal returns (LotId) {
        vm.prank(manufacturer.addr);
        return drugs.commissionLot(
            manufacturer.addr, GTIN, LOT_DIGEST, EXPIRY, QUANTITY, serialRoot, EVENT
        );
    }

    // Custody -----------------------------------------------------------------------------------

    /// @notice A shipment of the lot, different from all before.
    function makeShipment(address from, address to, uint40 quantity)
        internal
        returns (Shipment memory)
    {
        bytes32 eventHash = keccak256(abi.encode("shipping", ++_events));
        return Shipment(lot, from, to, quantity, keccak256("contents"), eventHash);
    }

    function ship(Shipment memory shipment) internal returns (ShipmentId) {
        vm.prank(shipment.from);
        return drugs.shipLot(shipment, GTIN, LOT_DIGEST);
    }

    function shipFrom(address from, address to, uint40 quantity)
        internal
        returns (Shipment memory shipment)
    {
        shipment = makeShipment(from, to, quantity);
        ship(shipment);
    }

    function receivePacks(Shipment memory shipment, uint256 counted) internal {
        vm.prank(shipment.to);
        drugs.receiveLot(shipment, GTIN, LOT_DIGEST, counted, EVENT);
    }

    /// @notice Packs go from one partner to another and arrive.
    function deliver(address from, address to, uint40 quantity) internal {
        receivePacks(shipFrom(from, to, quantity), quantity);
    }

    function held(address partner) internal view returns (uint256) {
        return drugs.heldBy(lot, partner);
    }

    function idOf(Shipment memory shipment) internal pure returns (ShipmentId) {
        return ShipmentId.wrap(
            keccak256(
                abi.encode(
                    shipment.lot,
                    shipment.from,
                    shipment.to,
                    shipment.quantity,
                    shipment.contentsRoot,
                    shipment.eventHash
                )
            )
        );
    }

    // Packs -------------------------------------------------------------------------------------

    function packAt(uint64 index) internal view returns (PackProof memory) {
        return _packs[index];
    }

    function decommission(address partner, uint64 index, Reason reason) internal {
        PackProof memory pack = packAt(index);
        vm.prank(partner);
        drugs.decommissionPack(partner, lot, pack, reason);
    }

    /// @dev Beforehand: hashing is a call to a precompile, and a revert is expected of the next call.
    function _makePacks() private {
        bytes32[] memory commitments = new bytes32[](QUANTITY);
        for (uint256 i = 0; i < QUANTITY; ++i) {
            commitments[i] = keccak256(abi.encode("salted serial", i));
        }
        bytes32[] memory leaves = ReferenceTree.leavesOf(commitments);
        serialRoot = ReferenceTree.rootOf(leaves);
        for (uint64 i = 0; i < QUANTITY; ++i) {
            _packs.push(PackProof(i, commitments[i], ReferenceTree.pathOf(i, leaves)));
        }
    }

    // Safety ------------------------------------------------------------------------------------

    function recall() internal {
        vm.prank(manufacturer.addr);
        drugs.recallLot(manufacturer.addr, GTIN, manufacturer.addr, LOT_DIGEST, REASON);
    }

    function quarantine(address actor) internal {
        vm.prank(actor);
        drugs.quarantineLot(actor, GTIN, manufacturer.addr, LOT_DIGEST, REASON);
    }

    function release(address actor) internal {
        vm.prank(actor);
        drugs.releaseLot(actor, GTIN, manufacturer.addr, LOT_DIGEST, REASON);
    }

    function expire() internal {
        vm.warp(EXPIRY);
    }

    /// @notice The board takes an accreditation back, at once.
    function disaccredit(address subject, Role role) internal {
        vm.prank(board.addr);
        accreditations.revokeAccreditation(board.addr, subject, role, REASON);
    }

    // What must be refused ------------------------------------------------------------------------

    function expectNotController(address identity, address actor) internal {
        vm.expectRevert(abi.encodeWithSelector(ISignedActs.NotController.selector, identity, actor));
    }

    function expectLot(bytes4 selector) internal {
        vm.expectRevert(abi.encodeWithSelector(selector, lot));
    }

    function expectIdentity(bytes4 selector, address identity) internal {
        vm.expectRevert(abi.encodeWithSelector(selector, identity));
    }

    function expectNoAuthority(address actor) internal {
        vm.expectRevert(
            abi.encodeWithSelector(IDrugProvenanceErrors.NotProductAuthority.selector, GTIN, actor)
        );
    }

    function expectStatus(Shipment memory shipment, ShipmentStatus status) internal {
        vm.expectRevert(
            abi.encodeWithSelector(
                IDrugProvenanceErrors.ShipmentWrongStatus.selector, idOf(shipment), status
            )
        );
    }

    function expectExpired() internal {
        vm.expectRevert(
            abi.encodeWithSelector(IDrugProvenanceErrors.LotExpired.selector, lot, EXPIRY)
        );
    }

    function expectInsufficient(address partner, uint256 has, uint256 wanted) internal {
        vm.expectRevert(
            abi.encodeWithSelector(
                IDrugProvenanceErrors.LotInsufficient.selector, lot, partner, has, wanted
            )
        );
    }
}
