// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IERC1271} from "@openzeppelin/contracts/interfaces/IERC1271.sol";
import {Address} from "@openzeppelin/contracts/utils/Address.sol";
import {ECDSA} from "@openzeppelin/contracts/utils/cryptography/ECDSA.sol";

/// @notice An honest contract account: its signatures are its keeper's, and it calls what its keeper tells it to.
contract ContractAccount is IERC1271 {
    error NotKeeper(address caller);

    address public immutable KEEPER;

    constructor(address keeper) {
        KEEPER = keeper;
    }

    /// @inheritdoc IERC1271
    function isValidSignature(bytes32 digest, bytes calldata signature)
        external
        view
        returns (bytes4)
    {
        (address signer, ECDSA.RecoverError err,) = ECDSA.tryRecoverCalldata(digest, signature);
        bool valid = err == ECDSA.RecoverError.NoError && signer == KEEPER;
        return valid ? IERC1271.isValidSignature.selector : bytes4(0xffffffff);
    }

    /// @notice Call `target` as this account; what it reverts with is passed on.
    function execute(address target, bytes calldata callData) external returns (bytes memory) {
        require(msg.sender == KEEPER, NotKeeper(msg.sender));
        return Address.functionCall(target, callData);
    }
}
