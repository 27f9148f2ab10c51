// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {AnchorRegistry} from "../../../contracts/anchor/AnchorRegistry.sol";
import {Checkpoint, CheckpointId} from "../../../contracts/anchor/Checkpoint.sol";
import {IdentityRegistry} from "../../../contracts/identity/IdentityRegistry.sol";
import {Test} from "../base/Test.sol";

/// @title Issuers, thieves and impatient writers at two streams each, and every checkpoint that went through
contract AnchorHandler is Test {
    AnchorRegistry public immutable REGISTRY;
    IdentityRegistry public immutable IDENTITIES;
    uint256 private constant ISSUERS = 2;
    uint256 private constant STREAMS = 2;

    mapping(address issuer => mapping(bytes32 stream => Checkpoint[] accepted)) private _history;

    /// @notice What went through that never may; a handler's own failed assertion would only revert.
    string public trespass;

    constructor(AnchorRegistry registry, IdentityRegistry identities) {
        (REGISTRY, IDENTITIES) = (registry, identities);
    }

    /// @notice A writer that has read the head.
    function grow(uint256 who, uint256 which, uint64 more, bytes32 root) external {
        (address issuer, bytes32 stream) = (_issuer(who), _stream(which));
        Checkpoint memory last = _last(issuer, stream);
        uint64 size = last.size + uint64(bound(more, 0, 1000));
        _anchor(IDENTITIES.identityOwner(issuer), issuer, stream, last, size, root);
    }

    /// @notice A writer that shows any checkpoint it knows, or one it made up.
    function fork(uint256 who, uint256 which, uint256 back, Checkpoint memory made, uint64 size)
        external
    {
        (address issuer, bytes32 stream) = (_issuer(who), _stream(which));
        Checkpoint[] storage accepted = _history[issuer][stream];
        bool known = back % 2 == 0 && accepted.length != 0;
        Checkpoint memory shown = known ? accepted[(back / 2) % accepted.length] : made;
        _anchor(IDENTITIES.identityOwner(issuer), issuer, stream, shown, size, keccak256("fork"));
    }

    /// @notice Somebody who controls nothing here.
    function usurp(uint256 who, uint256 which, address thief, uint64 size) external {
        (address issuer, bytes32 stream) = (_issuer(who), _stream(which));
        if (thief == IDENTITIES.identityOwner(issuer)) return;
        _anchor(thief, issuer, stream, _last(issuer, stream), size, keccak256("usurped"));
        trespass = "anchored by who does not control the issuer";
    }

    function rotate(uint256 who, uint256 whom) external {
        address issuer = _issuer(who);
        vm.prank(IDENTITIES.identityOwner(issuer));
        IDENTITIES.changeOwner(issuer, address(uint160(0xA11CE0 + whom % 3)));
    }

    // What must hold ----------------------------------------------------------------------------

    function checkChains() external view {
        for (uint256 i = 0; i < ISSUERS * STREAMS; ++i) {
            Checkpoint[] storage accepted = _history[_issuer(i % ISSUERS)][_stream(i / ISSUERS)];
            for (uint256 k = 1; k < accepted.length; ++k) {
                assertEq(accepted[k].parent, _idOf(accepted[k - 1]), "linear");
                assertGt(accepted[k].size, accepted[k - 1].size);
            }
        }
    }

    function checkHeads() external view {
        for (uint256 i = 0; i < ISSUERS * STREAMS; ++i) {
            (address issuer, bytes32 stream) = (_issuer(i % ISSUERS), _stream(i / ISSUERS));
            bytes32 expected = _idOf(_last(issuer, stream));
            assertEq(CheckpointId.unwrap(REGISTRY.headOf(issuer, stream)), expected, "head");
        }
    }

    function _anchor(
        address actor,
        address issuer,
        bytes32 stream,
        Checkpoint memory shown,
        uint64 size,
        bytes32 root
    ) private {
        vm.prank(actor);
        REGISTRY.anchor(issuer, stream, shown, size, root);
        // The parent is what was shown, not what the model knows: a fork would show in the chain.
        _history[issuer][stream].push(Checkpoint(_idOf(shown), root, size));
    }

    function _last(address issuer, bytes32 stream) private view returns (Checkpoint memory last) {
        Checkpoint[] storage accepted = _history[issuer][stream];
        if (accepted.length != 0) last = accepted[accepted.length - 1];
    }

    function _idOf(Checkpoint memory checkpoint) private pure returns (bytes32) {
        if (checkpoint.size == 0) return 0;
        return keccak256(abi.encode(checkpoint));
    }

    function _issuer(uint256 seed) private pure returns (address) {
        return address(uint160(0x155000 + seed % ISSUERS));
    }

    function _stream(uint256 seed) private pure returns (bytes32) {
        return keccak256(abi.encode("stream", seed % STREAMS));
    }
}

contract AnchorInvariantTest is Test {
    AnchorHandler private handler;

    function setUp() public {
        IdentityRegistry identities = new IdentityRegistry();
        handler = new AnchorHandler(new AnchorRegistry(identities), identities);
        bytes4[] memory acts = new bytes4[](4);
        acts[0] = AnchorHandler.grow.selector;
        acts[1] = AnchorHandler.fork.selector;
        acts[2] = AnchorHandler.usurp.selector;
        acts[3] = AnchorHandler.rotate.selector;
        targetSelectors(address(handler), acts);
        targetContract(address(handler));
    }

    /// @notice Each checkpoint's parent is the one accepted before it, and it has more leaves.
    function invariant_eachStreamIsOneGrowingChain() public view {
        handler.checkChains();
    }

    /// @notice Nobody anchors for an issuer that it does not control, whoever controlled it before.
    function invariant_onlyControllersAnchor() public view {
        assertEq(handler.trespass(), "");
    }

    /// @notice The head is the last checkpoint accepted; nothing else ever moves it.
    function invariant_theHeadIsTheLastThatWasAccepted() public view {
        handler.checkHeads();
    }
}
