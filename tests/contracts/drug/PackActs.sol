// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {PackProof, Reason} from "../../../contracts/drug/Lot.sol";
import {DrugBooks} from "./DrugBooks.sol";

/// @title Ends of packs, by serial and by number, and their undoing: what partners may try with packs they hold
abstract contract PackActs is DrugBooks {
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

    function _ended(uint256 lot, address partner, uint256 index, Reason reason) private {
        heldBy[lot][partner] -= 1;
        ModelPack storage pack = packs[lot][index];
        (pack.by, pack.endedAt, pack.reason) = (partner, time(), reason);
    }
}
