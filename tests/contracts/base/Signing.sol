// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IERC5267} from "@openzeppelin/contracts/interfaces/IERC5267.sol";

import {Authorization} from "../../../contracts/shared/Authorization.sol";
import {Test} from "./Test.sol";
import {Vm} from "./Vm.sol";

/// @title Signed acts, as wallets make them
/// @notice `signAct(patient, address(consents), structHash, deadline)`; the struct hash is spelled out by each test, so
/// that a change of a contract's type string fails.
abstract contract Signing is Test {
    bytes32 private constant DOMAIN_TYPEHASH = keccak256(
        "EIP712Domain(string name,string version,uint256 chainId,address verifyingContract)"
    );

    /// @notice EIP-712 domain separator of `target` on the current chain.
    function domainOf(address target) internal view returns (bytes32) {
        (, string memory name, string memory version,,,,) = IERC5267(target).eip712Domain();
        return keccak256(
            abi.encode(
                DOMAIN_TYPEHASH,
                keccak256(bytes(name)),
                keccak256(bytes(version)),
                block.chainid,
                target
            )
        );
    }

    /// @notice EIP-712 digest of a struct for `target`.
    function digestOf(address target, bytes32 structHash) internal view returns (bytes32) {
        return keccak256(abi.encodePacked(hex"1901", domainOf(target), structHash));
    }

    /// @notice The authorization of a plain key over an act of `target`.
    function signAct(Vm.Wallet memory signer, address target, bytes32 structHash, uint256 deadline)
        internal
        view
        returns (Authorization memory)
    {
        bytes memory signature = signDigest(signer.privateKey, digestOf(target, structHash));
        return Authorization(abi.encodePacked(signer.addr), deadline, signature);
    }

    /// @notice An hour from now.
    function soon() internal view returns (uint256) {
        return vm.getBlockTimestamp() + 1 hours;
    }
}
