// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {ConsentRegistry} from "../../../contracts/consent/ConsentRegistry.sol";
import {IdentityRegistry} from "../../../contracts/identity/IdentityRegistry.sol";
import {Authorization} from "../../../contracts/shared/Authorization.sol";
import {Signing} from "../base/Signing.sol";
import {Vm} from "../base/Vm.sol";

/// @title Two patients, a carer and a thief at random, with every signature withheld for as long as
/// the run likes
/// @notice The shadow model keeps who granted and revoked what, in which epoch, and every epoch there was.
contract ConsentHandler is Signing {
    struct Shadow {
        bool granted;
        bool revoked;
        uint256 epochNumber;
    }

    struct Withheld {
        bool grant;
        uint256 who;
        bytes32 epoch;
        bytes32 particulars;
        Authorization auth;
    }

    uint256 public constant PATIENTS = 2;
    uint256 private constant OPENINGS = 3;

    ConsentRegistry public immutable CONSENTS;
    IdentityRegistry public immutable IDENTITIES;

    /// @notice What went through that never may; a handler's own failed assertion would only revert.
    string public trespass;

    Vm.Wallet[] private _patients;
    Vm.Wallet private _carer;
    Vm.Wallet private _thief;
    Withheld[] private _withheld;
    bytes32[] private _ids;
    mapping(bytes32 consentId => uint256 who) private _patientOf;
    mapping(bytes32 consentId => Shadow shadow) private _shadows;
    mapping(bytes32 consentId => bool ended) private _ended;
    mapping(uint256 who => uint256 number) private _epochNumber;
    mapping(bytes32 epoch => bool seen) private _epochs;
    mapping(uint256 who => bool deactivated) private _deactivated;
    mapping(uint256 who => mapping(bool toGrant => uint256 until)) private _carerUntil;

    constructor(ConsentRegistry consents, IdentityRegistry identities) {
        CONSENTS = consents;
        IDENTITIES = identities;
        for (uint256 i = 0; i < PATIENTS; ++i) {
            _patients.push(vm.createWallet(string.concat("patient ", vm.toString(i))));
        }
        _carer = vm.createWallet("carer");
        _thief = vm.createWallet("thief");
    }

    // Acts --------------------------------------------------------------------------------------

    function grant(uint256 who, uint256 seed, bool byCarer) external {
        (uint256 p, bytes32 particulars) = (who % PATIENTS, _particulars(seed));
        bytes32 epoch = CONSENTS.epochOf(_patients[p].addr);
        address actor = byCarer ? _carer.addr : _patients[p].addr;
        vm.prank(actor);
        CONSENTS.grantConsent(_patients[p].addr, epoch, particulars);
        if (byCarer && !_carerMay(p, true)) trespass = "a carer granted out of time or scope";
        _noteGrant(p, CONSENTS.consentIdOf(_patients[p].addr, epoch, particulars));
    }

    function revoke(uint256 who, uint256 seed, bool byCarer) external {
        (uint256 p, bytes32 id) = (who % PATIENTS, _anyId(who % PATIENTS, seed));
        address actor = byCarer ? _carer.addr : _patients[p].addr;
        vm.prank(actor);
        CONSENTS.revokeConsent(_patients[p].addr, id);
        if (byCarer && !_carerMay(p, false)) trespass = "a carer revoked out of time or scope";
        _noteRevoke(p, id);
    }

    function revokeAll(uint256 who, bytes32 salt) external {
        uint256 p = who % PATIENTS;
        vm.prank(_patients[p].addr);
        CONSENTS.revokeAllConsents(_patients[p].addr, salt);
        _noteRevokeAll(p);
    }

    function signAndWithhold(uint256 who, uint256 seed, bool isGrant) external {
        (uint256 p, bytes32 particulars) = (who % PATIENTS, _particulars(seed));
        address patient = _patients[p].addr;
        bytes32 epoch = CONSENTS.epochOf(patient);
        bytes32 id = CONSENTS.consentIdOf(patient, epoch, particulars);
        uint256 deadline = type(uint256).max;
        bytes32 structHash =
            isGrant ? _grantStruct(id, deadline) : _revokeStruct(patient, id, deadline);
        Authorization memory auth = signAct(_patients[p], address(CONSENTS), structHash, deadline);
        _withheld.push(Withheld(isGrant, p, epoch, particulars, auth));
    }

    /// @dev Whatever else was withheld or done: a signed revocation of what is not revoked goes through.
    function submitWithheld(uint256 seed) external {
        Withheld memory act = _withheld[seed % _withheld.length];
        address patient = _patients[act.who].addr;
        bytes32 id = CONSENTS.consentIdOf(patient, act.epoch, act.particulars);
        if (act.grant) {
            CONSENTS.grantConsentBySig(patient, act.epoch, act.particulars, act.auth);
            return _noteGrant(act.who, id);
        }
        bool may = !_shadows[id].revoked && !_deactivated[act.who];
        try CONSENTS.revokeConsentBySig(patient, id, act.auth) {
            if (!may) trespass = "a spent revocation was taken again";
            _noteRevoke(act.who, id);
        } catch {
            if (may) trespass = "a signed revocation was delayed";
        }
    }

    function trespassAsThief(uint256 who, uint256 seed, uint256 act) external {
        address patient = _patients[who % PATIENTS].addr;
        bytes32 epoch = CONSENTS.epochOf(patient);
        vm.prank(_thief.addr);
        if (act % 4 == 0) CONSENTS.grantConsent(patient, epoch, _particulars(seed));
        else if (act % 4 == 1) CONSENTS.revokeConsent(patient, _anyId(who % PATIENTS, seed));
        else if (act % 4 == 2) CONSENTS.revokeAllConsents(patient, bytes32(seed));
        else CONSENTS.setBreakGlassOptOut(patient, act % 8 == 3);
        trespass = "a thief acted";
    }

    function delegate(uint256 who, bool toGrant, uint256 validity) external {
        address patient = _patients[who % PATIENTS].addr;
        bytes32 kind = toGrant ? bytes32("consent/grant") : bytes32("consent/revoke");
        validity = bound(validity, 0, 10 days);
        vm.prank(patient);
        IDENTITIES.addDelegate(patient, kind, _carer.addr, validity);
        _carerUntil[who % PATIENTS][toGrant] = vm.getBlockTimestamp() + validity;
    }

    /// @dev Rarely, or every run would end early.
    function deactivate(uint256 who, uint256 seed) external {
        if (seed % 16 != 0) return;
        uint256 p = who % PATIENTS;
        vm.prank(_patients[p].addr);
        IDENTITIES.deactivate(_patients[p].addr);
        _deactivated[p] = true;
        _noteEnds();
    }

    function wait(uint256 blocks) external {
        vm.roll(vm.getBlockNumber() + bound(blocks, 0, 10));
        skip(bound(blocks, 0, 10) * 1 days);
    }

    // What must hold ----------------------------------------------------------------------------

    function checkModel() external view {
        for (uint256 i = 0; i < _ids.length; ++i) {
            bytes32 id = _ids[i];
            uint256 p = _patientOf[id];
            bool active = CONSENTS.isActive(_patients[p].addr, id);
            assertEq(active, _isActive(id), "model");
            assertFalse(active && _ended[id], "what ended came back");
            assertFalse(active && _shadows[id].revoked, "revoked and active");
            assertFalse(CONSENTS.isActive(_patients[1 - p].addr, id), "active for another patient");
        }
    }

    function _isActive(bytes32 id) private view returns (bool) {
        Shadow memory shadow = _shadows[id];
        uint256 p = _patientOf[id];
        return shadow.granted && !shadow.revoked && shadow.epochNumber == _epochNumber[p]
            && !_deactivated[p];
    }

    function _carerMay(uint256 p, bool toGrant) private view returns (bool) {
        return _carerUntil[p][toGrant] > vm.getBlockTimestamp() && !_deactivated[p];
    }

    function _noteGrant(uint256 p, bytes32 id) private {
        if (_shadows[id].revoked) trespass = "granted what was revoked";
        if (_shadows[id].granted) trespass = "granted twice";
        _know(p, id);
        _shadows[id].granted = true;
        _shadows[id].epochNumber = _epochNumber[p];
    }

    function _noteRevoke(uint256 p, bytes32 id) private {
        _know(p, id);
        _shadows[id].revoked = true;
        _noteEnds();
    }

    function _noteRevokeAll(uint256 p) private {
        bytes32 epoch = CONSENTS.epochOf(_patients[p].addr);
        if (_epochs[epoch] || epoch == 0) trespass = "an epoch came back";
        _epochs[epoch] = true;
        ++_epochNumber[p];
        _noteEnds();
    }

    function _noteEnds() private {
        for (uint256 i = 0; i < _ids.length; ++i) {
            if (_shadows[_ids[i]].granted && !_isActive(_ids[i])) _ended[_ids[i]] = true;
        }
    }

    function _know(uint256 p, bytes32 id) private {
        if (!_shadows[id].granted && !_shadows[id].revoked) _ids.push(id);
        _patientOf[id] = p;
    }

    /// @dev A consent of the current epoch, or one known from before.
    function _anyId(uint256 p, uint256 seed) private view returns (bytes32) {
        if (seed % 4 == 0 && _ids.length != 0) {
            bytes32 id = _ids[seed / 4 % _ids.length];
            if (_patientOf[id] == p) return id;
        }
        address patient = _patients[p].addr;
        return CONSENTS.consentIdOf(patient, CONSENTS.epochOf(patient), _particulars(seed));
    }

    function _particulars(uint256 seed) private pure returns (bytes32) {
        return keccak256(abi.encode("particulars", seed % OPENINGS));
    }

    function _grantStruct(bytes32 id, uint256 deadline) private pure returns (bytes32) {
        bytes32 typeHash = keccak256(
            "GrantConsent(Consent consent,uint256 deadline)Consent(address patient,bytes32 epoch,Particulars particulars)Particulars(address grantee,bytes32 termsDigest,bytes32 salt)"
        );
        return keccak256(abi.encode(typeHash, id, deadline));
    }

    function _revokeStruct(address patient, bytes32 id, uint256 deadline)
        private
        pure
        returns (bytes32)
    {
        bytes32 typeHash =
            keccak256("RevokeConsent(address patient,bytes32 consentId,uint256 deadline)");
        return keccak256(abi.encode(typeHash, patient, id, deadline));
    }
}
