// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {EIP712} from "@openzeppelin/contracts/utils/cryptography/EIP712.sol";

import {IAccreditationRegistry} from "../accreditation/IAccreditationRegistry.sol";
import {IIdentityRegistry} from "../identity/IIdentityRegistry.sol";
import {Authorization} from "../shared/Authorization.sol";
import {IdentityLaw} from "../shared/IdentityLaw.sol";
import {BreakGlass} from "./BreakGlass.sol";
import {IConsentRegistry} from "./IConsentRegistry.sol";

/// @title Consents, revocations and break-glass
contract ConsentRegistry is IConsentRegistry, BreakGlass {
    /// @dev One slot. `epochTag` is the epoch of the grant, cut to what is left of the slot.
    struct Consent {
        uint48 grantedAt;
        uint48 revokedAt;
        uint160 epochTag;
    }

    bytes32 private constant CONSENT_TYPEHASH = keccak256(
        "Consent(address patient,bytes32 epoch,Particulars particulars)"
        "Particulars(address grantee,bytes32 termsDigest,bytes32 salt)"
    );
    bytes32 private constant GRANT_TYPEHASH = keccak256(
        "GrantConsent(Consent consent,uint256 deadline)"
        "Consent(address patient,bytes32 epoch,Particulars particulars)"
        "Particulars(address grantee,bytes32 termsDigest,bytes32 salt)"
    );
    bytes32 private constant REVOKE_TYPEHASH =
        keccak256("RevokeConsent(address patient,bytes32 consentId,uint256 deadline)");
    bytes32 private constant REVOKE_ALL_TYPEHASH =
        keccak256("RevokeAllConsents(address patient,bytes32 epoch,bytes32 salt,uint256 deadline)");

    /// @inheritdoc IConsentRegistry
    bytes32 public constant GRANT_DELEGATE = "consent/grant";

    /// @inheritdoc IConsentRegistry
    bytes32 public constant REVOKE_DELEGATE = "consent/revoke";

    mapping(address patient => mapping(bytes32 consentId => Consent consent)) private _consents;
    mapping(address patient => bytes32 epoch) private _epochs;

    constructor(IIdentityRegistry identities, IAccreditationRegistry accreditations)
        IdentityLaw(identities)
        BreakGlass(accreditations)
        EIP712("ConsentRegistry", "1")
    {}

    /// @inheritdoc IConsentRegistry
    function epochOf(address patient) external view returns (bytes32) {
        return _epochs[patient];
    }

    /// @inheritdoc IConsentRegistry
    function consentIdOf(address patient, bytes32 epoch, bytes32 particulars)
        external
        pure
        returns (bytes32)
    {
        return _consentIdOf(patient, epoch, particulars);
    }

    /// @inheritdoc IConsentRegistry
    function isActive(address patient, bytes32 consentId) external view returns (bool) {
        return _isActive(patient, _consents[patient][consentId]);
    }

    /// @inheritdoc IConsentRegistry
    function consentStatus(address patient, bytes32 consentId)
        external
        view
        returns (ConsentStatus memory)
    {
        Consent memory consent = _consents[patient][consentId];
        return ConsentStatus({
            grantedAt: consent.grantedAt,
            revokedAt: consent.revokedAt,
            active: _isActive(patient, consent)
        });
    }

    /// @inheritdoc IConsentRegistry
    function grantConsent(address patient, bytes32 epoch, bytes32 particulars) external {
        _grantConsent(msg.sender, patient, epoch, _consentIdOf(patient, epoch, particulars));
    }

    /// @inheritdoc IConsentRegistry
    function grantConsentBySig(
        address patient,
        bytes32 epoch,
        bytes32 particulars,
        Authorization calldata auth
    ) external {
        bytes32 consentId = _consentIdOf(patient, epoch, particulars);
        bytes32 structHash = keccak256(abi.encode(GRANT_TYPEHASH, consentId, auth.deadline));
        _grantConsent(_actorOf(structHash, auth), patient, epoch, consentId);
    }

    /// @inheritdoc IConsentRegistry
    function revokeConsent(address patient, bytes32 consentId) external {
        _revokeConsent(msg.sender, patient, consentId);
    }

    /// @inheritdoc IConsentRegistry
    function revokeConsentBySig(address patient, bytes32 consentId, Authorization calldata auth)
        external
    {
        bytes32 structHash =
            keccak256(abi.encode(REVOKE_TYPEHASH, patient, consentId, auth.deadline));
        _revokeConsent(_actorOf(structHash, auth), patient, consentId);
    }

    /// @inheritdoc IConsentRegistry
    function revokeAllConsents(address patient, bytes32 salt) external {
        _revokeAllConsents(msg.sender, patient, _epochs[patient], salt);
    }

    /// @inheritdoc IConsentRegistry
    function revokeAllConsentsBySig(
        address patient,
        bytes32 epoch,
        bytes32 salt,
        Authorization calldata auth
    ) external {
        bytes32 structHash = keccak256(
            abi.encode(REVOKE_ALL_TYPEHASH, patient, epoch, salt, auth.deadline)
        );
        _revokeAllConsents(_actorOf(structHash, auth), patient, epoch, salt);
    }

    function _grantConsent(address actor, address patient, bytes32 epoch, bytes32 consentId)
        private
    {
        _requireMayAct(actor, patient, GRANT_DELEGATE);
        bytes32 current = _epochs[patient];
        require(epoch == current, ConsentEpochMoved(patient, current));
        Consent memory consent = _consents[patient][consentId];
        require(consent.revokedAt == 0, ConsentAlreadyRevoked(patient, consentId));
        require(consent.grantedAt == 0, ConsentAlreadyGranted(patient, consentId));

        _consents[patient][consentId] =
            Consent({grantedAt: uint48(block.timestamp), revokedAt: 0, epochTag: _tagOf(epoch)});

        emit ConsentGranted(patient, consentId);
    }

    function _revokeConsent(address actor, address patient, bytes32 consentId) private {
        _requireMayAct(actor, patient, REVOKE_DELEGATE);
        Consent storage consent = _consents[patient][consentId];
        require(consent.revokedAt == 0, ConsentAlreadyRevoked(patient, consentId));

        consent.revokedAt = uint48(block.timestamp);

        emit ConsentRevoked(patient, consentId);
    }

    /// @dev The previous epoch makes every epoch new, also twice in a block. The salt makes it
    /// unknown until the act is shown; the block's hash, where it is not a function of the number,
    /// also to who was shown the act before its block.
    function _revokeAllConsents(address actor, address patient, bytes32 epoch, bytes32 salt)
        private
    {
        _requireMayAct(actor, patient, REVOKE_DELEGATE);
        bytes32 current = _epochs[patient];
        require(epoch == current, ConsentEpochMoved(patient, current));

        bytes32 next = keccak256(abi.encode(current, blockhash(block.number - 1), patient, salt));
        _epochs[patient] = next;

        emit AllConsentsRevoked(patient, next);
    }

    /// @dev A delegate whose own key was rotated or stolen no longer is its own controller.
    function _requireMayAct(address actor, address patient, bytes32 delegateType) private view {
        address owner = IDENTITIES.identityOwner(patient);
        if (actor == owner && actor != address(0)) return;
        require(
            IDENTITIES.validDelegate(patient, delegateType, actor)
                && IDENTITIES.identityOwner(actor) == actor,
            NotController(patient, actor)
        );
    }

    function _isActive(address patient, Consent memory consent) private view returns (bool) {
        return consent.grantedAt != 0 && consent.revokedAt == 0
            && consent.epochTag == _tagOf(_epochs[patient]) && !IDENTITIES.isDeactivated(patient);
    }

    function _tagOf(bytes32 epoch) private pure returns (uint160) {
        return uint160(uint256(epoch));
    }

    function _consentIdOf(address patient, bytes32 epoch, bytes32 particulars)
        private
        pure
        returns (bytes32)
    {
        return keccak256(abi.encode(CONSENT_TYPEHASH, patient, epoch, particulars));
    }
}
