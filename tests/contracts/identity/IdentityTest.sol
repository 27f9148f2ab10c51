// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IIdentityRegistry} from "../../../contracts/identity/IIdentityRegistry.sol";
import {Authorization} from "../../../contracts/shared/Authorization.sol";
import {ISignedActs} from "../../../contracts/shared/ISignedActs.sol";
import {Fixture} from "../base/Fixture.sol";
import {Vm} from "../base/Vm.sol";

/// @title What the tests of identities share: struct hashes spelled out, guardians of a patient
abstract contract IdentityTest is Fixture {
    Vm.Wallet[] internal guardians;
    bytes32 internal constant SALT = keccak256("guardians' salt");
    uint256 internal constant RECOVERY_DELAY = 7 days;
    uint256 internal constant GUARDIANS_DELAY = 30 days;

    event DIDOwnerChanged(address indexed identity, address owner, uint256 previousChange);
    event DIDDelegateChanged(
        address indexed identity,
        bytes32 delegateType,
        address delegate,
        uint256 validTo,
        uint256 previousChange
    );
    event DIDAttributeChanged(
        address indexed identity, bytes32 name, bytes value, uint256 validTo, uint256 previousChange
    );
    event GuardiansScheduled(
        uint256 indexed effectiveAt, address indexed identity, bytes32 commitment
    );
    event GuardiansCancelled(
        uint256 indexed effectiveAt, address indexed identity, bytes32 commitment
    );
    event RecoveryProposed(
        uint256 indexed readyAt, address indexed identity, address indexed newOwner, bool unanimous
    );
    event RecoveryVetoed(
        uint256 indexed readyAt, address indexed identity, address indexed newOwner
    );
    event RecoveryExecuted(
        uint256 indexed readyAt, address indexed identity, address indexed newOwner
    );

    function setUp() public virtual override {
        vm.warp(START);
        vm.roll(1000);
        _meetPeople();
        _deployKernel();
        Vm.Wallet[] memory three = makeGuardians("guardian", 3);
        for (uint256 i = 0; i < three.length; ++i) {
            guardians.push(three[i]);
        }
    }

    // Acts ----------------------------------------------------------------------------------------

    function _rotate(Vm.Wallet memory by, address identity, address newOwner) internal {
        vm.prank(by.addr);
        identities.changeOwner(identity, newOwner);
    }

    function _deactivate(address identity, address by) internal {
        vm.prank(by);
        identities.deactivate(identity);
    }

    function _expectNotController(address identity, address actor) internal {
        vm.expectRevert(abi.encodeWithSelector(ISignedActs.NotController.selector, identity, actor));
    }

    function _expectDeactivated(address identity) internal {
        vm.expectRevert(
            abi.encodeWithSelector(IIdentityRegistry.IdentityDeactivated.selector, identity)
        );
    }

    /// @notice A plain key's authorization over a struct of the identity registry, for an hour.
    function _sign(Vm.Wallet memory signer, bytes32 structHash)
        internal
        view
        returns (Authorization memory)
    {
        return signAct(signer, address(identities), structHash, soon());
    }

    function _changeOwnerHash(address identity, address newOwner, uint256 nonce)
        internal
        view
        returns (bytes32)
    {
        bytes32 typeHash = keccak256(
            "ChangeOwner(address identity,address newOwner,uint256 nonce,uint256 deadline)"
        );
        return keccak256(abi.encode(typeHash, identity, newOwner, nonce, soon()));
    }

    function _deactivateHash(address identity, uint256 nonce) internal view returns (bytes32) {
        bytes32 typeHash = keccak256("Deactivate(address identity,uint256 nonce,uint256 deadline)");
        return keccak256(abi.encode(typeHash, identity, nonce, soon()));
    }

    function _scheduleHash(address identity, bytes32 commitment, uint256 nonce)
        internal
        view
        returns (bytes32)
    {
        bytes32 typeHash = keccak256(
            "ScheduleGuardians(address identity,bytes32 commitment,uint256 nonce,uint256 deadline)"
        );
        return keccak256(abi.encode(typeHash, identity, commitment, nonce, soon()));
    }

    function _cancelHash(address identity, bytes32 commitment, uint256 nonce)
        internal
        view
        returns (bytes32)
    {
        bytes32 typeHash = keccak256(
            "CancelGuardians(address identity,bytes32 commitment,uint256 nonce,uint256 deadline)"
        );
        return keccak256(abi.encode(typeHash, identity, commitment, nonce, soon()));
    }

    function _vetoHash(address identity, address newOwner, uint256 nonce)
        internal
        view
        returns (bytes32)
    {
        bytes32 typeHash = keccak256(
            "VetoRecovery(address identity,address newOwner,uint256 nonce,uint256 deadline)"
        );
        return keccak256(abi.encode(typeHash, identity, newOwner, nonce, soon()));
    }

    function _applyHash(address identity, IIdentityRegistry.Change[] memory changes, uint256 nonce)
        internal
        view
        returns (bytes32)
    {
        bytes32 changeType = keccak256(
            "Change(uint8 kind,bytes32 name,address delegate,bytes value,uint256 validity)"
        );
        bytes memory hashes;
        for (uint256 i = 0; i < changes.length; ++i) {
            IIdentityRegistry.Change memory each = changes[i];
            bytes32 value = keccak256(each.value);
            hashes = abi.encodePacked(
                hashes,
                keccak256(
                    abi.encode(
                        changeType, each.kind, each.name, each.delegate, value, each.validity
                    )
                )
            );
        }
        bytes32 typeHash = keccak256(
            "ApplyChanges(address identity,Change[] changes,uint256 nonce,uint256 deadline)Change(uint8 kind,bytes32 name,address delegate,bytes value,uint256 validity)"
        );
        return keccak256(abi.encode(typeHash, identity, keccak256(hashes), nonce, soon()));
    }

    // Guardians -----------------------------------------------------------------------------------

    /// @notice The patient's guardians: two of three.
    function _guardianSet() internal view returns (IIdentityRegistry.GuardianSet memory set) {
        set.guardians = new address[](guardians.length);
        for (uint256 i = 0; i < guardians.length; ++i) {
            set.guardians[i] = guardians[i].addr;
        }
        set.threshold = 2;
        set.salt = SALT;
    }

    function _commitmentOf(IIdentityRegistry.GuardianSet memory set)
        internal
        pure
        returns (bytes32)
    {
        return keccak256(abi.encode(set.guardians, set.threshold, set.salt));
    }

    function _schedule(Vm.Wallet memory by, address identity, bytes32 commitment) internal {
        vm.prank(by.addr);
        identities.scheduleGuardians(identity, commitment);
    }

    /// @notice The patient commits to the three guardians, at once in force.
    function _guardPatient() internal returns (bytes32 commitment) {
        commitment = _commitmentOf(_guardianSet());
        _schedule(patient, patient.addr, commitment);
    }

    function _approvalHash(
        address identity,
        address newOwner,
        bytes32 commitment,
        bool unanimous,
        uint256 deadline
    ) internal view returns (bytes32) {
        IIdentityRegistry.Recovery memory recovery = identities.recoveryOf(identity);
        uint256 round = unanimous ? recovery.unanimousRound : recovery.round;
        bytes32 typeHash = keccak256(
            "ApproveRecovery(address identity,address newOwner,bytes32 guardians,bool unanimous,uint256 round,uint256 deadline)"
        );
        return
            keccak256(
                abi.encode(typeHash, identity, newOwner, commitment, unanimous, round, deadline)
            );
    }

    function _approve(Vm.Wallet memory guardian, uint256 index, bytes32 structHash)
        internal
        view
        returns (IIdentityRegistry.Approval memory)
    {
        bytes memory signature =
            signDigest(guardian.privateKey, digestOf(address(identities), structHash));
        return IIdentityRegistry.Approval({
            index: index, signer: abi.encodePacked(guardian.addr), signature: signature
        });
    }

    /// @notice Approvals of the patient's guardians from the first to the `count`th, for an hour.
    function _approvals(address newOwner, uint256 count)
        internal
        view
        returns (IIdentityRegistry.Approval[] memory approvals)
    {
        bool unanimous = count == guardians.length;
        bytes32 commitment = _commitmentOf(_guardianSet());
        bytes32 structHash = _approvalHash(patient.addr, newOwner, commitment, unanimous, soon());
        approvals = new IIdentityRegistry.Approval[](count);
        for (uint256 i = 0; i < count; ++i) {
            approvals[i] = _approve(guardians[i], i, structHash);
        }
    }

    /// @notice `count` of the patient's guardians propose `newOwner`.
    function _propose(address newOwner, uint256 count) internal {
        IIdentityRegistry.Approval[] memory approvals = _approvals(newOwner, count);
        vm.prank(relayer.addr);
        identities.proposeRecovery(patient.addr, newOwner, _guardianSet(), soon(), approvals);
    }

    function _execute() internal {
        vm.prank(relayer.addr);
        identities.executeRecovery(patient.addr);
    }
}
