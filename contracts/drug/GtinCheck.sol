// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {Gtin} from "./Lot.sol";

/// @notice The GS1 mod-10 check digit (GS1 General Specifications, section 7.9).
library GtinCheck {
    uint256 private constant LARGEST = 99_999_999_999_999;

    /// @notice Whether it is a positive number of at most fourteen digits.
    function isInRange(Gtin gtin) internal pure returns (bool) {
        return Gtin.unwrap(gtin) != 0 && Gtin.unwrap(gtin) <= LARGEST;
    }

    /// @notice The last digit of a GTIN.
    function lastDigitOf(Gtin gtin) internal pure returns (uint256) {
        return Gtin.unwrap(gtin) % 10;
    }

    /// @notice What the last digit of a GTIN must be, given the others.
    function checkDigitOf(Gtin gtin) internal pure returns (uint256) {
        uint256 sum = 0;
        uint256 weight = 3;
        for (uint256 rest = Gtin.unwrap(gtin) / 10; rest != 0; rest /= 10) {
            sum += (rest % 10) * weight;
            weight = 4 - weight;
        }
        return (10 - (sum % 10)) % 10;
    }
}
