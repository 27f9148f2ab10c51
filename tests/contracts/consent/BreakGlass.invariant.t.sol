// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {AccreditationRegistry} from "../../../contracts/accreditation/AccreditationRegistry.sol";
import {Roles} from "../../../contracts/accreditation/Role.sol";
import {ConsentRegistry} from "../../../contracts/consent/ConsentRegistry.sol";
import {IdentityRegistry} from "../../../contracts/identity/IdentityRegistry.sol";
import {Test} from "../base/Test.sol";
import {BreakGlassHandler} from "./BreakGlassHandler.sol";

/// @title Windows follow their model: short, refusable, answered for
contract BreakGlassInvariantTest is Test {
    BreakGlassHandler private handler;

    function setUp() public {
        vm.warp(1_800_000_000);
        vm.roll(1000);
        (address governance, address board) = (makeAddr("governance"), makeAddr("board"));
        IdentityRegistry identities = new IdentityRegistry();
        AccreditationRegistry accreditations =
            new AccreditationRegistry(identities, 3 days, governance, 0);
        vm.prank(governance);
        accreditations.nameAccreditor(Roles.EMERGENCY_CLINICIAN, board);
        handler = new BreakGlassHandler(
            new ConsentRegistry(identities, accreditations), accreditations, identities, board
        );
        for (uint256 i = 0; i < handler.PEOPLE(); ++i) {
            handler.accredit(i, true);
        }
        bytes4[] memory acts = new bytes4[](5);
        acts[0] = BreakGlassHandler.open.selector;
        acts[1] = BreakGlassHandler.justify.selector;
        acts[2] = BreakGlassHandler.choose.selector;
        acts[3] = BreakGlassHandler.accredit.selector;
        acts[4] = BreakGlassHandler.wait.selector;
        targetContract(address(handler));
        targetSelectors(address(handler), acts);
    }

    /// @notice A window is open for four hours at most, and not once the patient refused, even when it
    /// permits again, nor while the clinician is not accredited.
    function invariant_windowsAreShortAndRefusable() public view {
        handler.checkWindows();
    }

    /// @notice The one word of the brake tells what a list of all windows tells, and never exceeds it.
    function invariant_theBrakeIsTheList() public view {
        handler.checkBrake();
    }

    /// @notice Nobody opens unaccredited, refused, overdue, with too many, or twice; nobody justifies
    /// for another or twice; no window's id comes back.
    function invariant_nobodyTrespasses() public view {
        assertEq(handler.trespass(), "");
    }
}
