// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {ISignedActs} from "./ISignedActs.sol";
import {Authorization} from "../types/Authorization.sol";

/// @title Consents as commitments, revocations that nobody can block, and break-glass
/// @notice A consent is the EIP-712 struct
/// `Consent(address patient,bytes32 epoch,Particulars particulars)Particulars(address grantee,bytes32 termsDigest,bytes32 salt)`;
/// its id is that struct's hash. The contract sees the hash of the particulars only.
/// @dev Trust: nobody governs this contract. A consent is granted and revoked by who controls the patient's identity,
/// or by a delegate of type `GRANT_DELEGATE` or `REVOKE_DELEGATE` whose own identity still is its own controller.
/// @dev Warning: `isActive` says that a consent was registered and not ended. What it permits stands in its terms, off
/// chain; a consent's validity period is part of them.
/// @dev Privacy: patient pseudonym, consent id and times are public; grantee and terms are not, as long as the salt is
/// secret.
interface IConsentRegistry is ISignedActs {
    /// @notice What is stored for a consent.
    struct ConsentStatus {
        uint48 grantedAt;
        uint48 revokedAt;
        bool active;
    }

    /// @notice What is stored for a break-glass window.
    struct Window {
        uint48 openedAt;
        uint48 endsAt;
        uint48 justifiedAt;
        uint48 justifyBy;
    }

    event ConsentGranted(address indexed patient, bytes32 indexed consentId);
    event ConsentRevoked(address indexed patient, bytes32 indexed consentId);
    event AllConsentsRevoked(address indexed patient, bytes32 epoch);
    event BreakGlassOpened(
        address indexed patient, address indexed clinician, bytes32 indexed windowId, uint256 endsAt, bytes32 reason
    );
    event BreakGlassJustified(bytes32 indexed windowId, address indexed clinician, bytes32 justification, bool late);
    event BreakGlassOptOutSet(address indexed patient, bool optedOut, uint256 revision);

    error ConsentAlreadyGranted(address patient, bytes32 consentId);
    error ConsentAlreadyRevoked(address patient, bytes32 consentId);
    error ConsentEpochMoved(address patient, bytes32 epoch);
    error BreakGlassNotEmergencyClinician(address clinician);
    error BreakGlassOptedOut(address patient);
    error BreakGlassOverdue(address clinician, uint256 justifyBy);
    error BreakGlassTooMany(address clinician, uint256 open);
    error BreakGlassAlreadyOpen(bytes32 windowId, uint256 endsAt);
    error BreakGlassUnknown(bytes32 windowId);
    error BreakGlassAlreadyJustified(bytes32 windowId);
    error BreakGlassRevisionMoved(address patient, uint256 expected, uint256 given);

    /// @notice ERC-1056 delegate type of who may grant for a patient.
    function GRANT_DELEGATE() external view returns (bytes32);

    /// @notice ERC-1056 delegate type of who may revoke for a patient.
    function REVOKE_DELEGATE() external view returns (bytes32);

    /// @notice Seconds that a break-glass window stays open.
    function WINDOW() external view returns (uint256);

    /// @notice Seconds, from opening, within which a window must be justified.
    function JUSTIFY_WITHIN() external view returns (uint256);

    /// @notice How many windows a clinician may have unjustified at a time.
    function MAX_UNJUSTIFIED() external view returns (uint256);

    // Reads ---------------------------------------------------------------------------------------------------------

    /// @notice The value that `patient`'s consents must carry now.
    function epochOf(address patient) external view returns (bytes32);

    /// @notice The id of a consent of `patient`, in an epoch, with the hash of its particulars.
    function consentIdOf(address patient, bytes32 epoch, bytes32 particulars) external pure returns (bytes32);

    /// @notice Whether the consent was granted in the patient's current epoch, is not revoked, and the patient's identity
    /// is not deactivated.
    function isActive(address patient, bytes32 consentId) external view returns (bool);

    /// @notice When the consent was granted and revoked (zero: never), and whether it is active.
    function consentStatus(address patient, bytes32 consentId) external view returns (ConsentStatus memory);

    /// @notice Whether `patient` has opted out of break-glass, and the revision that the next signed choice must carry.
    function breakGlassOptOut(address patient) external view returns (bool optedOut, uint256 revision);

    /// @notice The window; zeros when there is none.
    function windowOf(bytes32 windowId) external view returns (Window memory);

    /// @notice The id of `clinician`'s current or last window on `patient`; zero when there is none.
    function lastWindow(address patient, address clinician) external view returns (bytes32 windowId);

    /// @notice Whether `clinician` has an open window on `patient` who has not opted out.
    function isBreakGlassOpen(address patient, address clinician) external view returns (bool);

    /// @notice The earliest time by which `clinician` must justify, and how many windows are unjustified; zeros for none.
    function unjustifiedOf(address clinician) external view returns (uint256 earliest, uint256 count);

    // Consents ------------------------------------------------------------------------------------------------------

    /// @notice Register a consent in the patient's current epoch.
    /// @param epoch The epoch that the caller made the consent for; must be the current one.
    /// @param particulars Hash of the struct `Particulars`.
    function grantConsent(address patient, bytes32 epoch, bytes32 particulars) external;

    /// @notice The same, signed over
    /// `GrantConsent(Consent consent,uint256 deadline)` with the structs above: the very signature that makes a consent
    /// valid off chain registers it.
    function grantConsentBySig(address patient, bytes32 epoch, bytes32 particulars, Authorization calldata auth) external;

    /// @notice End a consent for ever; one that was never registered too, which then never can be.
    function revokeConsent(address patient, bytes32 consentId) external;

    /// @notice The same, signed over `RevokeConsent(address patient,bytes32 consentId,uint256 deadline)`.
    function revokeConsentBySig(address patient, bytes32 consentId, Authorization calldata auth) external;

    /// @notice End every consent of `patient` by moving its epoch to a value that nobody could know before.
    function revokeAllConsents(address patient) external;

    /// @notice The same, signed over `RevokeAllConsents(address patient,bytes32 epoch,uint256 deadline)`; `epoch` is the
    /// current one and the replay guard.
    function revokeAllConsentsBySig(address patient, bytes32 epoch, Authorization calldata auth) external;

    // Break-glass ---------------------------------------------------------------------------------------------------

    /// @notice Open a window on `patient`. The caller must control `clinician`, an accredited emergency clinician.
    /// @param reason Salted commitment to the reason.
    function openBreakGlass(address clinician, address patient, bytes32 reason) external returns (bytes32 windowId);

    /// @notice The same, signed over
    /// `OpenBreakGlass(address clinician,address patient,bytes32 reason,bytes32 lastWindow,uint256 deadline)`; the id of
    /// the pair's last window is the replay guard.
    function openBreakGlassBySig(
        address clinician,
        address patient,
        bytes32 reason,
        bytes32 lastWindow_,
        Authorization calldata auth
    ) external returns (bytes32 windowId);

    /// @notice Justify a window that `clinician` opened; late justifications are taken and marked.
    /// @param justification Salted commitment to the justification.
    function justifyBreakGlass(address clinician, bytes32 windowId, bytes32 justification) external;

    /// @notice The same, signed over
    /// `JustifyBreakGlass(address clinician,bytes32 windowId,bytes32 justification,uint256 deadline)`.
    function justifyBreakGlassBySig(
        address clinician,
        bytes32 windowId,
        bytes32 justification,
        Authorization calldata auth
    ) external;

    /// @notice Refuse, or allow again, break-glass on `patient`. Refusing ends open windows too.
    function setBreakGlassOptOut(address patient, bool optedOut) external;

    /// @notice The same, signed over
    /// `SetBreakGlassOptOut(address patient,bool optedOut,uint256 revision,uint256 deadline)`.
    function setBreakGlassOptOutBySig(
        address patient,
        bool optedOut,
        uint256 revision,
        Authorization calldata auth
    ) external;
}
