// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IAccreditationRegistry} from "../../../contracts/accreditation/IAccreditationRegistry.sol";
import {Roles} from "../../../contracts/accreditation/Role.sol";
import {ConsentRegistry} from "../../../contracts/consent/ConsentRegistry.sol";
import {IBreakGlass} from "../../../contracts/consent/IBreakGlass.sol";
import {IdentityRegistry} from "../../../contracts/identity/IdentityRegistry.sol";
import {AnyAccreditations} from "./AnyAccreditations.sol";
import {Proof} from "./Proof.sol";

/// @title Windows of break-glass: what an open one means, and what opening one takes, from any state
contract WindowProofs is Proof {
    IdentityRegistry private identities;
    IAccreditationRegistry private accreditations;
    ConsentRegistry private consents;

    function setUp() public {
        identities = new IdentityRegistry();
        accreditations = IAccreditationRegistry(address(new AnyAccreditations()));
        consents = new ConsentRegistry(identities, accreditations);
        anyState(address(identities));
        anyState(address(accreditations));
        anyState(address(consents));
    }

    /// @dev Times since 1970 at least a day old, so that "never opened" is long ago.
    function check_anOpenWindowIsShortAndNotRefused(address patient, address clinician, uint48 time)
        external
    {
        _at(time);
        vm.assume(consents.isBreakGlassOpen(patient, clinician));
        bytes32 id = consents.lastWindow(patient, clinician);
        IBreakGlass.Window memory window = consents.windowOf(id);
        assert(window.openedAt != 0 && time < uint256(window.openedAt) + 4 hours);
        (bool optedOut,) = consents.breakGlassOptOut(patient);
        assert(!optedOut && !identities.isDeactivated(patient));
        assert(!identities.isDeactivated(clinician));
        assert(accreditations.isAccredited(clinician, Roles.EMERGENCY_CLINICIAN));
    }

    function check_openingIsForWhoMayAndHasAnswered(
        address caller,
        address clinician,
        address patient,
        uint48 time
    ) external {
        _at(time);
        (uint256 earliest, uint256 count) = consents.unjustifiedOf(clinician);
        (bool optedOut,) = consents.breakGlassOptOut(patient);
        bool wasOpen = consents.isBreakGlassOpen(patient, clinician);
        vm.prank(caller);
        consents.openBreakGlass(clinician, patient, "reason");
        assert(caller == identities.identityOwner(clinician));
        assert(accreditations.isAccredited(clinician, Roles.EMERGENCY_CLINICIAN));
        assert(!optedOut && !wasOpen);
        assert(count < 3 && (earliest == 0 || time <= earliest));
    }

    function witness_somebodyOpens(address caller, address clinician, address patient, uint48 time)
        external
    {
        _at(time);
        bytes memory data =
            abi.encodeCall(IBreakGlass.openBreakGlass, (clinician, patient, "reason"));
        assert(!passes(caller, address(consents), data));
    }

    function _at(uint48 time) private {
        // Ends and deadlines have 48 bits too: nine million years.
        vm.assume(time > 1 days && time < 1 << 47);
        vm.warp(time);
        vm.roll(1000);
    }
}
