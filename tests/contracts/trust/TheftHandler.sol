// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {AnchorRegistry} from "../../../contracts/anchor/AnchorRegistry.sol";
import {Checkpoint, CheckpointId} from "../../../contracts/anchor/Checkpoint.sol";
import {ConsentRegistry} from "../../../contracts/consent/ConsentRegistry.sol";
import {DrugProvenance} from "../../../contracts/drug/DrugProvenance.sol";
import {Gtin, LotId, Shipment} from "../../../contracts/drug/Lot.sol";
import {IdentityRegistry} from "../../../contracts/identity/IdentityRegistry.sol";
import {Test} from "../base/Test.sol";

/// @title A thief who does in a victim's name whatever its key can do, for up to three weeks
/// @notice The victim anchors, is a patient, and makes medicine. But for its end (`deactivate`, which no rescue undoes)
/// the thief is free.
contract TheftHandler is Test {
    uint256 private constant NUMBERS = 3;
    bytes32 private constant ANY = keccak256("anything");

    IdentityRegistry private immutable IDENTITIES;
    ConsentRegistry private immutable CONSENTS;
    AnchorRegistry private immutable ANCHORS;
    DrugProvenance private immutable DRUGS;
    address private immutable VICTIM;
    Gtin private immutable GTIN;

    /// @notice How many acts went through.
    uint256 public turns;
    address[] private _keys;
    address[] private _partners;
    LotId[] private _lots;
    Shipment[] private _shipments;
    Checkpoint[NUMBERS] private _heads;
    uint256 private _until;

    modifier counted() {
        _;
        ++turns;
    }

    constructor(
        IdentityRegistry identities,
        ConsentRegistry consents,
        AnchorRegistry anchors,
        DrugProvenance drugs,
        address victim,
        Gtin gtin
    ) {
        (IDENTITIES, CONSENTS, ANCHORS, DRUGS) = (identities, consents, anchors, drugs);
        (VICTIM, GTIN) = (victim, gtin);
        _keys.push(victim);
        _keys.push(makeAddr("thief's other key"));
        _until = vm.getBlockTimestamp() + 21 days;
    }

    function addPartner(address partner) external {
        _partners.push(partner);
    }

    /// @notice The stream's label is one, its numbers are many: see the client's streams.
    function streamOf(uint256 number) public pure returns (bytes32) {
        return keccak256(abi.encode("records", number));
    }

    function headOf(uint256 number) external view returns (Checkpoint memory head) {
        if (number < NUMBERS) head = _heads[number];
    }

    // Time and control --------------------------------------------------------------------------

    function passTime(uint256 duration) external counted {
        uint256 next = vm.getBlockTimestamp() + bound(duration, 1, 5 days);
        vm.warp(next < _until ? next : _until);
        vm.roll(vm.getBlockNumber() + 1);
    }

    function rotate(uint256 to) external counted {
        vm.prank(_owner());
        IDENTITIES.changeOwner(VICTIM, _keys[to % _keys.length]);
    }

    function changeGuardians(bytes32 commitment, bool cancels) external counted {
        vm.prank(_owner());
        if (cancels) IDENTITIES.cancelGuardians(VICTIM);
        else IDENTITIES.scheduleGuardians(VICTIM, commitment);
    }

    function nameDelegate(bool toGrant, uint256 which, uint256 validity) external counted {
        bytes32 delegateType = toGrant ? CONSENTS.GRANT_DELEGATE() : CONSENTS.REVOKE_DELEGATE();
        vm.prank(_owner());
        IDENTITIES.addDelegate(VICTIM, delegateType, _partners[which % _partners.length], validity);
    }

    function publish(bytes32 name, bytes calldata value, uint256 validity) external counted {
        vm.prank(_owner());
        IDENTITIES.setAttribute(VICTIM, name, value, validity);
    }

    // Streams -----------------------------------------------------------------------------------

    function anchor(uint256 number, uint256 size, bytes32 root) external counted {
        Checkpoint memory last = _heads[number % NUMBERS];
        uint64 most = ANCHORS.MAX_SIZE();
        // One time in two the largest, which ends the number for everybody.
        uint64 next = size % 2 == 0 ? most : uint64(bound(size, 1, most));
        bytes32 stream = streamOf(number % NUMBERS);
        vm.prank(_owner());
        ANCHORS.anchor(VICTIM, stream, last, next, root);
        CheckpointId parent = ANCHORS.checkpointIdOf(last);
        _heads[number % NUMBERS] = Checkpoint(CheckpointId.unwrap(parent), root, next);
    }

    // Consents ----------------------------------------------------------------------------------

    function grant(bytes32 particulars) external counted {
        bytes32 epoch = CONSENTS.epochOf(VICTIM);
        vm.prank(_owner());
        CONSENTS.grantConsent(VICTIM, epoch, particulars);
    }

    function revoke(bytes32 consentId, bool all) external counted {
        vm.prank(_owner());
        if (all) CONSENTS.revokeAllConsents(VICTIM, consentId);
        else CONSENTS.revokeConsent(VICTIM, consentId);
    }

    function refuseBreakGlass(bool optedOut) external counted {
        vm.prank(_owner());
        CONSENTS.setBreakGlassOptOut(VICTIM, optedOut);
    }

    // Medicine ----------------------------------------------------------------------------------

    function commission(uint256 quantity) external counted {
        bytes32 digest = _digestOf(_lots.length);
        uint256 expiry = vm.getBlockTimestamp() + 400 days;
        quantity = bound(quantity, 1, type(uint40).max);
        vm.prank(_owner());
        _lots.push(DRUGS.commissionLot(VICTIM, GTIN, digest, expiry, quantity, ANY, ANY));
    }

    function stop(uint256 which, uint256 how) external counted {
        bytes32 digest = _digestOf(which % _lots.length);
        vm.prank(_owner());
        if (how % 4 == 0) DRUGS.recallLot(VICTIM, GTIN, VICTIM, digest, ANY);
        else if (how % 4 == 1) DRUGS.releaseLot(VICTIM, GTIN, VICTIM, digest, ANY);
        else DRUGS.quarantineLot(VICTIM, GTIN, VICTIM, digest, ANY);
    }

    function ship(uint256 which, uint256 to, uint256 quantity) external counted {
        uint256 lot = which % _lots.length;
        bytes32 eventHash = keccak256(abi.encode(_shipments.length));
        uint40 packs = uint40(bound(quantity, 1, 1000));
        address consignee = _partners[to % _partners.length];
        Shipment memory shipment = Shipment(_lots[lot], VICTIM, consignee, packs, ANY, eventHash);
        vm.prank(_owner());
        DRUGS.shipLot(shipment, GTIN, _digestOf(lot));
        _shipments.push(shipment);
    }

    function _owner() private view returns (address) {
        return IDENTITIES.identityOwner(VICTIM);
    }

    function _digestOf(uint256 lot) private pure returns (bytes32) {
        return keccak256(abi.encode("lot", lot));
    }
}
