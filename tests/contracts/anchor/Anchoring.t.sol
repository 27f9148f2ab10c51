// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {Checkpoint, CheckpointId} from "../../../contracts/anchor/Checkpoint.sol";
import {IAnchorRegistry as I} from "../../../contracts/anchor/IAnchorRegistry.sol";
import {ISignedActs} from "../../../contracts/shared/ISignedActs.sol";
import {AnchorTest} from "./AnchorTest.sol";

contract AnchoringTest is AnchorTest {
    /// @dev The largest integer that JSON readers hold exactly.
    uint64 private constant MOST = 9_007_199_254_740_991;

    function test_revertsWhenCallerIsNotController() public {
        _expectNotController(stranger.addr);
        vm.prank(stranger.addr);
        anchors.anchor(hospital.addr, STREAM, nothing(), 7, ROOT);
    }

    function test_obeysWhoControlsTheIssuerNow() public {
        vm.prank(hospital.addr);
        identities.changeOwner(hospital.addr, carer.addr);
        _expectNotController(hospital.addr);
        vm.prank(hospital.addr);
        anchors.anchor(hospital.addr, STREAM, nothing(), 7, ROOT);
        vm.prank(carer.addr);
        anchors.anchor(hospital.addr, STREAM, nothing(), 7, ROOT);
        assertEq(head(), idOf(Checkpoint(0, ROOT, 7)));
    }

    function test_revertsWhenIssuerIsDeactivated() public {
        vm.prank(hospital.addr);
        identities.deactivate(hospital.addr);
        _expectNotController(hospital.addr);
        vm.prank(hospital.addr);
        anchors.anchor(hospital.addr, STREAM, nothing(), 7, ROOT);
        _expectNotController(address(0));
        vm.prank(address(0));
        anchors.anchor(hospital.addr, STREAM, nothing(), 7, ROOT);
    }

    function test_holdsTheFirstCheckpoint() public {
        assertEq(head(), bytes32(0));
        anchorFirst();
        assertEq(head(), idOf(Checkpoint(0, ROOT, 7)));
    }

    function test_reportsTheFirstCheckpoint() public {
        CheckpointId first = CheckpointId.wrap(idOf(Checkpoint(0, ROOT, 7)));
        vm.expectEmit(address(anchors));
        emit I.Anchored(hospital.addr, STREAM, first, CheckpointId.wrap(0), ROOT, 7);
        anchorFirst();
    }

    function test_revertsWhenACheckpointIsShownOfAnEmptyStream() public {
        _expectHeadMoved(0);
        _anchor(Checkpoint(0, ROOT, 7), 9, NEXT_ROOT);
    }

    function test_revertsWhenTheFirstCheckpointHasNoLeaves() public {
        vm.expectRevert(abi.encodeWithSelector(I.AnchorNotGrowing.selector, 0, 0));
        _anchor(nothing(), 0, ROOT);
    }

    function testFuzz_holdsTheNextCheckpoint(uint64 size, bytes32 root) public {
        size = uint64(bound(size, 8, MOST));
        vm.assume(root != 0);
        Checkpoint memory first = anchorFirst();
        _anchor(first, size, root);
        assertEq(head(), idOf(after_(first, root, size)));
    }

    function test_reportsTheNextCheckpointWithItsParent() public {
        Checkpoint memory first = anchorFirst();
        CheckpointId next = CheckpointId.wrap(idOf(after_(first, NEXT_ROOT, 9)));
        vm.expectEmit(address(anchors));
        emit I.Anchored(hospital.addr, STREAM, next, CheckpointId.wrap(idOf(first)), NEXT_ROOT, 9);
        _anchor(first, 9, NEXT_ROOT);
    }

    function testFuzz_revertsWhenNotGrowing(uint64 size) public {
        Checkpoint memory first = anchorFirst();
        size = uint64(bound(size, 0, first.size));
        vm.expectRevert(abi.encodeWithSelector(I.AnchorNotGrowing.selector, first.size, size));
        _anchor(first, size, NEXT_ROOT);
    }

    function testFuzz_revertsWhenNoReaderCouldCountIt(uint64 size) public {
        Checkpoint memory first = anchorFirst();
        size = uint64(bound(size, MOST + 1, type(uint64).max));
        vm.expectRevert(abi.encodeWithSelector(I.AnchorTooLarge.selector, size, MOST));
        _anchor(first, size, NEXT_ROOT);
    }

    function test_revertsWhenRootIsZero() public {
        Checkpoint memory first = anchorFirst();
        vm.expectRevert(I.AnchorZeroRoot.selector);
        _anchor(first, 9, 0);
    }

    function test_revertsWhenAnchoredTwice() public {
        Checkpoint memory first = anchorFirst();
        _anchor(first, 9, NEXT_ROOT);
        _expectHeadMoved(idOf(after_(first, NEXT_ROOT, 9)));
        _anchor(first, 9, NEXT_ROOT);
    }

    function testFuzz_revertsWhenAnotherIsShownAsLast(Checkpoint memory shown) public {
        Checkpoint memory first = anchorFirst();
        vm.assume(idOf(shown) != idOf(first));
        _expectHeadMoved(idOf(first));
        _anchor(shown, type(uint64).max, NEXT_ROOT);
    }

    function test_revertsWhenAnOlderCheckpointIsShown() public {
        Checkpoint memory first = anchorFirst();
        _anchor(first, 9, NEXT_ROOT);
        _expectHeadMoved(idOf(after_(first, NEXT_ROOT, 9)));
        _anchor(first, 11, keccak256("a fork"));
    }

    function test_revertsWhenNothingIsShownOfAGrownStream() public {
        Checkpoint memory first = anchorFirst();
        _expectHeadMoved(idOf(first));
        _anchor(nothing(), 9, NEXT_ROOT);
    }

    function test_streamsAndIssuersAreApart() public {
        anchorFirst();
        assertEq(CheckpointId.unwrap(anchors.headOf(hospital.addr, OTHER_STREAM)), bytes32(0));
        assertEq(CheckpointId.unwrap(anchors.headOf(pharmacist.addr, STREAM)), bytes32(0));
    }

    function testFuzz_idIsTheHashOfParentRootAndSize(Checkpoint memory checkpoint) public view {
        vm.assume(checkpoint.size != 0);
        assertEq(CheckpointId.unwrap(anchors.checkpointIdOf(checkpoint)), idOf(checkpoint));
    }

    function testFuzz_idOfNoLeavesIsZero(bytes32 parent, bytes32 root) public view {
        CheckpointId id = anchors.checkpointIdOf(Checkpoint(parent, root, 0));
        assertEq(CheckpointId.unwrap(id), bytes32(0));
    }

    function test_namesItsRegistryAndItsDomain() public view {
        assertEq(address(anchors.IDENTITIES()), address(identities));
        (, string memory name, string memory version, uint256 chainId, address contract_,,) =
            anchors.eip712Domain();
        assertEq(name, "AnchorRegistry");
        assertEq(version, "1");
        assertEq(chainId, block.chainid);
        assertEq(contract_, address(anchors));
        assertEq(anchors.MAX_SIZE(), MOST);
    }

    function _anchor(Checkpoint memory last, uint64 size, bytes32 root) private {
        vm.prank(hospital.addr);
        anchors.anchor(hospital.addr, STREAM, last, size, root);
    }

    function _expectHeadMoved(bytes32 current) private {
        vm.expectRevert(abi.encodeWithSelector(I.HeadMoved.selector, current));
    }

    function _expectNotController(address actor) private {
        vm.expectRevert(
            abi.encodeWithSelector(ISignedActs.NotController.selector, hospital.addr, actor)
        );
    }
}
