// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IIdentityRegistry} from "../../../contracts/identity/IIdentityRegistry.sol";
import {IdentityRegistry} from "../../../contracts/identity/IdentityRegistry.sol";
import {Signing} from "../base/Signing.sol";
import {Vm} from "../base/Vm.sol";

/// @title Does anything that anybody can do to one identity, and keeps a model of what should have come of it
/// @notice The model settles guardians the moment they are due, where the contract does so lazily. A call that succeeds
/// where the model refuses, or the other way round, is recorded in `mismatch`.
contract IdentityHandler is Signing {
    struct Model {
        address owner;
        bool ended;
        uint256 nonce;
        uint256 changedBlock;
        uint256 inForce;
        uint256 scheduled;
        uint256 effectiveAt;
        address newOwner;
        uint256 readyAt;
        bool unanimous;
        uint256 round;
        uint256 unanimousRound;
    }

    uint256 private constant RECOVERY_DELAY = 7 days;
    uint256 private constant GUARDIANS_DELAY = 30 days;
    bytes32 private constant CARE = "care";

    IdentityRegistry public immutable IDENTITIES;
    address public immutable IDENTITY;

    Model private _model;
    Vm.Wallet[] private _people;
    Vm.Wallet[] private _guardians;
    mapping(address delegate => uint256 validTo) private _validTo;
    string public mismatch;

    constructor(
        IdentityRegistry identities,
        Vm.Wallet[] memory people,
        Vm.Wallet[] memory guardians
    ) {
        IDENTITIES = identities;
        IDENTITY = people[0].addr;
        for (uint256 i = 0; i < people.length; ++i) {
            _people.push(people[i]);
        }
        for (uint256 i = 0; i < guardians.length; ++i) {
            _guardians.push(guardians[i]);
        }
        _model.owner = IDENTITY;
    }

    function model() external view returns (Model memory) {
        return _model;
    }

    function person(uint256 index) public view returns (address) {
        return _people[index % _people.length].addr;
    }

    function validTo(address who) external view returns (uint256) {
        return _validTo[who];
    }

    /// @notice Set number 0 is none; 1 and 2 are the same three people, two of whom must agree, under other salts.
    function setOf(uint256 number) public view returns (IIdentityRegistry.GuardianSet memory set) {
        set.guardians = new address[](3);
        for (uint256 i = 0; i < 3; ++i) {
            set.guardians[i] = _guardians[i].addr;
        }
        (set.threshold, set.salt) = (2, bytes32(number));
    }

    function commitmentOf(uint256 number) public view returns (bytes32) {
        if (number == 0) return 0;
        IIdentityRegistry.GuardianSet memory set = setOf(number);
        return keccak256(abi.encode(set.guardians, set.threshold, set.salt));
    }

    // Time ----------------------------------------------------------------------------------------

    /// @dev Half of the time to the very second at which guardians or a recovery are due, where that is to come.
    function passTime(uint256 seconds_) external {
        uint256 next = vm.getBlockTimestamp() + bound(seconds_, 1, 10 days);
        if (seconds_ % 4 == 0 && _model.effectiveAt > vm.getBlockTimestamp()) {
            next = _model.effectiveAt;
        }
        if (seconds_ % 4 == 1 && _model.readyAt > vm.getBlockTimestamp()) next = _model.readyAt;
        vm.warp(next);
        vm.roll(vm.getBlockNumber() + 1);
        _settle();
    }

    // The owner's acts, tried by anybody ----------------------------------------------------------

    function rotate(uint256 by, uint256 to) external {
        bool may = _controls(by);
        vm.prank(_caller(by).addr);
        try IDENTITIES.changeOwner(IDENTITY, person(to)) {
            _expect(may, "rotate");
            _ownedBy(person(to));
        } catch {
            _expect(!may, "rotate refused");
        }
    }

    function rotateBySig(uint256 by, uint256 to, uint256 age) external {
        age = bound(age, 0, 2);
        uint256 nonce = _model.nonce < age ? 0 : _model.nonce - age;
        bool may = _controls(by) && nonce == _model.nonce;
        bytes32 typeHash = keccak256(
            "ChangeOwner(address identity,address newOwner,uint256 nonce,uint256 deadline)"
        );
        bytes32 structHash = keccak256(abi.encode(typeHash, IDENTITY, person(to), nonce, soon()));
        try IDENTITIES.changeOwnerBySig(
            IDENTITY,
            person(to),
            nonce,
            signAct(_caller(by), address(IDENTITIES), structHash, soon())
        ) {
            _expect(may, "rotateBySig");
            _ownedBy(person(to));
        } catch {
            _expect(!may, "rotateBySig refused");
        }
    }

    /// @dev One try in sixteen, so that most runs live long.
    function deactivate(uint256 by, uint256 chance) external {
        if (chance % 16 != 0) return;
        bool may = _controls(by) && !_model.unanimous;
        vm.prank(_caller(by).addr);
        try IDENTITIES.deactivate(IDENTITY) {
            _expect(may, "deactivate");
            _ownedBy(address(0));
            _model.ended = true;
            _endRecovery();
            _settle();
        } catch {
            _expect(!may, "deactivate refused");
        }
    }

    function delegate(uint256 by, uint256 to, uint256 validity, bool revoke) external {
        validity = bound(validity, 1, 100 days);
        bool may = _controls(by);
        vm.prank(_caller(by).addr);
        if (revoke) {
            try IDENTITIES.revokeDelegate(IDENTITY, CARE, person(to)) {
                _expect(may, "revokeDelegate");
                _delegatedTo(person(to), 0);
            } catch {
                _expect(!may, "revokeDelegate refused");
            }
        } else {
            try IDENTITIES.addDelegate(IDENTITY, CARE, person(to), validity) {
                _expect(may, "addDelegate");
                _delegatedTo(person(to), vm.getBlockTimestamp() + validity);
            } catch {
                _expect(!may, "addDelegate refused");
            }
        }
    }

    function schedule(uint256 by, uint256 number) external {
        number = number % 3;
        bool may = _controls(by) && number != _model.inForce;
        vm.prank(_caller(by).addr);
        try IDENTITIES.scheduleGuardians(IDENTITY, commitmentOf(number)) {
            _expect(may, "schedule");
            if (_model.inForce == 0) {
                _model.inForce = number;
            } else {
                _model.scheduled = number;
                _model.effectiveAt = vm.getBlockTimestamp() + GUARDIANS_DELAY;
            }
        } catch {
            _expect(!may, "schedule refused");
        }
    }

    /// @dev One try in four, as for vetoes: else nothing would ever come into force.
    function cancel(uint256 by, uint256 chance) external {
        if (chance % 4 != 0) return;
        bool may = _controls(by) && _model.effectiveAt != 0;
        vm.prank(_caller(by).addr);
        try IDENTITIES.cancelGuardians(IDENTITY) {
            _expect(may, "cancel");
            (_model.scheduled, _model.effectiveAt) = (0, 0);
        } catch {
            _expect(!may, "cancel refused");
        }
    }

    function veto(uint256 by, uint256 chance) external {
        if (chance % 4 != 0) return;
        bool may = _controls(by) && _model.readyAt != 0 && !_model.unanimous;
        vm.prank(_caller(by).addr);
        try IDENTITIES.vetoRecovery(IDENTITY) {
            _expect(may, "veto");
            ++_model.round;
            _endRecovery();
            _settle();
        } catch {
            _expect(!may, "veto refused");
        }
    }

    // The guardians' and anybody's acts -----------------------------------------------------------

    /// @param skew Makes every fourth proposal one with approvals of another round.
    function propose(uint256 to, uint256 number, uint256 count, uint256 skew) external {
        number = number % 2 == 0 && _model.inForce != 0 ? _model.inForce : 1 + (number / 2) % 2;
        count = bound(count, 1, 3);
        bool unanimous = count == 3;
        uint256 round = (unanimous ? _model.unanimousRound : _model.round) + (skew % 4 == 3 ? 1 : 0);
        bool may = !_model.ended && number == _model.inForce && count >= 2 && skew % 4 != 3
            && (unanimous || _model.readyAt == 0);
        IIdentityRegistry.Approval[] memory approvals = _approvals(person(to), number, count, round);
        try IDENTITIES.proposeRecovery(IDENTITY, person(to), setOf(number), soon(), approvals) {
            _expect(may, "propose");
            if (unanimous) ++_model.unanimousRound;
            else ++_model.round;
            (_model.newOwner, _model.unanimous) = (person(to), unanimous);
            _model.readyAt = vm.getBlockTimestamp() + RECOVERY_DELAY;
        } catch {
            _expect(!may, "propose refused");
        }
    }

    function execute() external {
        bool may = !_model.ended && _model.readyAt != 0 && vm.getBlockTimestamp() >= _model.readyAt;
        try IDENTITIES.executeRecovery(IDENTITY) {
            _expect(may, "execute");
            _ownedBy(_model.newOwner);
            ++_model.round;
            ++_model.unanimousRound;
            _endRecovery();
            (_model.scheduled, _model.effectiveAt) = (0, 0);
        } catch {
            _expect(!may, "execute refused");
        }
    }

    // Inside --------------------------------------------------------------------------------------

    function _approvals(address newOwner, uint256 number, uint256 count, uint256 round)
        private
        view
        returns (IIdentityRegistry.Approval[] memory approvals)
    {
        bytes32 typeHash = keccak256(
            "ApproveRecovery(address identity,address newOwner,bytes32 guardians,bool unanimous,uint256 round,uint256 deadline)"
        );
        bytes32 structHash = keccak256(
            abi.encode(
                typeHash, IDENTITY, newOwner, commitmentOf(number), count == 3, round, soon()
            )
        );
        bytes32 digest = digestOf(address(IDENTITIES), structHash);
        approvals = new IIdentityRegistry.Approval[](count);
        for (uint256 i = 0; i < count; ++i) {
            approvals[i] = IIdentityRegistry.Approval(
                i,
                abi.encodePacked(_guardians[i].addr),
                signDigest(_guardians[i].privateKey, digest)
            );
        }
    }

    /// @dev Every second caller is the owner: with strangers alone little would come about.
    function _caller(uint256 by) private view returns (Vm.Wallet memory) {
        for (uint256 i = 0; i < _people.length && by % 2 == 0; ++i) {
            if (_people[i].addr == _model.owner) return _people[i];
        }
        return _people[(by / 2) % _people.length];
    }

    function _controls(uint256 by) private view returns (bool) {
        return !_model.ended && _caller(by).addr == _model.owner;
    }

    function _ownedBy(address owner) private {
        _model.owner = owner;
        ++_model.nonce;
        _model.changedBlock = vm.getBlockNumber();
    }

    function _delegatedTo(address to, uint256 until) private {
        _validTo[to] = until;
        _model.changedBlock = vm.getBlockNumber();
    }

    function _endRecovery() private {
        (_model.newOwner, _model.readyAt, _model.unanimous) = (address(0), 0, false);
    }

    function _settle() private {
        bool due = _model.effectiveAt != 0 && vm.getBlockTimestamp() >= _model.effectiveAt;
        if (!due || _model.readyAt != 0) return;
        _model.inForce = _model.scheduled;
        (_model.scheduled, _model.effectiveAt) = (0, 0);
    }

    function _expect(bool agreed, string memory act) private {
        if (!agreed && bytes(mismatch).length == 0) mismatch = act;
    }
}
