// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {Authorization} from "../shared/Authorization.sol";
import {ISignedActs} from "../shared/ISignedActs.sol";

/// @title A short window on a patient, for an emergency clinician, answered for afterwards
/// @notice A window is open for `WINDOW` seconds, as long as the clinician stays accredited and not
/// deactivated, and the patient neither opts out nor is deactivated. It must be justified within
/// `JUSTIFY_WITHIN` seconds of its opening.
/// @dev Trust: the accreditation registry says who is an emergency clinician, each time it is
/// asked.
/// @dev Warning: a justification is a commitment that nobody weighs here. Who holds a clinician's
/// key can justify with anything; what then helps is to take the accreditation away, which also
/// ends what is open.
/// @dev Privacy: which clinician opened a window on which pseudonym, and when, is public for ever;
/// reason and justification are commitments. A patient's choice to opt out is public.
interface IBreakGlass is ISignedActs {
    /// @notice What is known of a break-glass window; all in Unix seconds.
    /// @param endsAt When it ends if nothing ends it earlier.
    /// @param justifiedAt Zero until it is justified.
    /// @param justifyBy The last second at which a justification is in time.
    struct Window {
        uint48 openedAt;
        uint48 endsAt;
        uint48 justifiedAt;
        uint48 justifyBy;
    }

    event BreakGlassOpened(
        address indexed patient,
        address indexed clinician,
        bytes32 indexed windowId,
        uint256 endsAt,
        bytes32 reason
    );
    event BreakGlassJustified(
        bytes32 indexed windowId, address indexed clinician, bytes32 justification, bool late
    );
    /// @param revision The one that the next signed choice must carry.
    event BreakGlassOptOutSet(address indexed patient, bool optedOut, uint256 revision);

    /// @notice Thrown when `clinician` is not accredited as an emergency clinician now.
    error BreakGlassNotEmergencyClinician(address clinician);

    /// @notice Thrown when the patient opted out, in this second at the latest, or is deactivated.
    error BreakGlassOptedOut(address patient);

    /// @notice Thrown when `clinician` must first justify the window whose time ended at `justifyBy`.
    error BreakGlassOverdue(address clinician, uint256 justifyBy);

    /// @notice Thrown when `clinician` must first justify one of its `open` windows.
    error BreakGlassTooMany(address clinician, uint256 open);

    /// @notice Thrown when the clinician has a window on this patient, open until `endsAt`.
    error BreakGlassAlreadyOpen(bytes32 windowId, uint256 endsAt);

    /// @notice Thrown when that clinician never opened such a window.
    error BreakGlassUnknown(bytes32 windowId);

    /// @notice Thrown when the window was justified before.
    error BreakGlassAlreadyJustified(bytes32 windowId);

    /// @notice Thrown when the act was signed when `given` was the pair's last window; now it is `lastWindow`.
    error BreakGlassWindowMoved(bytes32 lastWindow, bytes32 given);

    /// @notice Thrown when a signed permission does not carry the revision `expected`, or a signed refusal neither that nor
    /// one up to 255 above it.
    error BreakGlassRevisionMoved(address patient, uint256 expected, uint256 given);

    /// @notice Seconds that a break-glass window stays open.
    function WINDOW() external view returns (uint256);

    /// @notice Seconds, from opening, within which a window must be justified.
    function JUSTIFY_WITHIN() external view returns (uint256);

    /// @notice How many windows a clinician may have unjustified at a time.
    function MAX_UNJUSTIFIED() external view returns (uint256);

    /// @notice Whether break-glass on `patient` is refused (it opted out, or is deactivated), and
    /// the revision that its next signed choice must carry.
    function breakGlassOptOut(address patient)
        external
        view
        returns (bool optedOut, uint256 revision);

    /// @notice The window; zeros when there is none.
    /// @dev Warning: says when it was to end, not whether it was ended earlier: see
    /// `isBreakGlassOpen`.
    function windowOf(bytes32 windowId) external view returns (Window memory);

    /// @notice The id of `clinician`'s current or last window on `patient`; zero when there is
    /// none.
    function lastWindow(address patient, address clinician) external view returns (bytes32 windowId);

    /// @notice Whether `clinician` has, now, an open window on `patient`.
    /// @dev Warning: names an identity. Whoever releases keys also checks that the one who asks
    /// controls it now.
    function isBreakGlassOpen(address patient, address clinician) external view returns (bool);

    /// @notice The earliest time by which `clinician` must justify, and how many windows are
    /// unjustified; zeros for none.
    function unjustifiedOf(address clinician)
        external
        view
        returns (uint256 earliest, uint256 count);

    /// @notice Open a window on `patient`. The caller must control `clinician`, an accredited
    /// emergency clinician.
    /// @param reason Salted commitment to the reason.
    function openBreakGlass(address clinician, address patient, bytes32 reason)
        external
        returns (bytes32 windowId);

    /// @notice The same, signed over
    /// `OpenBreakGlass(address clinician,address patient,bytes32 reason,bytes32 lastWindow,uint256 deadline)`;
    /// the id of the pair's last window is the replay guard.
    function openBreakGlassBySig(
        address clinician,
        address patient,
        bytes32 reason,
        bytes32 lastWindow_,
        Authorization calldata auth
    ) external returns (bytes32 windowId);

    /// @notice Justify a window that `clinician` opened, once; late justifications are taken and
    /// marked.
    /// @dev Needs no accreditation: who lost it still has to answer.
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

    /// @notice Refuse, or allow again, break-glass on `patient`. Refusing ends open windows for
    /// good. Who controls the patient's identity only, no delegate.
    function setBreakGlassOptOut(address patient, bool optedOut) external;

    /// @notice The same, signed over
    /// `SetBreakGlassOptOut(address patient,bool optedOut,uint256 revision,uint256 deadline)`.
    /// Each choice makes those signed for a lower or the same revision void.
    /// @dev A refusal may be signed ahead, a permission not: a patient who handed out a permission
    /// that was withheld signs the refusal one revision above it, and nobody can bring the refusal
    /// down by submitting the permission first.
    /// @param revision The current one; for a refusal, up to 255 above it.
    function setBreakGlassOptOutBySig(
        address patient,
        bool optedOut,
        uint256 revision,
        Authorization calldata auth
    ) external;
}
