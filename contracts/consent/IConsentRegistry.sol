// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {Authorization} from "../shared/Authorization.sol";
import {IBreakGlass} from "./IBreakGlass.sol";

/// @title Consents as commitments, revocations that nobody can block, and break-glass
/// @notice A consent is the EIP-712 struct
/// `Consent(address patient,bytes32 epoch,Particulars particulars)Particulars(address grantee,bytes32 termsDigest,bytes32 salt)`;
/// its id is that struct's hash. The contract sees the hash of the particulars only.
/// @dev Trust: nobody governs this contract. A consent is granted and revoked by who controls the
/// patient's identity, or by a delegate of type `GRANT_DELEGATE` or `REVOKE_DELEGATE` whose own
/// identity still is its own controller.
/// @dev Trust: nothing stands before a revocation but the identity law: no pause, no nonce, no
/// accreditation, no fee.
/// @dev Warning: `isActive` says that a consent was registered and not ended. What it permits
/// stands in its terms, off chain; a consent's validity period is part of them.
/// @dev Warning: a signature over a consent registers it until its deadline, in the hands of
/// whoever holds it. To take it back, revoke its id, registered or not, or move the epoch.
/// @dev Privacy: patient pseudonym, consent id and times are public; grantee and terms are not, as
/// long as the salt is secret.
interface IConsentRegistry is IBreakGlass {
    /// @notice What is known of a consent.
    /// @param grantedAt Unix seconds; zero when it never was registered.
    /// @param revokedAt Unix seconds; zero when it never was revoked by its id.
    struct ConsentStatus {
        uint48 grantedAt;
        uint48 revokedAt;
        bool active;
    }

    event ConsentGranted(address indexed patient, bytes32 indexed consentId);
    event ConsentRevoked(address indexed patient, bytes32 indexed consentId);
    event AllConsentsRevoked(address indexed patient, bytes32 epoch);

    /// @notice Thrown when the consent is registered already.
    error ConsentAlreadyGranted(address patient, bytes32 consentId);

    /// @notice Thrown when the consent was revoked, which is final.
    error ConsentAlreadyRevoked(address patient, bytes32 consentId);

    /// @notice Thrown when the patient's current epoch is `epoch`, not the one that was given or signed.
    error ConsentEpochMoved(address patient, bytes32 epoch);

    /// @notice ERC-1056 delegate type of who may grant for a patient: bytes32("consent/grant").
    function GRANT_DELEGATE() external view returns (bytes32);

    /// @notice ERC-1056 delegate type of who may revoke for a patient: bytes32("consent/revoke").
    function REVOKE_DELEGATE() external view returns (bytes32);

    /// @notice The value that `patient`'s consents must carry now; zero until the first
    /// `revokeAllConsents`.
    function epochOf(address patient) external view returns (bytes32);

    /// @notice The id of a consent of `patient`, in an epoch, with the hash of its particulars.
    function consentIdOf(address patient, bytes32 epoch, bytes32 particulars)
        external
        pure
        returns (bytes32);

    /// @notice Whether the consent was granted in the patient's current epoch, is not revoked, and
    /// the patient's identity is not deactivated.
    function isActive(address patient, bytes32 consentId) external view returns (bool);

    /// @notice When the consent was granted and revoked (zero: never), and whether it is active.
    function consentStatus(address patient, bytes32 consentId)
        external
        view
        returns (ConsentStatus memory);

    /// @notice Register a consent in the patient's current epoch.
    /// @param epoch The epoch that the caller made the consent for; must be the current one.
    /// @param particulars Hash of the struct `Particulars`.
    function grantConsent(address patient, bytes32 epoch, bytes32 particulars) external;

    /// @notice The same, signed over `GrantConsent(Consent consent,uint256 deadline)` with the
    /// structs above: the very signature that makes a consent valid off chain registers it.
    function grantConsentBySig(
        address patient,
        bytes32 epoch,
        bytes32 particulars,
        Authorization calldata auth
    ) external;

    /// @notice End a consent for ever; one that was never registered too, which then never can be.
    function revokeConsent(address patient, bytes32 consentId) external;

    /// @notice The same, signed over
    /// `RevokeConsent(address patient,bytes32 consentId,uint256 deadline)`.
    function revokeConsentBySig(address patient, bytes32 consentId, Authorization calldata auth)
        external;

    /// @notice End every consent of `patient` by moving its epoch to a new value.
    /// @param salt 32 random bytes, chosen for this call and shown to nobody before: they keep the
    /// new epoch unknown until then.
    /// @dev Warning: whoever sees the call before its block may foresee the epoch where block hashes
    /// are foreseen. A consent that was anchored counts only when its checkpoint is younger than the
    /// epoch.
    function revokeAllConsents(address patient, bytes32 salt) external;

    /// @notice The same, signed over
    /// `RevokeAllConsents(address patient,bytes32 epoch,bytes32 salt,uint256 deadline)`; `epoch` is
    /// the current one and the replay guard.
    function revokeAllConsentsBySig(
        address patient,
        bytes32 epoch,
        bytes32 salt,
        Authorization calldata auth
    ) external;
}
