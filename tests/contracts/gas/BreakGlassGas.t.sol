// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {BreakGlassTest} from "../consent/BreakGlassTest.sol";
import {Gas} from "./Gas.sol";

/// @title Gas of break-glass
contract BreakGlassGasTest is BreakGlassTest, Gas {
    function test_openFirst() external {
        open();
        measured("break_glass_open_first");
    }

    function test_openSteady() external {
        justify(open());
        skip(consents.WINDOW());
        open();
        measured("break_glass_open_steady");
    }

    function test_justify() external {
        bytes32 windowId = open();
        later();
        justify(windowId);
        measured("break_glass_justify");
    }

    function test_optOutFirst() external {
        choose(true);
        measured("break_glass_opt_out_first");
    }

    function test_optOutSteady() external {
        choose(true);
        later();
        choose(false);
        measured("break_glass_opt_out_steady");
    }
}
