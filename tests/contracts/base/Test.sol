// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {Targets} from "./Targets.sol";
import {Vm} from "./Vm.sol";

/// @title Parent of every contract test
/// @notice Cheatcodes are `vm.…`, assertions are `vm.assert…` under their short names. A test is a function
/// that starts with `test`; with parameters it is fuzzed; `invariant_…` runs over what `targetContract` and
/// `targetSelectors` named in `setUp`.
/// @dev Take the time from `vm.getBlockTimestamp()` where a test warps twice: via-IR reads
/// `block.timestamp` once a function.
abstract contract Test is Targets {
    Vm internal constant vm = Vm(address(uint160(uint256(keccak256("hevm cheat code")))));

    /// @dev How the runner tells a test contract from others.
    bool public constant IS_TEST = true;

    /// @notice A labelled account with a key: the same name gives the same account everywhere.
    function makeWallet(string memory name) internal returns (Vm.Wallet memory wallet) {
        wallet = vm.createWallet(name);
    }

    /// @notice The address of `makeWallet(name)`.
    function makeAddr(string memory name) internal returns (address account) {
        account = vm.createWallet(name).addr;
    }

    /// @notice A 65-byte signature, r ‖ s ‖ v, as wallets give it.
    function signDigest(uint256 privateKey, bytes32 digest)
        internal
        pure
        returns (bytes memory signature)
    {
        (uint8 v, bytes32 r, bytes32 s) = vm.sign(privateKey, digest);
        signature = abi.encodePacked(r, s, v);
    }

    /// @notice Forces a fuzzed value into min..max, both included; a value inside stays as it is.
    function bound(uint256 value, uint256 min, uint256 max) internal pure returns (uint256) {
        require(min <= max, "bound: min is above max");
        if (value >= min && value <= max) return value;
        return min + value % (max - min + 1);
    }

    /// @notice Moves the clock forward, in seconds.
    function skip(uint256 duration) internal {
        vm.warp(vm.getBlockTimestamp() + duration);
    }

    function assertTrue(bool condition) internal pure {
        vm.assertTrue(condition);
    }

    function assertTrue(bool condition, string memory why) internal pure {
        vm.assertTrue(condition, why);
    }

    function assertFalse(bool condition) internal pure {
        vm.assertFalse(condition);
    }

    function assertFalse(bool condition, string memory why) internal pure {
        vm.assertFalse(condition, why);
    }

    function assertEq(bool left, bool right) internal pure {
        vm.assertEq(left, right);
    }

    function assertEq(bool left, bool right, string memory why) internal pure {
        vm.assertEq(left, right, why);
    }

    function assertEq(uint256 left, uint256 right) internal pure {
        vm.assertEq(left, right);
    }

    function assertEq(uint256 left, uint256 right, string memory why) internal pure {
        vm.assertEq(left, right, why);
    }

    function assertEq(address left, address right) internal pure {
        vm.assertEq(left, right);
    }

    function assertEq(address left, address right, string memory why) internal pure {
        vm.assertEq(left, right, why);
    }

    function assertEq(bytes32 left, bytes32 right) internal pure {
        vm.assertEq(left, right);
    }

    function assertEq(bytes32 left, bytes32 right, string memory why) internal pure {
        vm.assertEq(left, right, why);
    }

    function assertEq(string memory left, string memory right) internal pure {
        vm.assertEq(left, right);
    }

    function assertEq(bytes memory left, bytes memory right) internal pure {
        vm.assertEq(left, right);
    }

    function assertEq(bytes memory left, bytes memory right, string memory why) internal pure {
        vm.assertEq(left, right, why);
    }

    function assertNotEq(uint256 left, uint256 right) internal pure {
        vm.assertNotEq(left, right);
    }

    function assertNotEq(address left, address right) internal pure {
        vm.assertNotEq(left, right);
    }

    function assertNotEq(bytes32 left, bytes32 right) internal pure {
        vm.assertNotEq(left, right);
    }

    function assertLt(uint256 left, uint256 right) internal pure {
        vm.assertLt(left, right);
    }

    function assertLe(uint256 left, uint256 right) internal pure {
        vm.assertLe(left, right);
    }

    function assertLe(uint256 left, uint256 right, string memory why) internal pure {
        vm.assertLe(left, right, why);
    }

    function assertGt(uint256 left, uint256 right) internal pure {
        vm.assertGt(left, right);
    }

    function assertGe(uint256 left, uint256 right) internal pure {
        vm.assertGe(left, right);
    }
}
