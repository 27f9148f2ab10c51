// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IAccreditationRegistry} from "../accreditation/IAccreditationRegistry.sol";
import {Roles} from "../accreditation/Role.sol";
import {Authorization} from "../shared/Authorization.sol";
import {IdentityLaw} from "../shared/IdentityLaw.sol";
import {SignedActs} from "../shared/SignedActs.sol";
import {Deadlines} from "./Deadlines.sol";
import {IBreakGlass} from "./IBreakGlass.sol";

/// @notice The half of the consent registry that opens without the patient's word. It shares
/// nothing with consents but the patient, and stands apart so that each half can be read whole.
abstract contract BreakGlass is IBreakGlass, IdentityLaw, SignedActs {
    /// @dev One slot. When it ends and when it is due follow from `openedAt`.
    struct Opening {
        uint48 openedAt;
        uint48 justifiedAt;
        address clinician;
    }

    /// @dev One slot. Windows opened up to `refusedAt` are ended, whatever is chosen later.
    struct Choice {
        bool optedOut;
        uint48 refusedAt;
        uint64 revision;
    }

    bytes32 private constant OPEN_TYPEHASH = keccak256(
        "OpenBreakGlass(address clinician,address patient,bytes32 reason,"
        "bytes32 lastWindow,uint256 deadline)"
    );
    bytes32 private constant JUSTIFY_TYPEHASH = keccak256(
        "JustifyBreakGlass(address clinician,bytes32 windowId,bytes32 justification,"
        "uint256 deadline)"
    );
    bytes32 private constant OPT_OUT_TYPEHASH = keccak256(
        "SetBreakGlassOptOut(address patient,bool optedOut,uint256 revision,uint256 deadline)"
    );

    /// @dev How far above the current revision a signed refusal may stand: enough to rise above
    /// every permission that was signed and withheld, too little for a thief to use revisions up.
    uint256 private constant REVISIONS_AHEAD = 255;

    /// @inheritdoc IBreakGlass
    uint256 public constant WINDOW = 4 hours;

    /// @inheritdoc IBreakGlass
    uint256 public constant JUSTIFY_WITHIN = 72 hours;

    /// @inheritdoc IBreakGlass
    uint256 public constant MAX_UNJUSTIFIED = 3;

    /// @notice Where emergency clinicians are looked up.
    IAccreditationRegistry public immutable ACCREDITATIONS;

    mapping(bytes32 windowId => Opening opening) private _openings;
    mapping(address patient => mapping(address clinician => bytes32 windowId)) private _lastWindows;
    mapping(address patient => Choice choice) private _choices;
    mapping(address clinician => Deadlines unjustified) private _unjustified;

    constructor(IAccreditationRegistry accreditations) {
        ACCREDITATIONS = accreditations;
    }

    /// @inheritdoc IBreakGlass
    function breakGlassOptOut(address patient)
        external
        view
        returns (bool optedOut, uint256 revision)
    {
        Choice memory choice = _choices[patient];
        return (choice.optedOut || IDENTITIES.isDeactivated(patient), choice.revision);
    }

    /// @inheritdoc IBreakGlass
    function windowOf(bytes32 windowId) external view returns (Window memory window) {
        Opening memory opening = _openings[windowId];
        if (opening.openedAt == 0) return window;
        return Window({
            openedAt: opening.openedAt,
            endsAt: opening.openedAt + uint48(WINDOW),
            justifiedAt: opening.justifiedAt,
            justifyBy: opening.openedAt + uint48(JUSTIFY_WITHIN)
        });
    }

    /// @inheritdoc IBreakGlass
    function lastWindow(address patient, address clinician)
        external
        view
        returns (bytes32 windowId)
    {
        return _lastWindows[patient][clinician];
    }

    /// @inheritdoc IBreakGlass
    function isBreakGlassOpen(address patient, address clinician) external view returns (bool) {
        uint256 openedAt = _openings[_lastWindows[patient][clinician]].openedAt;
        return _runs(openedAt) && !_refuses(patient, openedAt)
            && !IDENTITIES.isDeactivated(clinician)
            && ACCREDITATIONS.isAccredited(clinician, Roles.EMERGENCY_CLINICIAN);
    }

    /// @inheritdoc IBreakGlass
    function unjustifiedOf(address clinician)
        external
        view
        returns (uint256 earliest, uint256 count)
    {
        Deadlines unjustified = _unjustified[clinician];
        return (unjustified.earliest(), unjustified.count());
    }

    /// @inheritdoc IBreakGlass
    function openBreakGlass(address clinician, address patient, bytes32 reason)
        external
        returns (bytes32 windowId)
    {
        return _openBreakGlass(
            msg.sender, clinician, patient, reason, _lastWindows[patient][clinician]
        );
    }

    /// @inheritdoc IBreakGlass
    function openBreakGlassBySig(
        address clinician,
        address patient,
        bytes32 reason,
        bytes32 lastWindow_,
        Authorization calldata auth
    ) external returns (bytes32 windowId) {
        bytes32 structHash = keccak256(
            abi.encode(OPEN_TYPEHASH, clinician, patient, reason, lastWindow_, auth.deadline)
        );
        return _openBreakGlass(_actorOf(structHash, auth), clinician, patient, reason, lastWindow_);
    }

    /// @inheritdoc IBreakGlass
    function justifyBreakGlass(address clinician, bytes32 windowId, bytes32 justification)
        external
    {
        _justifyBreakGlass(msg.sender, clinician, windowId, justification);
    }

    /// @inheritdoc IBreakGlass
    function justifyBreakGlassBySig(
        address clinician,
        bytes32 windowId,
        bytes32 justification,
        Authorization calldata auth
    ) external {
        bytes32 structHash = keccak256(
            abi.encode(JUSTIFY_TYPEHASH, clinician, windowId, justification, auth.deadline)
        );
        _justifyBreakGlass(_actorOf(structHash, auth), clinician, windowId, justification);
    }

    /// @inheritdoc IBreakGlass
    function setBreakGlassOptOut(address patient, bool optedOut) external {
        _setBreakGlassOptOut(msg.sender, patient, optedOut, _choices[patient].revision);
    }

    /// @inheritdoc IBreakGlass
    function setBreakGlassOptOutBySig(
        address patient,
        bool optedOut,
        uint256 revision,
        Authorization calldata auth
    ) external {
        bytes32 structHash = keccak256(
            abi.encode(OPT_OUT_TYPEHASH, patient, optedOut, revision, auth.deadline)
        );
        _setBreakGlassOptOut(_actorOf(structHash, auth), patient, optedOut, revision);
    }

    function _openBreakGlass(
        address actor,
        address clinician,
        address patient,
        bytes32 reason,
        bytes32 previous
    ) private returns (bytes32 windowId) {
        _requireController(clinician, actor);
        require(
            ACCREDITATIONS.isAccredited(clinician, Roles.EMERGENCY_CLINICIAN),
            BreakGlassNotEmergencyClinician(clinician)
        );
        require(!_refuses(patient, block.timestamp), BreakGlassOptedOut(patient));
        bytes32 last = _lastWindows[patient][clinician];
        require(previous == last, BreakGlassWindowMoved(last, previous));
        uint256 openedAt = _openings[last].openedAt;
        require(
            !_runs(openedAt) || _refuses(patient, openedAt),
            BreakGlassAlreadyOpen(last, openedAt + WINDOW)
        );
        Deadlines unjustified = _unjustified[clinician];
        _requireAnswered(clinician, unjustified);

        // New each time. Where the block's hash is foreseen, a clinician can sign ahead for windows
        // of its own, until it rotates or loses its accreditation.
        windowId = keccak256(abi.encode(last, blockhash(block.number - 1), patient, clinician));
        _lastWindows[patient][clinician] = windowId;
        _openings[windowId] =
            Opening({openedAt: uint48(block.timestamp), justifiedAt: 0, clinician: clinician});
        _unjustified[clinician] = unjustified.add(uint48(block.timestamp + JUSTIFY_WITHIN));

        emit BreakGlassOpened(patient, clinician, windowId, block.timestamp + WINDOW, reason);
    }

    function _justifyBreakGlass(
        address actor,
        address clinician,
        bytes32 windowId,
        bytes32 justification
    ) private {
        _requireController(clinician, actor);
        Opening memory opening = _openings[windowId];
        require(
            opening.openedAt != 0 && opening.clinician == clinician, BreakGlassUnknown(windowId)
        );
        require(opening.justifiedAt == 0, BreakGlassAlreadyJustified(windowId));
        uint48 justifyBy = opening.openedAt + uint48(JUSTIFY_WITHIN);

        _openings[windowId].justifiedAt = uint48(block.timestamp);
        // Two windows of the same second are due at the same second: either entry stands for
        // either.
        _unjustified[clinician] = _unjustified[clinician].remove(justifyBy);

        emit BreakGlassJustified(windowId, clinician, justification, block.timestamp > justifyBy);
    }

    function _setBreakGlassOptOut(address actor, address patient, bool optedOut, uint256 revision)
        private
    {
        _requireController(patient, actor);
        Choice memory choice = _choices[patient];
        uint256 ahead = optedOut ? REVISIONS_AHEAD : 0;
        require(
            revision >= choice.revision && revision - choice.revision <= ahead,
            BreakGlassRevisionMoved(patient, choice.revision, revision)
        );

        _choices[patient] = Choice({
            optedOut: optedOut,
            refusedAt: optedOut ? uint48(block.timestamp) : choice.refusedAt,
            revision: uint64(revision + 1)
        });

        emit BreakGlassOptOutSet(patient, optedOut, revision + 1);
    }

    /// @dev Whether `patient` refuses a window opened at `openedAt`. Who is deactivated could not
    /// opt out any more, so it counts as opted out.
    function _refuses(address patient, uint256 openedAt) private view returns (bool) {
        Choice memory choice = _choices[patient];
        return choice.optedOut || openedAt <= choice.refusedAt || IDENTITIES.isDeactivated(patient);
    }

    function _requireAnswered(address clinician, Deadlines unjustified) private view {
        uint256 justifyBy = unjustified.earliest();
        require(
            justifyBy == 0 || block.timestamp <= justifyBy, BreakGlassOverdue(clinician, justifyBy)
        );
        uint256 open = unjustified.count();
        require(open < MAX_UNJUSTIFIED, BreakGlassTooMany(clinician, open));
    }

    function _runs(uint256 openedAt) private view returns (bool) {
        return block.timestamp < openedAt + WINDOW;
    }
}
