// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {ISignedActs} from "../shared/ISignedActs.sol";
import {Role} from "./Role.sol";

/// @title Who is a licensed clinician, maker, pharmacy, regulator…
/// @notice Governance names accreditors for a role; accreditors vouch that a subject holds it until
/// a date.
/// @dev Trust: governance (the default admin, the only role that opens anything here) can name and
/// remove accreditors, never accredit. Naming takes effect after a delay, removal at once. A
/// removed accreditor's accreditations stand until they end or are revoked, except those that a
/// removal voids (when its key was stolen, say); what was voided stays void, whoever is named
/// later.
/// @dev Trust: within its role an accreditor may replace or revoke what another one gave.
/// @dev Warning: `isAccredited` says nothing about who controls the subject now: acts look that up.
/// @dev Privacy: subject, role, accreditor and validity are public for ever; the evidence is a
/// digest.
interface IAccreditationRegistry is ISignedActs {
    /// @notice What is stored for a subject's role.
    /// @param issuedAt Unix seconds.
    /// @param validUntil The first second, in Unix time, at which it no longer holds.
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
    event AccreditationRevoked(
        address indexed subject, Role indexed role, address indexed by, bytes32 reasonDigest
    );

    /// @notice Thrown when `accreditor` was named, and may act from `effectiveAt` on only.
    error AccreditorNotEffective(Role role, address accreditor, uint256 effectiveAt);

    /// @notice Thrown when `accreditor` is named for `role` already.
    error AccreditorAlreadyNamed(Role role, address accreditor);

    /// @notice Thrown when `accreditor` is not, or no longer, named for `role`.
    error AccreditorUnknown(Role role, address accreditor);

    /// @notice Thrown when the subject is address zero.
    error AccreditationZeroSubject();

    /// @notice Thrown when an accreditation would end at `validUntil`, which is not in the future.
    error AccreditationInPast(uint256 validUntil);

    /// @notice Thrown when there is nothing to revoke.
    error AccreditationMissing(address subject, Role role);

    /// @notice Thrown when a removal would void what has not been given yet.
    error AccreditationVoidInFuture(uint256 voidFrom);

    /// @notice Seconds between naming an accreditor and its first act.
    function NAMING_DELAY() external view returns (uint256);

    /// @notice Whether `subject` holds `role` now: accredited, not ended, not void.
    function isAccredited(address subject, Role role) external view returns (bool);

    /// @notice Whether `subject` holds, now, any of the roles whose bits (1 << role) are set.
    function holdsAny(address subject, uint256 roles) external view returns (bool);

    /// @notice What is stored for `subject` as `role`, void, expired or not; zeros when nothing is.
    function accreditationOf(address subject, Role role)
        external
        view
        returns (Accreditation memory);

    /// @notice Since when, in Unix seconds, `accreditor` may act for `role`: in the future while
    /// its naming waits, zero when it is not named.
    function accreditorSince(Role role, address accreditor) external view returns (uint256);

    /// @notice Let `accreditor` act for `role` after `NAMING_DELAY`. Governance only.
    function nameAccreditor(Role role, address accreditor) external;

    /// @notice End, at once, what `accreditor` may do for `role`, and void what it gave at or after
    /// `voidFrom`. Governance only.
    /// @dev May be repeated for one already removed, to void more than the first removal did. Voids
    /// of several removals grow together: all from the earliest `voidFrom` to the last is void.
    /// @param voidFrom Unix seconds, not in the future; zero voids nothing.
    function removeAccreditor(Role role, address accreditor, uint256 voidFrom) external;

    /// @notice Vouch for `subject` until `validUntil`; replaces what was there.
    /// @param accreditor The identity that vouches; the caller must control it.
    /// @param validUntil Unix seconds, in the future.
    /// @param evidenceDigest Salted digest of the evidence.
    function accredit(
        address accreditor,
        address subject,
        Role role,
        uint256 validUntil,
        bytes32 evidenceDigest
    ) external;

    /// @notice End an accreditation at once: any accreditor of the role may, for any subject.
    /// @param accreditor The identity that revokes; the caller must control it.
    /// @param reasonDigest Salted digest of the reason.
    function revokeAccreditation(
        address accreditor,
        address subject,
        Role role,
        bytes32 reasonDigest
    ) external;
}
