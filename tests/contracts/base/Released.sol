// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {Test} from "./Test.sol";

/// @title The contracts as they are released: the committed artifacts, not what the test run compiled
/// @notice In the profile `gas`, `isReleased()` says yes and the fixture deploys these, so that gas is measured of the very
/// bytecode that is deployed, and nothing is compiled a second time.
abstract contract Released is Test {
    function isReleased() internal view returns (bool) {
        string memory profile = vm.envOr("FOUNDRY_PROFILE", string("default"));
        return keccak256(bytes(profile)) == keccak256("gas");
    }

    /// @param arguments The constructor's, ABI-encoded.
    function createReleased(string memory name, bytes memory arguments)
        internal
        returns (address created)
    {
        string memory path = string.concat(
            vm.projectRoot(), "/src/salus/contracts/artifacts/", name, ".json"
        );
        bytes memory code = vm.parseJsonBytes(vm.readFile(path), ".bytecode");
        bytes memory initCode = bytes.concat(code, arguments);
        assembly ("memory-safe") {
            created := create(0, add(initCode, 0x20), mload(initCode))
        }
        require(created != address(0) && created.code.length != 0, "artifact does not deploy");
    }
}
