// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {Bytes} from "@openzeppelin/contracts/utils/Bytes.sol";

import {Authorization} from "../../../contracts/shared/Authorization.sol";
import {World} from "./World.sol";

/// @title The acts of the matrix by the names of their functions
/// @notice What an act is called with, so that who may succeeds. An act by signature also has the members of its EIP-712
/// struct: anybody's signature is put into the call in the place of an empty one.
abstract contract Acts is World {
    struct Act {
        address target;
        bytes callData;
        bytes signedStruct;
    }

    /// @dev Bytes of an authorization by a plain key at the end of a call: offsets, deadline, signer, signature.
    uint256 private constant AUTHORIZATION_LENGTH = 9 * 32;

    mapping(bytes32 nameHash => Act act) private _acts;

    function actOf(string memory name) internal view returns (Act memory) {
        return _acts[keccak256(bytes(name))];
    }

    function isSigned(Act memory act) internal pure returns (bool) {
        return act.signedStruct.length != 0;
    }

    /// @notice The call of an act by signature, with a signature by `key`.
    function signedBy(Act memory act, address signer, uint256 key)
        internal
        view
        returns (bytes memory callData)
    {
        bytes32 digest = digestOf(act.target, keccak256(act.signedStruct));
        return
            authorizedBy(
                act, Authorization(abi.encodePacked(signer), soon(), signDigest(key, digest))
            );
    }

    /// @notice The call of an act by signature, with whatever authorization.
    function authorizedBy(Act memory act, Authorization memory auth)
        internal
        pure
        returns (bytes memory callData)
    {
        bytes memory head = Bytes.slice(act.callData, 0, act.callData.length - AUTHORIZATION_LENGTH);
        // Encoded by itself it begins with the place where it begins.
        return bytes.concat(head, Bytes.slice(abi.encode(auth), 32));
    }

    /// @notice The call with an identity in another's place: the first word that is that identity names who acts. A
    /// later one is what is acted on: the maker whose lot it is, say.
    function inTheNameOf(bytes memory callData, address instead, address identity)
        internal
        pure
        returns (bytes memory changed)
    {
        changed = bytes.concat(callData);
        for (uint256 place = 4; place + 32 <= changed.length; place += 32) {
            if (_wordAt(changed, place) != uint256(uint160(identity))) continue;
            bytes32 word = bytes32(uint256(uint160(instead)));
            for (uint256 i = 0; i < 32; ++i) {
                changed[place + i] = word[i];
            }
            break;
        }
    }

    function _act(string memory name, address target, bytes memory callData) internal {
        _acts[keccak256(bytes(name))] = Act(target, callData, "");
    }

    function _signedAct(
        string memory name,
        address target,
        bytes memory callData,
        bytes memory signedStruct
    ) internal {
        _acts[keccak256(bytes(name))] = Act(target, callData, signedStruct);
    }

    /// @notice What stands in a call until somebody signs.
    function unsigned() internal view returns (Authorization memory) {
        return Authorization(new bytes(20), soon(), new bytes(65));
    }

    function _wordAt(bytes memory text, uint256 place) private pure returns (uint256 word) {
        for (uint256 i = 0; i < 32; ++i) {
            word = (word << 8) | uint8(text[place + i]);
        }
    }
}
