// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {Test} from "../base/Test.sol";

/// @title What an act costs who submits it, written to tests/snapshots/gas.json
/// @notice `act(); measured("its_name");`. Figures are whole transactions of the release build: 21,000, calldata,
/// execution and refunds (see Released). `make gas` writes them anew, `make test` compares.
/// @dev Names: the act; `_first` where a slot is written for the first time and `_steady` where it was written before,
/// when both occur; `_by_sig` when a relayer submits what another signed.
abstract contract Gas is Test {
    /// @notice A later block, at a later second: what is written then differs from what was.
    function later() internal {
        vm.roll(vm.getBlockNumber() + 1);
        skip(12);
    }

    /// @dev Of the last call: nothing may be called between the act and this, precompiles included.
    function measured(string memory name) internal {
        vm.snapshotGasLastCall("gas", name);
    }
}
