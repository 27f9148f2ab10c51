// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {Deadlines} from "../../../contracts/consent/Deadlines.sol";
import {Test} from "../base/Test.sol";

/// @title Times in one word, against times in a list
contract DeadlinesTest is Test {
    uint48[] private list;

    function test_noneHasNoEarliest() public pure {
        Deadlines none = Deadlines.wrap(0);
        assertEq(none.earliest(), 0);
        assertEq(none.count(), 0);
    }

    function test_removingFromNoneLeavesNone() public pure {
        assertEq(Deadlines.unwrap(Deadlines.wrap(0).remove(1)), 0);
    }

    function test_removingZeroChangesNothing() public pure {
        Deadlines one = Deadlines.wrap(0).add(7);
        assertEq(Deadlines.unwrap(one.remove(0)), 7);
    }

    function test_holdsFive() public pure {
        Deadlines times = Deadlines.wrap(0);
        for (uint48 i = 1; i <= 5; ++i) {
            times = times.add(type(uint48).max - 5 + i);
        }
        assertEq(times.count(), 5);
        assertEq(times.earliest(), type(uint48).max - 4);
        times = times.remove(type(uint48).max - 4).remove(type(uint48).max);
        assertEq(times.count(), 3);
        assertEq(times.earliest(), type(uint48).max - 3);
    }

    /// @dev Each step of `script` adds a later time or removes one of those there, or one that is not.
    function testFuzz_behavesLikeAList(uint16[12] calldata script) public {
        Deadlines times = Deadlines.wrap(0);
        uint48 clock = 1;
        for (uint256 i = 0; i < script.length; ++i) {
            clock += script[i] % 3;
            if (script[i] % 2 == 0 && list.length < 5) {
                times = times.add(clock);
                list.push(clock);
            } else {
                uint48 chosen = list.length == 0
                    ? clock
                    : list[(script[i] / 2) % list.length] + script[i] % 5 / 4;
                times = times.remove(chosen);
                _removeFromList(chosen);
            }
            assertEq(times.count(), list.length);
            assertEq(times.earliest(), list.length == 0 ? 0 : list[0]);
        }
    }

    function _removeFromList(uint48 time) private {
        for (uint256 i = 0; i < list.length; ++i) {
            if (list[i] != time) continue;
            for (; i + 1 < list.length; ++i) {
                list[i] = list[i + 1];
            }
            list.pop();
        }
    }
}
