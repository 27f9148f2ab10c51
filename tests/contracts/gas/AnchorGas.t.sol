// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {Checkpoint} from "../../../contracts/anchor/Checkpoint.sol";
import {Authorization} from "../../../contracts/shared/Authorization.sol";
import {AnchorTest} from "../anchor/AnchorTest.sol";
import {Gas} from "./Gas.sol";

/// @title Gas of checkpoints, the same for logs of any size
contract AnchorGasTest is AnchorTest, Gas {
    function test_anchorFirst() external {
        anchorFirst();
        measured("anchor_first");
    }

    function test_anchorSteady() external {
        Checkpoint memory last = anchorFirst();
        later();
        vm.prank(hospital.addr);
        anchors.anchor(hospital.addr, STREAM, last, 2 ** 53 - 1, NEXT_ROOT);
        measured("anchor_steady");
    }

    function test_anchorBySig() external {
        Checkpoint memory last = anchorFirst();
        later();
        Authorization memory auth = signNext(hospital, idOf(last));
        submitNext(last, auth);
        measured("anchor_by_sig");
    }
}
