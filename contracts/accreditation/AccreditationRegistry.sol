// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {
    AccessControlDefaultAdminRules
} from "@openzeppelin/contracts/access/extensions/AccessControlDefaultAdminRules.sol";
import {Math} from "@openzeppelin/contracts/utils/math/Math.sol";
import {SafeCast} from "@openzeppelin/contracts/utils/math/SafeCast.sol";

import {IIdentityRegistry} from "../identity/IIdentityRegistry.sol";
import {IdentityLaw} from "../shared/IdentityLaw.sol";
import {IAccreditationRegistry} from "./IAccreditationRegistry.sol";
import {Role} from "./Role.sol";

/// @title Accreditations by named accreditors
contract AccreditationRegistry is
    IAccreditationRegistry,
    AccessControlDefaultAdminRules,
    IdentityLaw
{
    /// @dev In force from `since` while `until` is zero. What was issued from `voidFrom` to
    /// `voidUntil`, both included, is void; that outlives a later naming.
    struct Mandate {
        uint48 since;
        uint48 until;
        uint48 voidFrom;
        uint48 voidUntil;
    }

    /// @inheritdoc IAccreditationRegistry
    uint256 public immutable NAMING_DELAY;

    mapping(address subject => mapping(Role role => Accreditation accreditation)) private
        _accreditations;
    mapping(Role role => mapping(address accreditor => Mandate mandate)) private _mandates;

    /// @param initialDelay Seconds that a change of governance waits.
    /// @param governance Its first holder.
    /// @param namingDelay Seconds that the naming of an accreditor waits.
    constructor(
        IIdentityRegistry identities,
        uint48 initialDelay,
        address governance,
        uint48 namingDelay
    ) AccessControlDefaultAdminRules(initialDelay, governance) IdentityLaw(identities) {
        NAMING_DELAY = namingDelay;
    }

    /// @inheritdoc IAccreditationRegistry
    function isAccredited(address subject, Role role) public view returns (bool) {
        Accreditation memory given = _accreditations[subject][role];
        return given.validUntil > block.timestamp && !_isVoid(role, given);
    }

    /// @inheritdoc IAccreditationRegistry
    function holdsAny(address subject, uint256 roles) external view returns (bool) {
        for (uint256 role = 0; roles != 0; ++role) {
            if (roles & 1 == 1 && isAccredited(subject, Role.wrap(uint8(role)))) return true;
            roles >>= 1;
        }
        return false;
    }

    /// @inheritdoc IAccreditationRegistry
    function accreditationOf(address subject, Role role)
        external
        view
        returns (Accreditation memory)
    {
        return _accreditations[subject][role];
    }

    /// @inheritdoc IAccreditationRegistry
    function accreditorSince(Role role, address accreditor) external view returns (uint256) {
        Mandate memory mandate = _mandates[role][accreditor];
        return mandate.until == 0 ? mandate.since : 0;
    }

    /// @inheritdoc IAccreditationRegistry
    function nameAccreditor(Role role, address accreditor) external {
        _checkRole(DEFAULT_ADMIN_ROLE);
        Mandate storage mandate = _mandates[role][accreditor];
        require(accreditor != address(0), AccreditorUnknown(role, accreditor));
        require(mandate.since == 0 || mandate.until != 0, AccreditorAlreadyNamed(role, accreditor));

        mandate.since = SafeCast.toUint48(block.timestamp + NAMING_DELAY);
        mandate.until = 0;

        emit AccreditorNamed(role, accreditor, mandate.since);
    }

    /// @inheritdoc IAccreditationRegistry
    function removeAccreditor(Role role, address accreditor, uint256 voidFrom) external {
        _checkRole(DEFAULT_ADMIN_ROLE);
        Mandate storage mandate = _mandates[role][accreditor];
        // A theft may be noticed after its victim has resigned: voiding needs no mandate in force.
        require(
            mandate.since != 0 && (mandate.until == 0 || voidFrom != 0),
            AccreditorUnknown(role, accreditor)
        );
        require(voidFrom <= block.timestamp, AccreditationVoidInFuture(voidFrom));

        if (mandate.until == 0) mandate.until = uint48(block.timestamp);
        if (voidFrom != 0) _void(mandate, voidFrom);

        emit AccreditorRemoved(role, accreditor, voidFrom);
    }

    /// @inheritdoc IAccreditationRegistry
    function accredit(
        address accreditor,
        address subject,
        Role role,
        uint256 validUntil,
        bytes32 evidenceDigest
    ) external {
        _requireController(accreditor, msg.sender);
        _requireMandate(role, accreditor);
        require(subject != address(0), AccreditationZeroSubject());
        require(validUntil > block.timestamp, AccreditationInPast(validUntil));

        _accreditations[subject][role] = Accreditation({
            accreditor: accreditor,
            issuedAt: uint48(block.timestamp),
            validUntil: SafeCast.toUint48(validUntil)
        });

        emit Accredited(subject, role, accreditor, validUntil, evidenceDigest);
    }

    /// @inheritdoc IAccreditationRegistry
    function revokeAccreditation(
        address accreditor,
        address subject,
        Role role,
        bytes32 reasonDigest
    ) external {
        _requireController(accreditor, msg.sender);
        _requireMandate(role, accreditor);
        require(_accreditations[subject][role].validUntil != 0, AccreditationMissing(subject, role));

        delete _accreditations[subject][role];

        emit AccreditationRevoked(subject, role, accreditor, reasonDigest);
    }

    /// @dev Never moves a void's beginning later nor its end earlier: what was void stays void.
    function _void(Mandate storage mandate, uint256 voidFrom) private {
        uint256 earliest = mandate.voidFrom == 0 ? voidFrom : Math.min(mandate.voidFrom, voidFrom);
        mandate.voidFrom = uint48(earliest);
        mandate.voidUntil = uint48(block.timestamp);
    }

    function _requireMandate(Role role, address accreditor) private view {
        Mandate memory mandate = _mandates[role][accreditor];
        require(mandate.since != 0 && mandate.until == 0, AccreditorUnknown(role, accreditor));
        require(
            mandate.since <= block.timestamp,
            AccreditorNotEffective(role, accreditor, mandate.since)
        );
    }

    function _isVoid(Role role, Accreditation memory given) private view returns (bool) {
        Mandate memory mandate = _mandates[role][given.accreditor];
        // Nothing was issued in 1970, so a mandate that never was voided matches nothing here.
        return given.issuedAt >= mandate.voidFrom && given.issuedAt <= mandate.voidUntil;
    }
}
