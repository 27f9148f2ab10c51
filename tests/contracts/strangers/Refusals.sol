// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IAccessControl} from "@openzeppelin/contracts/access/IAccessControl.sol";
import {
    IAccessControlDefaultAdminRules
} from "@openzeppelin/contracts/access/extensions/IAccessControlDefaultAdminRules.sol";

import {IAccreditationRegistry} from "../../../contracts/accreditation/IAccreditationRegistry.sol";
import {IAnchorRegistry} from "../../../contracts/anchor/IAnchorRegistry.sol";
import {IBreakGlass} from "../../../contracts/consent/IBreakGlass.sol";
import {IConsentRegistry} from "../../../contracts/consent/IConsentRegistry.sol";
import {IDrugProvenanceErrors} from "../../../contracts/drug/IDrugProvenanceErrors.sol";
import {IIdentityRegistry} from "../../../contracts/identity/IIdentityRegistry.sol";
import {ISignedActs} from "../../../contracts/shared/ISignedActs.sol";

/// @title Errors that refuse somebody, by name
abstract contract Refusals {
    mapping(bytes32 nameHash => bytes4 selector) private _selectors;

    constructor() {
        _add("NotController", ISignedActs.NotController.selector);
        _add("SignatureInvalid", ISignedActs.SignatureInvalid.selector);
        _add("IdentityDeactivated", IIdentityRegistry.IdentityDeactivated.selector);
        _add("IdentityInvalidNonce", IIdentityRegistry.IdentityInvalidNonce.selector);
        _add("RecoveryInvalidApproval", IIdentityRegistry.RecoveryInvalidApproval.selector);
        _add("GuardiansMismatch", IIdentityRegistry.GuardiansMismatch.selector);
        _add("GuardiansNotScheduled", IIdentityRegistry.GuardiansNotScheduled.selector);
        _add("RecoveryNone", IIdentityRegistry.RecoveryNone.selector);
        _add("AccreditorUnknown", IAccreditationRegistry.AccreditorUnknown.selector);
        _add("AccreditorNotEffective", IAccreditationRegistry.AccreditorNotEffective.selector);
        _add(
            "AccessControlUnauthorizedAccount",
            IAccessControl.AccessControlUnauthorizedAccount.selector
        );
        _add("AccessControlBadConfirmation", IAccessControl.AccessControlBadConfirmation.selector);
        _add(
            "AccessControlInvalidDefaultAdmin",
            IAccessControlDefaultAdminRules.AccessControlInvalidDefaultAdmin.selector
        );
        _add("ConsentAlreadyGranted", IConsentRegistry.ConsentAlreadyGranted.selector);
        _add("ConsentAlreadyRevoked", IConsentRegistry.ConsentAlreadyRevoked.selector);
        _add("ConsentEpochMoved", IConsentRegistry.ConsentEpochMoved.selector);
        _add("HeadMoved", IAnchorRegistry.HeadMoved.selector);
        _add("BreakGlassWindowMoved", IBreakGlass.BreakGlassWindowMoved.selector);
        _add("BreakGlassAlreadyJustified", IBreakGlass.BreakGlassAlreadyJustified.selector);
        _add("BreakGlassRevisionMoved", IBreakGlass.BreakGlassRevisionMoved.selector);
        _add("BreakGlassUnknown", IBreakGlass.BreakGlassUnknown.selector);
        _add(
            "BreakGlassNotEmergencyClinician", IBreakGlass.BreakGlassNotEmergencyClinician.selector
        );
        _add("NotRegulator", IDrugProvenanceErrors.NotRegulator.selector);
        _add("NotProductAuthority", IDrugProvenanceErrors.NotProductAuthority.selector);
        _add("MakerNotPermitted", IDrugProvenanceErrors.MakerNotPermitted.selector);
        _add("MakerNotAccredited", IDrugProvenanceErrors.MakerNotAccredited.selector);
        _add("NotTradingPartner", IDrugProvenanceErrors.NotTradingPartner.selector);
        _add("NotDispenser", IDrugProvenanceErrors.NotDispenser.selector);
        _add("LotInsufficient", IDrugProvenanceErrors.LotInsufficient.selector);
        _add("LotUnknown", IDrugProvenanceErrors.LotUnknown.selector);
        _add("RangeNotQuarantined", IDrugProvenanceErrors.RangeNotQuarantined.selector);
        _add("LotNotQuarantined", IDrugProvenanceErrors.LotNotQuarantined.selector);
        _add("ShipmentToSelf", IDrugProvenanceErrors.ShipmentToSelf.selector);
        _add("ShipmentWrongStatus", IDrugProvenanceErrors.ShipmentWrongStatus.selector);
        _add("PackUndoNotSameParty", IDrugProvenanceErrors.PackUndoNotSameParty.selector);
    }

    function refusalOf(string memory name) internal view returns (bytes4 selector) {
        selector = _selectors[keccak256(bytes(name))];
        require(selector != 0, string.concat("Refusals.sol knows no error ", name));
    }

    function _add(string memory name, bytes4 selector) private {
        _selectors[keccak256(bytes(name))] = selector;
    }
}
