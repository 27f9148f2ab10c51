// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IAccreditationRegistry} from "../../../contracts/accreditation/IAccreditationRegistry.sol";
import {ConsentRegistry} from "../../../contracts/consent/ConsentRegistry.sol";
import {IConsentRegistry} from "../../../contracts/consent/IConsentRegistry.sol";
import {IdentityRegistry} from "../../../contracts/identity/IdentityRegistry.sol";
import {AnyAccreditations} from "./AnyAccreditations.sol";
import {Proof} from "./Proof.sol";

/// @title Consents: what any one act can make of any consent in any state
contract ConsentProofs is Proof {
    IdentityRegistry private identities;
    ConsentRegistry private consents;

    function setUp() public {
        identities = new IdentityRegistry();
        IAccreditationRegistry accreditations =
            IAccreditationRegistry(address(new AnyAccreditations()));
        consents = new ConsentRegistry(identities, accreditations);
        anyState(address(identities));
        anyState(address(accreditations));
        anyState(address(consents));
    }

    function check_activeIsGrantedNotRevokedNotDeactivated(address patient, bytes32 id)
        external
        view
    {
        IConsentRegistry.ConsentStatus memory status = consents.consentStatus(patient, id);
        assert(status.active == consents.isActive(patient, id));
        if (!status.active) return;
        assert(status.grantedAt != 0 && status.revokedAt == 0);
        assert(!identities.isDeactivated(patient));
    }

    function check_revokedNeverBecomesActive(
        address caller,
        uint8 act,
        address whose,
        bytes32 a,
        bytes32 b,
        address patient,
        bytes32 id,
        uint48 time
    ) external {
        _at(time);
        uint256 revokedAt = consents.consentStatus(patient, id).revokedAt;
        vm.assume(revokedAt != 0);
        _act(caller, act, whose, a, b);
        assert(consents.consentStatus(patient, id).revokedAt == revokedAt);
        assert(!consents.isActive(patient, id));
    }

    function check_onlyAGrantMakesActive(
        address caller,
        uint8 act,
        address whose,
        bytes32 a,
        bytes32 b,
        address patient,
        bytes32 id,
        uint48 time
    ) external {
        _at(time);
        vm.assume(!consents.isActive(patient, id));
        // Another epoch of 160 equal bits is what nobody finds.
        vm.assume(act != 2);
        _act(caller, act, whose, a, b);
        if (!consents.isActive(patient, id)) return;
        assert(act == 0 && patient == whose && id == consents.consentIdOf(whose, a, b));
        assert(a == consents.epochOf(patient));
    }

    function witness_aGrantMakesActive(
        address caller,
        address patient,
        bytes32 epoch,
        bytes32 particulars,
        uint48 time
    ) external {
        _at(time);
        bytes32 id = consents.consentIdOf(patient, epoch, particulars);
        vm.assume(!consents.isActive(patient, id));
        _act(caller, 0, patient, epoch, particulars);
        assert(!consents.isActive(patient, id));
    }

    function witness_somethingElseHappensToTheRevoked(
        address caller,
        address patient,
        bytes32 id,
        address whose,
        bytes32 other,
        uint48 time
    ) external {
        _at(time);
        vm.assume(consents.consentStatus(patient, id).revokedAt != 0);
        _act(caller, 1, whose, other, 0);
        assert(consents.consentStatus(whose, other).revokedAt == 0);
    }

    function check_whatWasNeverRegisteredIsRevokedForEver(
        address caller,
        address other,
        address patient,
        bytes32 epoch,
        bytes32 particulars,
        uint48 time
    ) external {
        _at(time);
        bytes32 id = consents.consentIdOf(patient, epoch, particulars);
        vm.assume(consents.consentStatus(patient, id).grantedAt == 0);
        vm.prank(caller);
        consents.revokeConsent(patient, id);
        bytes memory grant =
            abi.encodeCall(ConsentRegistry.grantConsent, (patient, epoch, particulars));
        assert(!passes(other, address(consents), grant));
        assert(!consents.isActive(patient, id));
    }

    function check_nothingKeepsAPatientFromRevoking(
        address patient,
        bytes32 id,
        bytes32 salt,
        uint48 time
    ) external {
        _at(time);
        address owner = identities.identityOwner(patient);
        vm.assume(owner != address(0));
        vm.assume(consents.consentStatus(patient, id).revokedAt == 0);
        bytes memory revoke = abi.encodeCall(ConsentRegistry.revokeConsent, (patient, id));
        assert(passes(owner, address(consents), revoke));
        bytes memory revokeAll = abi.encodeCall(ConsentRegistry.revokeAllConsents, (patient, salt));
        assert(passes(owner, address(consents), revokeAll));
    }

    function check_revokeAllEndsWhatWasActive(
        address caller,
        address patient,
        bytes32 id,
        bytes32 salt
    ) external {
        vm.roll(1000);
        vm.assume(consents.isActive(patient, id));
        bytes32 epoch = consents.epochOf(patient);
        vm.prank(caller);
        consents.revokeAllConsents(patient, salt);
        // Two epochs of 160 equal bits are what nobody finds.
        vm.assume(uint160(uint256(consents.epochOf(patient))) != uint160(uint256(epoch)));
        assert(!consents.isActive(patient, id));
    }

    function _at(uint48 time) private {
        vm.assume(time != 0);
        vm.warp(time);
        vm.roll(1000);
    }

    /// @dev Each signed twin runs the same private function.
    function _act(address caller, uint8 act, address whose, bytes32 a, bytes32 b) private {
        vm.prank(caller);
        if (act == 0) consents.grantConsent(whose, a, b);
        else if (act == 1) consents.revokeConsent(whose, a);
        else if (act == 2) consents.revokeAllConsents(whose, a);
        else if (act == 3) consents.setBreakGlassOptOut(whose, a != 0);
        else consents.justifyBreakGlass(whose, a, b);
    }
}
