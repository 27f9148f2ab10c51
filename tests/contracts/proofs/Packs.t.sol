// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IDrugProvenance} from "../../../contracts/drug/IDrugProvenance.sol";
import {Lot, LotId, Pack, PackProof, Reason} from "../../../contracts/drug/Lot.sol";
import {DrugProof} from "./DrugProof.sol";

/// @title Packs: the end of a serial and its undoing, from any state, in lots of up to four packs
contract PackProofs is DrugProof {
    struct Shown {
        uint64 index;
        bytes32 commitment;
        bytes32[2] path;
        uint8 steps;
    }

    function setUp() public override {
        super.setUp();
        _abstractHash();
    }

    function check_endingTakesOnePackOfTheHolder(
        address caller,
        address partner,
        LotId lot,
        uint8 why,
        Shown calldata shown,
        uint48 time
    ) external {
        Reason reason = _given(lot, why, time);
        uint256 held = drugs.heldBy(lot, partner);
        Pack memory before = drugs.packOf(lot, shown.index);
        vm.prank(caller);
        drugs.decommissionPack(partner, lot, _pack(shown), reason);
        assert(caller == identities.identityOwner(partner));
        assert(before.reason == Reason.None && reason != Reason.None);
        assert(held != 0 && drugs.heldBy(lot, partner) == held - 1);
        _assertEnded(drugs.packOf(lot, shown.index), partner, reason, time);
        _assertAllowed(lot, shown.index, reason, time);
    }

    /// @dev So nothing ends twice: an act that went through leaves a reason, as is proved above.
    function check_whatHasEndedEndsNoMore(
        address caller,
        address partner,
        LotId lot,
        uint8 why,
        Shown calldata shown,
        uint48 time
    ) external {
        Reason reason = _given(lot, why, time);
        vm.assume(drugs.packOf(lot, shown.index).reason != Reason.None);
        bytes memory data =
            abi.encodeCall(IDrugProvenance.decommissionPack, (partner, lot, _pack(shown), reason));
        assert(!passes(caller, address(drugs), data));
    }

    function witness_aPackOfFourIsDispensed(
        address caller,
        address partner,
        LotId lot,
        Shown calldata shown,
        uint48 time
    ) external {
        Reason reason = _given(lot, uint8(Reason.Dispensed), time);
        vm.assume(drugs.lotOf(lot).quantity == 4);
        bytes memory data =
            abi.encodeCall(IDrugProvenance.decommissionPack, (partner, lot, _pack(shown), reason));
        assert(!passes(caller, address(drugs), data));
    }

    function check_restoringGivesOnePackBackToWhoEndedIt(
        address caller,
        address partner,
        LotId lot,
        uint256 index,
        uint48 time
    ) external {
        vm.warp(time);
        uint256 held = drugs.heldBy(lot, partner);
        Pack memory before = drugs.packOf(lot, index);
        Lot memory of_ = drugs.lotOf(lot);
        vm.prank(caller);
        drugs.restorePack(partner, lot, index);
        assert(caller == identities.identityOwner(partner) && before.by == partner);
        assert(before.reason != Reason.None && before.reason < Reason.Destroyed);
        assert(time < uint256(before.decommissionedAt) + 10 days);
        assert(!of_.recalled && time < of_.expiry);
        assert(drugs.packOf(lot, index).reason == Reason.None);
        unchecked {
            assert(drugs.heldBy(lot, partner) - held == 1);
        }
    }

    function _given(LotId lot, uint8 why, uint48 time) private returns (Reason) {
        vm.warp(time);
        vm.assume(why <= uint8(type(Reason).max));
        vm.assume(drugs.lotOf(lot).quantity <= 4);
        return Reason(why);
    }

    function _assertEnded(Pack memory pack, address by, Reason reason, uint48 time) private pure {
        assert(pack.reason == reason && pack.by == by && pack.decommissionedAt == time);
    }

    /// @dev Only destroying, theft and loss are told of a lot that is recalled or expired.
    function _assertAllowed(LotId lot, uint256 index, Reason reason, uint48 time) private view {
        Lot memory of_ = drugs.lotOf(lot);
        assert(index < of_.quantity);
        assert(reason >= Reason.Destroyed || (!of_.recalled && time < of_.expiry));
    }

    /// @dev A length for each branch: the prover wants lengths that are numbers.
    function _pack(Shown calldata shown) private pure returns (PackProof memory pack) {
        vm.assume(shown.steps <= 2);
        if (shown.steps == 0) pack.proof = new bytes32[](0);
        else if (shown.steps == 1) pack.proof = new bytes32[](1);
        else pack.proof = new bytes32[](2);
        for (uint256 i = 0; i < pack.proof.length; ++i) {
            pack.proof[i] = shown.path[i];
        }
        (pack.index, pack.commitment) = (shown.index, shown.commitment);
    }
}
