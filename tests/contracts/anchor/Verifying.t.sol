// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {Checkpoint} from "../../../contracts/anchor/Checkpoint.sol";
import {ReferenceTree} from "../merkle/ReferenceTree.sol";
import {AnchorTest} from "./AnchorTest.sol";

contract AnchorVerifyingTest is AnchorTest {
    bytes32[] private noPath;

    function testFuzz_containsEveryLeafOfTheHead(uint256 size, uint256 index) public {
        bytes32[] memory leaves = _leaves(bound(size, 1, 40));
        index = bound(index, 0, leaves.length - 1);
        Checkpoint memory head_ = _grow(nothing(), leaves);
        assertTrue(_verify(head_, leaves, index, leaves[index]));
    }

    function testFuzz_refusesALeafThatIsNotThere(uint256 index, bytes32 leaf) public {
        bytes32[] memory leaves = _leaves(7);
        index = bound(index, 0, 6);
        vm.assume(leaf != leaves[index]);
        assertFalse(_verify(_grow(nothing(), leaves), leaves, index, leaf));
    }

    function test_refusesAnotherIndex() public {
        bytes32[] memory leaves = _leaves(8);
        Checkpoint memory head_ = _grow(nothing(), leaves);
        bytes32[] memory path = ReferenceTree.pathOf(3, leaves);
        for (uint64 i = 0; i < 9; ++i) {
            bool answer = anchors.verifyInclusion(hospital.addr, STREAM, head_, leaves[3], i, path);
            assertEq(answer, i == 3);
        }
    }

    function test_refusesAnOlderCheckpoint() public {
        bytes32[] memory leaves = _leaves(7);
        Checkpoint memory first = _grow(nothing(), leaves);
        _grow(first, _leaves(8));
        assertFalse(_verify(first, leaves, 3, leaves[3]));
    }

    function test_containsTheLeafInTheNewHead() public {
        bytes32[] memory leaves = _leaves(8);
        Checkpoint memory head_ = _grow(_grow(nothing(), _leaves(7)), leaves);
        assertTrue(_verify(head_, leaves, 3, leaves[3]));
    }

    function test_refusesAnotherStreamAndIssuer() public {
        bytes32[] memory leaves = _leaves(7);
        Checkpoint memory head_ = _grow(nothing(), leaves);
        bytes32[] memory path = ReferenceTree.pathOf(3, leaves);
        assertFalse(anchors.verifyInclusion(hospital.addr, OTHER_STREAM, head_, leaves[3], 3, path));
        assertFalse(anchors.verifyInclusion(stranger.addr, STREAM, head_, leaves[3], 3, path));
    }

    function testFuzz_anEmptyStreamContainsNothing(Checkpoint memory shown, uint64 index)
        public
        view
    {
        assertFalse(
            anchors.verifyInclusion(hospital.addr, STREAM, shown, shown.root, index, noPath)
        );
    }

    function _verify(Checkpoint memory head_, bytes32[] memory leaves, uint256 index, bytes32 leaf)
        private
        view
        returns (bool)
    {
        bytes32[] memory path = ReferenceTree.pathOf(index, leaves);
        return anchors.verifyInclusion(hospital.addr, STREAM, head_, leaf, uint64(index), path);
    }

    function _grow(Checkpoint memory last, bytes32[] memory leaves)
        private
        returns (Checkpoint memory)
    {
        bytes32 root = ReferenceTree.rootOf(leaves);
        vm.prank(hospital.addr);
        anchors.anchor(hospital.addr, STREAM, last, uint64(leaves.length), root);
        bytes32 parent = last.size == 0 ? bytes32(0) : idOf(last);
        return Checkpoint(parent, root, uint64(leaves.length));
    }

    function _leaves(uint256 size) private pure returns (bytes32[] memory leaves) {
        leaves = new bytes32[](size);
        for (uint256 i = 0; i < size; ++i) {
            leaves[i] = ReferenceTree.leafHashOf(abi.encodePacked("entry", i));
        }
    }
}
