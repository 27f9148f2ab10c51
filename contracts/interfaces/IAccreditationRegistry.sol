// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {ISignedActs} from "./ISignedActs.sol";
import {Role} from "../types/Role.sol";

/// @title Who is a licensed clinician, maker, pharmacy, regulator…
/// @notice Governance names accreditors for a role; accreditors vouch that a subject holds it until a date.
/// @dev Trust: governance can name and remove accreditors, never accredit. Naming takes effect after a delay, removal
/// at once. A removed accreditor's accreditations stand until they end or are revoked, except those it gave at or after
/// the time from which its removal voids them (when its key was stolen, say).
/// @dev Privacy: subject, role, accreditor and validity are public for ever; the evidence is a digest.
interface IAccreditationRegistry is ISignedActs {
    /// @notice What is stored for a subject's role.
    struct Accreditation {
        address accreditor;
        uint48 issuedAt;
        uint48 validUntil;
    }

    event AccreditorNamed(Role indexed role, address indexed accreditor, uint256 effectiveAt);
    event AccreditorRemoved(Role indexed role, address indexed accreditor, uint256 voidFrom);
    event Accredited(
        address indexed subject,
        Role indexed role,
        address indexed accreditor,
        uint256 validUntil,
        bytes32 evidenceDigest
    );
    event AccreditationRevoked(address indexed subject, Role indexed role, address indexed by, bytes32 reasonDigest);

    error AccreditorNotEffective(Role role, address accreditor, uint256 effectiveAt);
    error AccreditorAlreadyNamed(Role role, address accreditor);
    error AccreditorUnknown(Role role, address accreditor);
    error AccreditationZeroSubject();
    error AccreditationInPast(uint256 validUntil);
    error AccreditationMissing(address subject, Role role);
    error AccreditationVoidInFuture(uint256 voidFrom);

    /// @notice Seconds between naming an accreditor and its first act.
    function NAMING_DELAY() external view returns (uint256);

    /// @notice Whether `subject` holds `role` now.
    function isAccredited(address subject, Role role) external view returns (bool);

    /// @notice Whether `subject` holds, now, any of the roles whose bits (1 << role) are set.
    function holdsAny(address subject, uint256 roles) external view returns (bool);

    /// @notice What is stored for `subject` as `role`, void, expired or not.
    function accreditationOf(address subject, Role role) external view returns (Accreditation memory);

    /// @notice Since when `accreditor` may act for `role`; zero when it may not.
    function accreditorSince(Role role, address accreditor) external view returns (uint256);

    /// @notice Let `accreditor` act for `role` after `NAMING_DELAY`. Governance only.
    function nameAccreditor(Role role, address accreditor) external;

    /// @notice End, at once, what `accreditor` may do for `role`, and void what it gave at or after `voidFrom`.
    /// Governance only.
    /// @param voidFrom Unix seconds, not in the future; zero voids nothing.
    function removeAccreditor(Role role, address accreditor, uint256 voidFrom) external;

    /// @notice Vouch for `subject` until `validUntil`; replaces what was there.
    /// @param accreditor The identity that vouches; the caller must control it.
    /// @param evidenceDigest Salted digest of the evidence.
    function accredit(address accreditor, address subject, Role role, uint256 validUntil, bytes32 evidenceDigest)
        external;

    /// @notice End an accreditation at once: any accreditor of the role may, for any subject.
    function revokeAccreditation(address accreditor, address subject, Role role, bytes32 reasonDigest) external;
}
