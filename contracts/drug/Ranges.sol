// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IDrugProvenanceErrors} from "./IDrugProvenanceErrors.sol";
import {LotId, Range} from "./Lot.sol";

/// @notice The stopped ranges of a lot, up to three of them in one word. A lane is 84 bits: from the lowest, the stops
/// (4 bits, as in `IDrugProvenance.stopsAt`), the last pack (40) and the first (40). A lane without stops is free.
/// @dev A word, so that the end of a pack reads one slot, however often its lot was stopped.
type Ranges is uint256;

using RangesLibrary for Ranges global;

/// @title Arithmetic of `Ranges`
library RangesLibrary {
    uint256 private constant LANE = 84;
    uint256 private constant ALL_LANES = 252;
    uint256 private constant LANE_MASK = (1 << 84) - 1;
    uint256 private constant STOPS_MASK = 15;

    /// @notice With one more stop on the range of these very bounds.
    function withStop(Ranges self, LotId lot, Range calldata range, uint256 stop)
        internal
        pure
        returns (Ranges)
    {
        uint256 word = Ranges.unwrap(self);
        uint256 shift = placeOf(self, range);
        if (shift == ALL_LANES) {
            shift = _freeLane(word);
            require(shift != ALL_LANES, IDrugProvenanceErrors.RangesTooMany(lot));
            return Ranges.wrap(word | ((_keyOf(range) << 4) | stop) << shift);
        }
        return Ranges.wrap(word | (stop << shift));
    }

    /// @notice Without these stops on the range that stands at `shift`.
    function withoutStops(Ranges self, uint256 shift, uint256 stops)
        internal
        pure
        returns (Ranges)
    {
        uint256 word = Ranges.unwrap(self) & ~(stops << shift);
        if ((word >> shift) & STOPS_MASK == 0) word &= ~(LANE_MASK << shift);
        return Ranges.wrap(word);
    }

    /// @notice Whether no range is stopped.
    function isEmpty(Ranges self) internal pure returns (bool) {
        return Ranges.unwrap(self) == 0;
    }

    /// @notice All stops of the ranges that a pack stands in.
    function stopsAt(Ranges self, uint256 index) internal pure returns (uint8 stops) {
        for (uint256 word = Ranges.unwrap(self); word != 0; word >>= LANE) {
            bool inside = index >= uint40(word >> 44) && index <= uint40(word >> 4);
            if (inside) stops |= uint8(word & STOPS_MASK);
        }
    }

    /// @notice The stops of the range that stands at `shift`; zero past the last.
    function stopsOf(Ranges self, uint256 shift) internal pure returns (uint8) {
        if (shift == ALL_LANES) return 0;
        return uint8((Ranges.unwrap(self) >> shift) & STOPS_MASK);
    }

    /// @notice Where the range of these very bounds stands: by how many bits to the left.
    function placeOf(Ranges self, Range calldata range) internal pure returns (uint256 shift) {
        (uint256 word, uint256 key) = (Ranges.unwrap(self), _keyOf(range));
        for (; shift < ALL_LANES; shift += LANE) {
            uint256 lane = (word >> shift) & LANE_MASK;
            if (lane != 0 && lane >> 4 == key) return shift;
        }
    }

    function _freeLane(uint256 word) private pure returns (uint256 shift) {
        while (shift < ALL_LANES && (word >> shift) & LANE_MASK != 0) shift += LANE;
    }

    function _keyOf(Range calldata range) private pure returns (uint256) {
        return (uint256(range.first) << 40) | range.last;
    }
}
