// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {Roles} from "../../../contracts/accreditation/Role.sol";
import {IDrugProvenance} from "../../../contracts/drug/IDrugProvenance.sol";
import {Gtin, Lot, LotId, Range} from "../../../contracts/drug/Lot.sol";
import {Ranges} from "../../../contracts/drug/Ranges.sol";
import {DrugProof} from "./DrugProof.sol";

/// @title Stops: what a stop and a release do to any pack of a lot of at most two stopped ranges, and who lets a lot go
contract StopProofs is DrugProof {
    function check_aStopReachesItsRangeAndNothingElse(
        uint256 word,
        Range calldata range,
        uint8 stop,
        uint40 index
    ) external pure {
        vm.assume(word >> 168 == 0 && stop < 16 && stop != 0);
        Ranges ranges = Ranges.wrap(word);
        uint8 before = ranges.stopsAt(index);
        uint8 later = ranges.withStop(LotId.wrap(0), range, stop).stopsAt(index);
        bool inside = range.first <= index && index <= range.last;
        assert(later == (inside ? before | stop : before));
    }

    function check_aReleaseLiftsItsStopsFromItsRangeOnly(
        uint256 word,
        Range calldata range,
        uint8 stops,
        uint40 index
    ) external pure {
        vm.assume(word >> 168 == 0 && stops < 16);
        Ranges ranges = Ranges.wrap(word);
        uint8 before = ranges.stopsAt(index);
        uint256 place = ranges.placeOf(range);
        vm.assume(place != 252);
        uint8 later = ranges.withoutStops(place, stops).stopsAt(index);
        bool inside = range.first <= index && index <= range.last;
        assert(later | before == before);
        assert((before & ~later) & ~stops == 0);
        assert(inside || later == before);
    }

    /// @dev A recall stays; a regulator's stop is lifted as a regulator; nobody's release stops anything.
    function check_aReleaseLiftsOnlyWhatTheActorMay(
        address caller,
        address actor,
        Gtin gtin,
        address maker,
        bytes32 lotDigest
    ) external {
        LotId id = drugs.lotIdOf(gtin, maker, lotDigest);
        Lot memory before = drugs.lotOf(id);
        vm.prank(caller);
        drugs.releaseLot(actor, gtin, maker, lotDigest, 0);
        Lot memory later = drugs.lotOf(id);
        assert(caller == identities.identityOwner(actor));
        assert(later.recalled == before.recalled && later.voided == before.voided);
        bool isHolder = actor == drugs.productOf(gtin).holder;
        if (before.quarantinedByRegulator != later.quarantinedByRegulator) {
            assert(accreditations.isAccredited(actor, Roles.REGULATOR));
        }
        if (before.quarantinedByHolder != later.quarantinedByHolder) assert(isHolder);
        if (before.quarantinedByMaker != later.quarantinedByMaker) {
            assert(isHolder || (actor == maker && drugs.isMaker(gtin, maker)));
        }
        assert(before.quarantinedByRegulator || !later.quarantinedByRegulator);
        assert(before.quarantinedByHolder || !later.quarantinedByHolder);
        assert(before.quarantinedByMaker || !later.quarantinedByMaker);
    }

    function witness_aThirdRangeIsStopped(uint256 word, Range calldata range, uint40 index)
        external
        pure
    {
        vm.assume(word >> 168 == 0 && word >> 84 != 0 && Ranges.wrap(word).stopsAt(index) == 2);
        Ranges later = Ranges.wrap(word).withStop(LotId.wrap(0), range, 1);
        assert(Ranges.unwrap(later) >> 168 == 0 || later.stopsAt(index) != 3);
    }

    function witness_aLotIsReleased(
        address caller,
        address actor,
        Gtin gtin,
        address maker,
        bytes32 lotDigest
    ) external {
        bytes memory data = abi.encodeCall(
            IDrugProvenance.releaseLot, (actor, gtin, maker, lotDigest, 0)
        );
        assert(!passes(caller, address(drugs), data));
    }
}
