// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {Role} from "../../../contracts/accreditation/Role.sol";

/// @title A registry of accreditations that may say anything
/// @notice With any state it answers anything, and the same when asked again: what is proved beside it needs no
/// accreditation to be right.
contract AnyAccreditations {
    mapping(address subject => mapping(Role role => bool answer)) private _accredited;
    mapping(address subject => mapping(uint256 roles => bool answer)) private _any;

    function isAccredited(address subject, Role role) external view returns (bool) {
        return _accredited[subject][role];
    }

    function holdsAny(address subject, uint256 roles) external view returns (bool) {
        return _any[subject][roles];
    }
}
