// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {Role} from "../../../contracts/accreditation/Role.sol";
import {Flag, PackProof, Range, Reason} from "../../../contracts/drug/Lot.sol";
import {DrugBooks} from "./DrugBooks.sol";

/// @title What the board, the regulator and authorisation holders may try: makers, licences, stops, recalls, flags
abstract contract AuthorityActs is DrugBooks {
    // Makers and licences -----------------------------------------------------------------------

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

    // Packs -------------------------------------------------------------------------------------

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
}
