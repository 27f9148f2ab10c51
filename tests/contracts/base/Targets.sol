// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

/// @title What an invariant run may call, and as whom
/// @notice Named in `setUp` of a test; the runner reads the four views before it starts.
/// @dev The runner finds the views by these exact names and shapes.
abstract contract Targets {
    struct FuzzSelector {
        address addr;
        bytes4[] selectors;
    }

    address[] private _targetedContracts;
    address[] private _excludedContracts;
    address[] private _targetedSenders;
    FuzzSelector[] private _targetedSelectors;

    /// @notice Call every function of this contract.
    function targetContract(address target) internal {
        _targetedContracts.push(target);
    }

    /// @notice Call nothing of this contract.
    function excludeContract(address target) internal {
        _excludedContracts.push(target);
    }

    /// @notice Call as this sender.
    function targetSender(address sender) internal {
        _targetedSenders.push(sender);
    }

    /// @notice Of a contract, call these functions only.
    function targetSelector(FuzzSelector memory target) internal {
        _targetedSelectors.push(target);
    }

    /// @notice Of a contract, call these functions only.
    function targetSelectors(address target, bytes4[] memory selectors) internal {
        _targetedSelectors.push(FuzzSelector({addr: target, selectors: selectors}));
    }

    function targetContracts() external view returns (address[] memory) {
        return _targetedContracts;
    }

    function excludeContracts() external view returns (address[] memory) {
        return _excludedContracts;
    }

    function targetSenders() external view returns (address[] memory) {
        return _targetedSenders;
    }

    function targetSelectors() external view returns (FuzzSelector[] memory) {
        return _targetedSelectors;
    }
}
