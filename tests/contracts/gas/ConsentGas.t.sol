// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {Authorization} from "../../../contracts/shared/Authorization.sol";
import {ConsentTest} from "../consent/ConsentTest.sol";
import {Gas} from "./Gas.sol";

/// @title Gas of consents
contract ConsentGasTest is ConsentTest, Gas {
    // Granting ------------------------------------------------------------------------------------

    function test_grant() external {
        grant();
        measured("consent_grant");
    }

    function test_grantBySig() external {
        bytes32 structHash = grantStruct(theConsent(), soon());
        _grantSigned(
            patient.addr,
            particularsTo(clinician.addr),
            signForConsents(patient, structHash, soon())
        );
        measured("consent_grant_by_sig");
    }

    function test_grantByDelegate() external {
        delegate(GRANT, carer.addr, 365 days);
        vm.prank(carer.addr);
        consents.grantConsent(patient.addr, 0, particularsTo(clinician.addr));
        measured("consent_grant_by_delegate");
    }

    function test_grantByPasskey() external {
        _grantByPasskey();
        measured("consent_grant_by_passkey");
    }

    /// forge-config: gas.evm_version = "osaka"
    function test_grantByPasskeyWithThePrecompile() external {
        _grantByPasskey();
        measured("consent_grant_by_passkey_with_precompile");
    }

    function _grantByPasskey() private {
        Passkey memory key = makePasskey(address(passkeys), 7);
        bytes32 particulars = particularsTo(clinician.addr);
        bytes32 structHash = grantStruct(idOf(key.identity, 0, particulars), soon());
        bytes memory signature = signWithPasskey(key, digestOf(address(consents), structHash));
        _grantSigned(key.identity, particulars, Authorization(key.signer, soon(), signature));
    }

    function _grantSigned(address who, bytes32 particulars, Authorization memory auth) private {
        vm.prank(relayer.addr);
        consents.grantConsentBySig(who, 0, particulars, auth);
    }

    // Revoking ------------------------------------------------------------------------------------

    function test_revoke() external {
        bytes32 consentId = grant();
        later();
        vm.prank(patient.addr);
        consents.revokeConsent(patient.addr, consentId);
        measured("consent_revoke");
    }

    function test_revokeUnregistered() external {
        bytes32 consentId = theConsent();
        vm.prank(patient.addr);
        consents.revokeConsent(patient.addr, consentId);
        measured("consent_revoke_unregistered");
    }

    function test_revokeBySig() external {
        bytes32 consentId = grant();
        later();
        bytes32 structHash = revokeStruct(patient.addr, consentId, soon());
        Authorization memory auth = signForConsents(patient, structHash, soon());
        vm.prank(relayer.addr);
        consents.revokeConsentBySig(patient.addr, consentId, auth);
        measured("consent_revoke_by_sig");
    }

    function test_revokeAllFirst() external {
        revokeAll();
        measured("consent_revoke_all_first");
    }

    function test_revokeAllSteady() external {
        revokeAll();
        later();
        revokeAll();
        measured("consent_revoke_all");
    }

    function test_revokeAllBySig() external {
        revokeAll();
        later();
        bytes32 epoch = consents.epochOf(patient.addr);
        bytes32 structHash = revokeAllStruct(patient.addr, epoch, soon());
        Authorization memory auth = signForConsents(patient, structHash, soon());
        vm.prank(relayer.addr);
        consents.revokeAllConsentsBySig(patient.addr, epoch, FRESH, auth);
        measured("consent_revoke_all_by_sig");
    }
}
