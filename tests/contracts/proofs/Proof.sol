// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {Test} from "../base/Test.sol";
import {AbstractHash} from "./AbstractHash.sol";

interface Svm {
    function enableSymbolicStorage(address account) external;
}

/// @title Parent of symbolic proofs
/// @notice A proof is a function `check_…`; its parameters are any values, a state of which `anyState` was said is any
/// state, reachable or not. So what holds after one act on it holds after every act of every history. A path
/// that reverts proves nothing and refutes nothing; `assert` must hold on all others.
/// @dev Run by `make prove`, not by the test runner.
abstract contract Proof is Test {
    Svm private constant SVM = Svm(address(uint160(uint256(keccak256("svm cheat code")))));

    /// @dev Where scripts/prove.py sends the library's calls of SHA-256.
    address private constant HASHER = address(0x5A256);

    function anyState(address account) internal {
        SVM.enableSymbolicStorage(account);
    }

    function _abstractHash() internal {
        vm.etch(HASHER, address(new AbstractHash()).code);
    }

    /// @notice Whether a call as `caller` went through; nothing of it is kept when not.
    function passes(address caller, address target, bytes memory data) internal returns (bool ok) {
        vm.prank(caller);
        (ok,) = target.call(data);
    }
}
