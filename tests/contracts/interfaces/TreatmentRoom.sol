// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IConsentRegistry} from "@salus/interfaces/consent/IConsentRegistry.sol";
import {IIdentityRegistry} from "@salus/interfaces/identity/IIdentityRegistry.sol";

/// @title An example: a contract of a hospital that acts only under a patient's consent
/// @notice Books a visit for a patient whose consent is in force, at the patient's own word.
/// @dev `isActive` says that the consent was registered and not ended. Whether it permits the visit stands in its terms,
/// which the hospital reads off chain before it calls.
contract TreatmentRoom {
    IConsentRegistry public immutable CONSENTS;
    IIdentityRegistry public immutable IDENTITIES;

    mapping(address patient => uint256 visits) private _visits;

    event VisitBooked(address indexed patient, bytes32 indexed consentId);

    /// @notice Thrown when the caller does not control the patient's identity.
    error NotPatient(address patient, address caller);

    /// @notice Thrown when the consent was never granted, has been revoked, or is of an earlier epoch.
    error ConsentNotActive(address patient, bytes32 consentId);

    constructor(IConsentRegistry consents, IIdentityRegistry identities) {
        (CONSENTS, IDENTITIES) = (consents, identities);
    }

    /// @notice Book a visit under a consent.
    function bookVisit(address patient, bytes32 consentId) external {
        require(IDENTITIES.identityOwner(patient) == msg.sender, NotPatient(patient, msg.sender));
        require(CONSENTS.isActive(patient, consentId), ConsentNotActive(patient, consentId));

        ++_visits[patient];

        emit VisitBooked(patient, consentId);
    }

    /// @notice How many visits were booked for a patient.
    function visitsOf(address patient) external view returns (uint256) {
        return _visits[patient];
    }
}
