// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IAccreditationRegistry} from "../accreditation/IAccreditationRegistry.sol";
import {Roles} from "../accreditation/Role.sol";
import {IIdentityRegistry} from "../identity/IIdentityRegistry.sol";
import {IdentityLaw} from "../shared/IdentityLaw.sol";
import {IDrugProvenance} from "./IDrugProvenance.sol";

/// @notice Who may act in the supply chain: accreditations are looked up each time.
abstract contract Partners is IDrugProvenance, IdentityLaw {
    /// @notice Where roles are looked up.
    // slither-disable-next-line naming-convention -- fixed for ever, like a constant
    IAccreditationRegistry public immutable ACCREDITATIONS;

    constructor(IIdentityRegistry identities, IAccreditationRegistry accreditations)
        IdentityLaw(identities)
    {
        ACCREDITATIONS = accreditations;
    }

    function _isRegulator(address identity) internal view returns (bool) {
        return ACCREDITATIONS.isAccredited(identity, Roles.REGULATOR);
    }

    function _requireRegulator(address identity) internal view {
        require(_isRegulator(identity), NotRegulator(identity));
    }

    function _requireManufacturer(address identity) internal view {
        require(
            ACCREDITATIONS.isAccredited(identity, Roles.MANUFACTURER), MakerNotAccredited(identity)
        );
    }

    function _requirePartner(address identity) internal view {
        require(
            ACCREDITATIONS.holdsAny(identity, Roles.TRADING_PARTNERS), NotTradingPartner(identity)
        );
    }

    /// @dev Asked one by one, not as a mask: a pharmacy, the usual case, then pays for one lookup.
    function _requireDispenser(address identity) internal view {
        require(
            ACCREDITATIONS.isAccredited(identity, Roles.PHARMACY)
                || ACCREDITATIONS.isAccredited(identity, Roles.HOSPITAL),
            NotDispenser(identity)
        );
    }
}
