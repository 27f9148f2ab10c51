// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {AccreditationRegistry} from "../../../contracts/accreditation/AccreditationRegistry.sol";
import {Role, Roles} from "../../../contracts/accreditation/Role.sol";
import {DrugProvenance} from "../../../contracts/drug/DrugProvenance.sol";
import {
    Flag,
    LotId,
    PackProof,
    Range,
    Reason,
    ReceiptLine,
    Shipment,
    ShipmentLine,
    ShipmentStatus
} from "../../../contracts/drug/Lot.sol";
import {ReferenceTree} from "../merkle/ReferenceTree.sol";
import {DrugBooks} from "./DrugBooks.sol";

/// @title Seven partners, two products and everything they may try, each act foretold by the model
/// @notice `disagreement` names the first act that went through against the model, or did not though it should have.
contract DrugHandler is DrugBooks {
    uint256 private constant MOST_LOTS = 4;
    uint256 private constant MOST_PACKS = 7;
    bytes32 private constant ANY = keccak256("any digest");

    string public disagreement;

    constructor(
        DrugProvenance drugs,
        AccreditationRegistry accreditations,
        address board,
        address regulator
    ) DrugBooks(drugs, accreditations, board, regulator) {}

    // The cast ----------------------------------------------------------------------------------

    function addPartner(address partner, Role role) external {
        partners.push(partner);
        roles.push(role);
        accredited[partner] = true;
        makes[partner] = _is(role, Roles.MANUFACTURER);
        processes[partner] = _is(role, Roles.RETURNS_PROCESSOR);
        dispenses[partner] = _is(role, Roles.PHARMACY) || _is(role, Roles.HOSPITAL);
    }

    function addProduct(uint256 product, address holder, address maker) external {
        holderOf[product] = holder;
        permitted[product][maker] = true;
    }

    // Products and lots -------------------------------------------------------------------------

    function commission(uint256 product, uint256 who, uint256 quantity, uint256 duration) external {
        product %= 2;
        if (lots.length == MOST_LOTS) return;
        // The product's first maker two times in three.
        address maker = who % 3 == 0 ? _partner(who / 3) : _partner(product);
        bytes32 digest = _digest(lots.length);
        quantity = bound(quantity, 1, MOST_PACKS);
        uint256 expiry = time() + bound(duration, 1, 400 days);
        bytes32 root = ReferenceTree.rootOf(_leaves(quantity));
        bool expected = mayCommission(product, maker);
        vm.prank(maker);
        try DRUGS.commissionLot(
            maker, gtinOf(product), digest, expiry, quantity, root, ANY
        ) returns (
            LotId id
        ) {
            _note("commission", expected, true);
            lots.push(
                ModelLot(id, product, maker, quantity, expiry, false, false, false, false, 0, false)
            );
            heldBy[lots.length - 1][maker] = quantity;
        } catch {
            _note("commission", expected, false);
        }
    }

    /// @dev One time in four, so that trade goes on.
    function voidLot(uint256 which, uint256 dice) external {
        uint256 lot = which % lots.length;
        if (dice % 4 != 0) return;
        address maker = lots[lot].maker;
        bool expected = mayVoid(lot);
        vm.prank(maker);
        try DRUGS.voidLot(maker, _gtin(lot), _digest(lot), ANY) {
            _note("void", expected, true);
            lots[lot].voided = true;
            heldBy[lot][maker] = 0;
        } catch {
            _note("void", expected, false);
        }
    }

    function permit(uint256 product, uint256 who, bool yes) external {
        product %= 2;
        vm.prank(REGULATOR);
        DRUGS.permitMaker(REGULATOR, gtinOf(product), _partner(who), yes);
        permitted[product][_partner(who)] = yes;
    }

    function changeHolder(uint256 product, uint256 who) external {
        product %= 2;
        vm.prank(REGULATOR);
        DRUGS.changeHolder(REGULATOR, gtinOf(product), _partner(who));
        holderOf[product] = _partner(who);
    }

    /// @dev Given back three times in four, so that trade goes on.
    function accredit(uint256 who, uint256 dice) external {
        (address partner, Role role) = (_partner(who), roles[who % roles.length]);
        bool yes = dice % 4 != 0;
        vm.prank(BOARD);
        if (yes) ACCREDITATIONS.accredit(BOARD, partner, role, type(uint48).max, ANY);
        else ACCREDITATIONS.revokeAccreditation(BOARD, partner, role, ANY);
        accredited[partner] = yes;
    }

    // Custody -----------------------------------------------------------------------------------

    function ship(uint256 which, uint256 who, uint256 whom, uint40 quantity) external {
        uint256 lot = which % lots.length;
        (address from, address to) = (_custodian(lot, who), _partner(whom));
        quantity = uint40(bound(quantity, 0, heldBy[lot][from] + 1));
        Shipment memory details = Shipment(
            lots[lot].id, from, to, quantity, ANY, keccak256(abi.encode(shipments.length))
        );
        bool expected = mayShip(lot, from, to, quantity);
        vm.prank(from);
        try DRUGS.shipLot(details, _gtin(lot), _digest(lot)) {
            _note("ship", expected, true);
            _shipped(lot, details);
        } catch {
            _note("ship", expected, false);
        }
    }

    /// @dev Two lots to one consignee in one call, sometimes the same lot twice.
    function shipTwo(uint256 one, uint256 two, uint256 who, uint256 whom, uint40 quantity)
        external
    {
        (one, two) = (one % lots.length, two % lots.length);
        ShipmentLine[] memory lines = new ShipmentLine[](2);
        lines[0] = _line(one, _custodian(one, who), _partner(whom), quantity, "one");
        lines[1] = _line(two, lines[0].shipment.from, _partner(whom), quantity, "two");
        bool expected = _mayShipBoth(one, two, lines);
        vm.prank(lines[0].shipment.from);
        try DRUGS.shipLots(lines) {
            _note("ship two", expected, true);
            _shipped(one, lines[0].shipment);
            _shipped(two, lines[1].shipment);
        } catch {
            _note("ship two", expected, false);
        }
    }

    function receiveTwo(uint256 one, uint256 two, uint256 counted) external {
        (one, two) = (one % shipments.length, two % shipments.length);
        if (one == two) return;
        ReceiptLine[] memory lines = new ReceiptLine[](2);
        lines[0] = _receipt(one, bound(counted, 1, shipments[one].inTransit + 1));
        lines[1] = _receipt(two, bound(counted, 1, shipments[two].inTransit + 1));
        address to = shipments[one].details.to;
        bool expected = shipments[two].details.to == to && mayReceive(one, lines[0].counted)
            && mayReceive(two, lines[1].counted);
        vm.prank(to);
        try DRUGS.receiveLots(lines, ANY) {
            _note("receive two", expected, true);
            _received(one, lines[0].counted);
            _received(two, lines[1].counted);
        } catch {
            _note("receive two", expected, false);
        }
    }

    function receivePacks(uint256 which, uint256 counted) external {
        uint256 i = which % shipments.length;
        ModelShipment storage s = shipments[i];
        counted = bound(counted, 0, s.inTransit + 1);
        bool expected = mayReceive(i, counted);
        vm.prank(s.details.to);
        try DRUGS.receiveLot(s.details, _gtin(s.lot), _digest(s.lot), counted, ANY) {
            _note("receive", expected, true);
            _received(i, counted);
        } catch {
            _note("receive", expected, false);
        }
    }

    function dispute(uint256 which, uint256 counted) external {
        uint256 i = which % shipments.length;
        vm.prank(shipments[i].details.to);
        DRUGS.disputeShipment(shipments[i].details, counted, ANY);
        if (isOpen(i)) shipments[i].status = ShipmentStatus.Disputed;
    }

    function reject(uint256 which) external {
        uint256 i = which % shipments.length;
        bool expected = isOpen(i);
        vm.prank(shipments[i].details.to);
        try DRUGS.rejectShipment(shipments[i].details, ANY) {
            _note("reject", expected, true);
            shipments[i].status = ShipmentStatus.Rejected;
        } catch {
            _note("reject", expected, false);
        }
    }

    function takeBack(uint256 which) external {
        uint256 i = which % shipments.length;
        ModelShipment storage s = shipments[i];
        bool expected = mayTakeBack(i);
        vm.prank(s.details.from);
        try DRUGS.takeBackShipment(s.details) {
            _note("take back", expected, true);
            heldBy[s.lot][s.details.from] += s.inTransit;
            (s.inTransit, s.status) = (0, ShipmentStatus.Closed);
        } catch {
            _note("take back", expected, false);
        }
    }

    function writeOff(uint256 which, uint8 why) external {
        uint256 i = which % shipments.length;
        ModelShipment storage s = shipments[i];
        Reason reason = Reason(why % 9);
        bool expected = mayWriteOff(i, reason);
        vm.prank(s.details.from);
        try DRUGS.writeOffShipment(s.details, reason) {
            _note("write off", expected, true);
            lots[s.lot].writtenOff += s.inTransit;
            (s.inTransit, s.status) = (0, ShipmentStatus.Closed);
        } catch {
            _note("write off", expected, false);
        }
    }

    // Packs -------------------------------------------------------------------------------------

    function end(uint256 which, uint256 who, uint256 index, uint8 why) external {
        uint256 lot = which % lots.length;
        address partner = _custodian(lot, who);
        index %= lots[lot].quantity;
        Reason reason = Reason(why % 9);
        PackProof memory pack = _pack(lot, index);
        bool expected = mayEnd(lot, partner, index, reason);
        vm.prank(partner);
        try DRUGS.decommissionPack(partner, lots[lot].id, pack, reason) {
            _note("end", expected, true);
            _ended(lot, partner, index, reason);
        } catch {
            _note("end", expected, false);
        }
    }

    /// @dev Two packs at once, sometimes the same one twice.
    function endTwo(uint256 which, uint256 who, uint256 one, uint256 two, uint8 why) external {
        uint256 lot = which % lots.length;
        address partner = _custodian(lot, who);
        (one, two) = (one % lots[lot].quantity, two % lots[lot].quantity);
        Reason reason = Reason(why % 9);
        PackProof[] memory both = new PackProof[](2);
        (both[0], both[1]) = (_pack(lot, one), _pack(lot, two));
        bool expected = one != two && heldBy[lot][partner] >= 2 && mayEnd(lot, partner, one, reason)
            && mayEnd(lot, partner, two, reason);
        vm.prank(partner);
        try DRUGS.decommissionPacks(partner, lots[lot].id, both, reason) {
            _note("end two", expected, true);
            _ended(lot, partner, one, reason);
            _ended(lot, partner, two, reason);
        } catch {
            _note("end two", expected, false);
        }
    }

    function endQuantity(uint256 which, uint256 who, uint256 quantity, uint8 why) external {
        uint256 lot = which % lots.length;
        address partner = _custodian(lot, who);
        quantity = bound(quantity, 0, heldBy[lot][partner] + 1);
        Reason reason = Reason(why % 9);
        bool expected = mayEndQuantity(lot, partner, quantity, reason);
        vm.prank(partner);
        try DRUGS.decommissionQuantity(partner, lots[lot].id, quantity, reason, ANY, ANY) {
            _note("end by number", expected, true);
            heldBy[lot][partner] -= quantity;
            lots[lot].writtenOff += quantity;
        } catch {
            _note("end by number", expected, false);
        }
    }

    function restore(uint256 which, uint256 who, uint256 index, bool same) external {
        uint256 lot = which % lots.length;
        index %= lots[lot].quantity;
        address partner = same ? packs[lot][index].by : _partner(who);
        bool expected = mayRestore(lot, partner, index);
        vm.prank(partner);
        try DRUGS.restorePack(partner, lots[lot].id, index) {
            _note("restore", expected, true);
            heldBy[lot][partner] += 1;
            delete packs[lot][index];
        } catch {
            _note("restore", expected, false);
        }
    }

    function reinstate(uint256 which, uint256 index) external {
        uint256 lot = which % lots.length;
        index %= lots[lot].quantity;
        ModelPack storage pack = packs[lot][index];
        address holder = holderOf[lots[lot].product];
        bool expected = mayReinstate(lot, index);
        vm.prank(holder);
        try DRUGS.reinstatePack(holder, _gtin(lot), lots[lot].maker, _digest(lot), index) {
            _note("reinstate", expected, true);
            heldBy[lot][pack.by] += 1;
            (pack.by, pack.endedAt, pack.reason) = (address(0), 0, Reason.None);
        } catch {
            _note("reinstate", expected, false);
        }
    }

    function flag(uint256 which, uint256 index, uint8 as_) external {
        uint256 lot = which % lots.length;
        index %= lots[lot].quantity;
        PackProof memory pack = _pack(lot, index);
        address holder = holderOf[lots[lot].product];
        vm.prank(holder);
        DRUGS.flagPack(holder, _gtin(lot), lots[lot].maker, _digest(lot), pack, Flag(as_ % 3));
        packs[lot][index].flag = Flag(as_ % 3);
    }

    // Safety ------------------------------------------------------------------------------------

    function quarantine(uint256 which, uint256 who) external {
        uint256 lot = which % lots.length;
        address actor = _authority(lot, who);
        vm.prank(actor);
        DRUGS.quarantineLot(actor, _gtin(lot), lots[lot].maker, _digest(lot), ANY);
        if (actor == holderOf[lots[lot].product]) lots[lot].stoppedByHolder = true;
        else if (actor == REGULATOR) lots[lot].stoppedByRegulator = true;
        else lots[lot].stoppedByMaker = true;
    }

    function release(uint256 which, uint256 who) external {
        uint256 lot = which % lots.length;
        address actor = _authority(lot, who);
        vm.prank(actor);
        DRUGS.releaseLot(actor, _gtin(lot), lots[lot].maker, _digest(lot), ANY);
        if (actor == REGULATOR) lots[lot].stoppedByRegulator = false;
        else lots[lot].stoppedByMaker = false;
        if (actor == holderOf[lots[lot].product]) lots[lot].stoppedByHolder = false;
    }

    /// @dev One time in eight: a recall ends most of what a lot can do.
    function recall(uint256 which, uint256 who, uint256 dice) external {
        uint256 lot = which % lots.length;
        if (dice % 8 != 0) return;
        address actor = _authority(lot, who);
        vm.prank(actor);
        DRUGS.recallLot(actor, _gtin(lot), lots[lot].maker, _digest(lot), ANY);
        lots[lot].recalled = true;
    }

    /// @dev Of packs: a recall one time in four.
    function stopPacks(uint256 which, uint256 who, uint40 first, uint40 last, uint256 dice)
        external
    {
        uint256 lot = which % lots.length;
        Range memory range = _range(lot, first, last);
        uint8 stop = _callStop(lot, _authority(lot, who), range, dice % 4 == 0);
        uint256 place = _placeOf(lot, range);
        if (place == ranges[lot].length) ranges[lot].push(ModelRange(range.first, range.last, 0));
        ranges[lot][place].stops |= stop;
    }

    function releasePacks(uint256 which, uint256 who, uint256 place) external {
        uint256 lot = which % lots.length;
        place %= ranges[lot].length;
        ModelRange storage r = ranges[lot][place];
        _callRelease(lot, _authority(lot, who), Range(uint40(r.first), uint40(r.last)));
        uint8 stop = _stopOf(lot, _authority(lot, who));
        r.stops &= ~(stop == 4 ? 6 : stop);
        if (r.stops != 0) return;
        ranges[lot][place] = ranges[lot][ranges[lot].length - 1];
        ranges[lot].pop();
    }

    function _callStop(uint256 lot, address actor, Range memory range, bool recalls)
        private
        returns (uint8)
    {
        address maker = lots[lot].maker;
        vm.prank(actor);
        if (recalls) {
            DRUGS.recallPacks(actor, _gtin(lot), maker, _digest(lot), range, ANY);
            return 1;
        }
        DRUGS.quarantinePacks(actor, _gtin(lot), maker, _digest(lot), range, ANY);
        return _stopOf(lot, actor);
    }

    function _callRelease(uint256 lot, address actor, Range memory range) private {
        address maker = lots[lot].maker;
        vm.prank(actor);
        DRUGS.releasePacks(actor, _gtin(lot), maker, _digest(lot), range, ANY);
    }

    function wait(uint256 duration) external {
        skip(bound(duration, 1 hours, 30 days));
    }

    function _note(string memory act, bool expected, bool happened) private {
        if (expected != happened && bytes(disagreement).length == 0) disagreement = act;
    }

    function _shipped(uint256 lot, Shipment memory details) private {
        heldBy[lot][details.from] -= details.quantity;
        shipments.push(
            ModelShipment(details, lot, details.quantity, time(), ShipmentStatus.InTransit)
        );
    }

    function _received(uint256 shipment, uint256 counted) private {
        ModelShipment storage s = shipments[shipment];
        heldBy[s.lot][s.details.to] += counted;
        s.inTransit -= counted;
        s.status = s.inTransit == 0 ? ShipmentStatus.Closed : ShipmentStatus.Disputed;
    }

    function _line(uint256 lot, address from, address to, uint40 quantity, string memory name)
        private
        view
        returns (ShipmentLine memory line)
    {
        line.shipment.lot = lots[lot].id;
        (line.shipment.from, line.shipment.to) = (from, to);
        line.shipment.quantity = uint40(bound(quantity, 0, heldBy[lot][from] + 1));
        line.shipment.contentsRoot = ANY;
        line.shipment.eventHash = keccak256(abi.encode(shipments.length, name));
        (line.gtin, line.lotDigest) = (_gtin(lot), _digest(lot));
    }

    function _mayShipBoth(uint256 one, uint256 two, ShipmentLine[] memory lines)
        private
        view
        returns (bool)
    {
        (Shipment memory first, Shipment memory second) = (lines[0].shipment, lines[1].shipment);
        uint256 sum = uint256(first.quantity) + second.quantity;
        return mayShip(one, first.from, first.to, first.quantity)
            && mayShip(two, second.from, second.to, second.quantity)
            && (one != two || heldBy[one][first.from] >= sum);
    }

    function _receipt(uint256 shipment, uint256 counted) private view returns (ReceiptLine memory) {
        uint256 lot = shipments[shipment].lot;
        return ReceiptLine(shipments[shipment].details, _gtin(lot), _digest(lot), counted);
    }

    function _range(uint256 lot, uint256 first, uint256 last) private view returns (Range memory) {
        first %= lots[lot].quantity;
        return Range(uint40(first), uint40(bound(last, first, lots[lot].quantity - 1)));
    }

    function _placeOf(uint256 lot, Range memory range) private view returns (uint256 place) {
        for (; place < ranges[lot].length; ++place) {
            ModelRange storage r = ranges[lot][place];
            if (r.first == range.first && r.last == range.last) return place;
        }
    }

    function _stopOf(uint256 lot, address actor) private view returns (uint8) {
        if (actor == holderOf[lots[lot].product]) return 4;
        return actor == REGULATOR ? 8 : 2;
    }

    function _ended(uint256 lot, address partner, uint256 index, Reason reason) private {
        heldBy[lot][partner] -= 1;
        ModelPack storage pack = packs[lot][index];
        (pack.by, pack.endedAt, pack.reason) = (partner, time(), reason);
    }

    function _is(Role a, Role b) private pure returns (bool) {
        return Role.unwrap(a) == Role.unwrap(b);
    }
}
