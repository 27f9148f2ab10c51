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
import {IDrugProvenance} from "../../../contracts/drug/IDrugProvenance.sol";
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
        _add("NotRegulator", IDrugProvenance.NotRegulator.selector);
        _add("NotProductAuthority", IDrugProvenance.NotProductAuthority.selector);
        _add("MakerNotPermitted", IDrugProvenance.MakerNotPermitted.selector);
        _add("MakerNotAccredited", IDrugProvenance.MakerNotAccredited.selector);
        _add("NotTradingPartner", IDrugProvenance.NotTradingPartner.selector);
        _add("NotDispenser", IDrugProvenance.NotDispenser.selector);
        _add("LotInsufficient", IDrugProvenance.LotInsufficient.selector);
        _add("LotUnknown", IDrugProvenance.LotUnknown.selector);
        _add("RangeNotQuarantined", IDrugProvenance.RangeNotQuarantined.selector);
        _add("LotNotQuarantined", IDrugProvenance.LotNotQuarantined.selector);
        _add("ShipmentToSelf", IDrugProvenance.ShipmentToSelf.selector);
        _add("ShipmentWrongStatus", IDrugProvenance.ShipmentWrongStatus.selector);
        _add("PackUndoNotSameParty", IDrugProvenance.PackUndoNotSameParty.selector);
    }

    function refusalOf(string memory name) internal view returns (bytes4 selector) {
        selector = _selectors[keccak256(bytes(name))];
        require(selector != 0, string.concat("Refusals.sol knows no error ", name));
    }

    function _add(string memory name, bytes4 selector) private {
        _selectors[keccak256(bytes(name))] = selector;
    }
}
