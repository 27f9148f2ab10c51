// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

/// @notice Up to five times in Unix seconds, in one word, in the order in which they were added:
/// the oldest in the highest used lane. Zero means none; a time is never zero.
type Deadlines is uint256;

using {
    DeadlinesLib.add,
    DeadlinesLib.remove,
    DeadlinesLib.earliest,
    DeadlinesLib.count
} for Deadlines global;

/// @notice Arithmetic of `Deadlines`. Times are added in ascending order, so the oldest is the
/// earliest.
library DeadlinesLib {
    /// @dev Bits of a lane.
    uint256 private constant LANE = 48;

    /// @notice `self` with `time` as its newest. The caller keeps the number below five.
    function add(Deadlines self, uint48 time) internal pure returns (Deadlines) {
        return Deadlines.wrap((Deadlines.unwrap(self) << LANE) | time);
    }

    /// @notice `self` without one time equal to `time`; unchanged when there is none.
    function remove(Deadlines self, uint48 time) internal pure returns (Deadlines) {
        uint256 times = Deadlines.unwrap(self);
        for (uint256 shift = 0; times >> shift != 0; shift += LANE) {
            if (uint48(times >> shift) != time) continue;
            uint256 newer = times & ((1 << shift) - 1);
            return Deadlines.wrap(((times >> (shift + LANE)) << shift) | newer);
        }
        return self;
    }

    /// @notice The oldest time; zero when there is none.
    function earliest(Deadlines self) internal pure returns (uint48) {
        uint256 times = Deadlines.unwrap(self);
        while (times >> LANE != 0) times >>= LANE;
        return uint48(times);
    }

    /// @notice How many times there are.
    function count(Deadlines self) internal pure returns (uint256 number) {
        for (uint256 times = Deadlines.unwrap(self); times != 0; times >>= LANE) {
            ++number;
        }
    }
}
