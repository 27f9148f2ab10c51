// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {AccreditationRegistry} from "../../../contracts/accreditation/AccreditationRegistry.sol";
import {ConsentRegistry} from "../../../contracts/consent/ConsentRegistry.sol";
import {IdentityRegistry} from "../../../contracts/identity/IdentityRegistry.sol";
import {Test} from "../base/Test.sol";
import {ConsentHandler} from "./ConsentHandler.sol";

/// @title Consents follow their model; what ended stays ended; nobody delays a revocation
contract ConsentInvariantTest is Test {
    ConsentHandler private handler;

    function setUp() public {
        vm.warp(1_800_000_000);
        vm.roll(1000);
        IdentityRegistry identities = new IdentityRegistry();
        AccreditationRegistry accreditations =
            new AccreditationRegistry(identities, 3 days, makeAddr("governance"), 2 days);
        handler = new ConsentHandler(new ConsentRegistry(identities, accreditations), identities);
        bytes4[] memory acts = new bytes4[](9);
        acts[0] = ConsentHandler.grant.selector;
        acts[1] = ConsentHandler.revoke.selector;
        acts[2] = ConsentHandler.revokeAll.selector;
        acts[3] = ConsentHandler.signAndWithhold.selector;
        acts[4] = ConsentHandler.submitWithheld.selector;
        acts[5] = ConsentHandler.trespassAsThief.selector;
        acts[6] = ConsentHandler.delegate.selector;
        acts[7] = ConsentHandler.deactivate.selector;
        acts[8] = ConsentHandler.wait.selector;
        targetContract(address(handler));
        targetSelectors(address(handler), acts);
    }

    /// @notice Active means granted in the current epoch, not revoked, not deactivated; what ended in
    /// any of these ways never is active again, and never for another patient.
    function invariant_whatEndedStaysEnded() public view {
        handler.checkModel();
    }

    /// @notice No thief acts, no epoch repeats, no revoked consent is granted, no signature counts
    /// twice, and no signed revocation waits for anything.
    function invariant_nobodyTrespasses() public view {
        assertEq(handler.trespass(), "");
    }
}
