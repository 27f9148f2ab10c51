// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {Roles} from "../../../contracts/accreditation/Role.sol";
import {Authorization} from "../../../contracts/shared/Authorization.sol";
import {BreakGlassTest} from "./BreakGlassTest.sol";

/// @title Every signed act of the consent registry in one shape, so that one test tries them all
/// @notice `ready(act, identity)` brings the chain to where `identity` may do it, `structOf` is what
/// it signs, `submit` what anybody then sends, `done` whether it took effect.
abstract contract SignedActsTest is BreakGlassTest {
    enum Act {
        Grant,
        Revoke,
        RevokeAll,
        Open,
        Justify,
        OptOut
    }

    uint256 internal constant ACTS = 6;
    uint256 internal deadline;
    bytes32 private windowId;

    /// @dev On whom clinicians act here; patients act on themselves.
    address internal constant UNCONSCIOUS = address(0xA11CE);

    function setUp() public virtual override {
        super.setUp();
        deadline = soon();
    }

    function ready(Act act, address identity) internal {
        if (act != Act.Open && act != Act.Justify) return;
        _accredit(identity, Roles.EMERGENCY_CLINICIAN);
        if (act == Act.Open) return;
        vm.prank(identity);
        windowId = consents.openBreakGlass(identity, UNCONSCIOUS, REASON);
    }

    function structOf(Act act, address identity) internal view returns (bytes32) {
        bytes32 id = idOf(identity, 0, particularsTo(clinician.addr));
        if (act == Act.Grant) return grantStruct(id, deadline);
        if (act == Act.Revoke) return revokeStruct(identity, id, deadline);
        if (act == Act.RevokeAll) return revokeAllStruct(identity, 0, deadline);
        if (act == Act.Open) return openStruct(identity, UNCONSCIOUS, 0, deadline);
        if (act == Act.Justify) return justifyStruct(identity, windowId, deadline);
        return optOutStruct(identity, true, 0, deadline);
    }

    function submit(Act act, address identity, Authorization memory auth) internal {
        bytes32 particulars = particularsTo(clinician.addr);
        vm.prank(relayer.addr);
        if (act == Act.Grant) {
            consents.grantConsentBySig(identity, 0, particulars, auth);
        } else if (act == Act.Revoke) {
            consents.revokeConsentBySig(identity, idOf(identity, 0, particulars), auth);
        } else if (act == Act.RevokeAll) {
            consents.revokeAllConsentsBySig(identity, 0, FRESH, auth);
        } else if (act == Act.Open) {
            consents.openBreakGlassBySig(identity, UNCONSCIOUS, REASON, 0, auth);
        } else if (act == Act.Justify) {
            consents.justifyBreakGlassBySig(identity, windowId, ANSWER, auth);
        } else {
            consents.setBreakGlassOptOutBySig(identity, true, 0, auth);
        }
    }

    function done(Act act, address identity) internal view returns (bool effect) {
        bytes32 id = idOf(identity, 0, particularsTo(clinician.addr));
        if (act == Act.Grant) return consents.consentStatus(identity, id).grantedAt != 0;
        if (act == Act.Revoke) return consents.consentStatus(identity, id).revokedAt != 0;
        if (act == Act.RevokeAll) return consents.epochOf(identity) != 0;
        if (act == Act.Open) return consents.lastWindow(UNCONSCIOUS, identity) != 0;
        if (act == Act.Justify) return consents.windowOf(windowId).justifiedAt != 0;
        (effect,) = consents.breakGlassOptOut(identity);
    }

    /// @dev Who signs an act here when nothing else is said: the patient, for clinicians' acts too.
    function authorize(Act act) internal view returns (Authorization memory) {
        return signForConsents(patient, structOf(act, patient.addr), deadline);
    }
}
