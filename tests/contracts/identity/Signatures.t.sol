// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IIdentityRegistry} from "../../../contracts/identity/IIdentityRegistry.sol";
import {IdentityRegistry} from "../../../contracts/identity/IdentityRegistry.sol";
import {Authorization} from "../../../contracts/shared/Authorization.sol";
import {ISignedActs} from "../../../contracts/shared/ISignedActs.sol";
import {SignedIdentityTest} from "./SignedIdentityTest.sol";

/// @title The signature matrix of plain keys: every signed act against every misuse
contract SignaturesTest is SignedIdentityTest {
    /// @dev Order of secp256k1, SEC 2 section 2.4.1.
    uint256 private constant ORDER =
        0xFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFEBAAEDCE6AF48A03BBFD25E8CD0364141;

    function setUp() public override {
        super.setUp();
        _prepare(patient.addr);
    }

    function test_theOwnersSignatureActsWhoeverSubmitsIt() external {
        for (uint256 i = 0; i < ACTS; ++i) {
            uint256 before = vm.snapshotState();
            _submit(Act(i), patient.addr, 0, _signedByPatient(Act(i)));
            _requireDone(Act(i), patient.addr);
            vm.revertToState(before);
        }
    }

    function test_revertsWhenReplayed() external {
        for (uint256 i = 0; i < ACTS; ++i) {
            uint256 before = vm.snapshotState();
            Authorization memory auth = _signedByPatient(Act(i));
            _submit(Act(i), patient.addr, 0, auth);
            vm.expectRevert();
            _submit(Act(i), patient.addr, 0, auth);
            vm.expectRevert();
            _submit(Act(i), patient.addr, 1, auth);
            assertEq(identities.nonces(patient.addr), 1);
            vm.revertToState(before);
        }
    }

    function test_revertsWhenTheNonceIsUsedOrNotYetReached() external {
        _rotate(patient, patient.addr, patient.addr);
        for (uint256 i = 0; i < ACTS; ++i) {
            for (uint256 nonce = 0; nonce < 3; nonce += 2) {
                Authorization memory auth = _sign(patient, _hashOf(Act(i), patient.addr, nonce));
                vm.expectRevert(
                    abi.encodeWithSelector(
                        IIdentityRegistry.IdentityInvalidNonce.selector, patient.addr, 1, nonce
                    )
                );
                _submit(Act(i), patient.addr, nonce, auth);
            }
        }
    }

    function test_revertsOnAnotherChain() external {
        for (uint256 i = 0; i < ACTS; ++i) {
            Authorization memory auth = _signedByPatient(Act(i));
            vm.chainId(block.chainid + 1);
            _expectSignatureInvalid(patient.addr);
            _submit(Act(i), patient.addr, 0, auth);
        }
    }

    function test_revertsWhenSignedForAnotherContract() external {
        address other = address(new IdentityRegistry());
        for (uint256 i = 0; i < ACTS; ++i) {
            Authorization memory auth =
                signAct(patient, other, _hashOf(Act(i), patient.addr, 0), soon());
            _expectSignatureInvalid(patient.addr);
            _submit(Act(i), patient.addr, 0, auth);
        }
    }

    function test_revertsWhenSignedForAnotherFunction() external {
        for (uint256 i = 0; i < ACTS; ++i) {
            Authorization memory auth = _signedByPatient(Act(i));
            for (uint256 j = 0; j < ACTS; ++j) {
                if (i == j) continue;
                _expectSignatureInvalid(patient.addr);
                _submit(Act(j), patient.addr, 0, auth);
            }
        }
    }

    function test_revertsWhenSignedForAnotherIdentity() external {
        for (uint256 i = 0; i < ACTS; ++i) {
            Authorization memory auth = _sign(patient, _hashOf(Act(i), carer.addr, 0));
            vm.expectRevert();
            _submit(Act(i), patient.addr, 0, auth);
        }
    }

    function test_revertsAfterTheDeadlineAndNotBefore() external {
        uint256 deadline = soon();
        for (uint256 i = 0; i < ACTS; ++i) {
            uint256 before = vm.snapshotState();
            Authorization memory auth = _signedByPatient(Act(i));
            vm.warp(deadline + 1);
            vm.expectRevert(abi.encodeWithSelector(ISignedActs.SignatureExpired.selector, deadline));
            _submit(Act(i), patient.addr, 0, auth);
            vm.warp(deadline);
            _submit(Act(i), patient.addr, 0, auth);
            _requireDone(Act(i), patient.addr);
            vm.revertToState(before);
        }
    }

    function test_revertsWhenTheDeadlineIsNotTheSignedOne() external {
        for (uint256 i = 0; i < ACTS; ++i) {
            Authorization memory auth = _signedByPatient(Act(i));
            ++auth.deadline;
            _expectSignatureInvalid(patient.addr);
            _submit(Act(i), patient.addr, 0, auth);
        }
    }

    function test_revertsWhenTheSignatureIsMalleated() external {
        for (uint256 i = 0; i < ACTS; ++i) {
            Authorization memory auth = _signedByPatient(Act(i));
            (bytes32 r, bytes32 s, uint8 v) = _split(auth.signature);
            auth.signature =
                abi.encodePacked(r, ORDER - uint256(s), v == 27 ? uint8(28) : uint8(27));
            _expectSignatureInvalid(patient.addr);
            _submit(Act(i), patient.addr, 0, auth);
        }
    }

    function test_revertsWhenTheSignatureHasAnotherLength() external {
        for (uint256 i = 0; i < ACTS; ++i) {
            Authorization memory auth = _signedByPatient(Act(i));
            bytes memory good = auth.signature;
            (bytes32 r, bytes32 s, uint8 v) = _split(good);
            bytes[4] memory bad =
                [bytes(""), abi.encodePacked(r, s), abi.encodePacked(good, v), abi.encode(r, s, v)];
            for (uint256 j = 0; j < bad.length; ++j) {
                auth.signature = bad[j];
                _expectSignatureInvalid(patient.addr);
                _submit(Act(i), patient.addr, 0, auth);
            }
        }
    }

    function testFuzz_revertsWhenAnyBitOfTheSignatureIsAnother(uint256 which, uint256 bit)
        external
    {
        Act act = Act(which % ACTS);
        Authorization memory auth = _signedByPatient(act);
        bit = bound(bit, 0, auth.signature.length * 8 - 1);
        auth.signature[bit / 8] ^= bytes1(uint8(1 << (bit % 8)));
        _expectSignatureInvalid(patient.addr);
        _submit(act, patient.addr, 0, auth);
    }

    function test_revertsWhenAStrangerSigned() external {
        for (uint256 i = 0; i < ACTS; ++i) {
            Authorization memory auth = _sign(stranger, _hashOf(Act(i), patient.addr, 0));
            _expectNotController(patient.addr, stranger.addr);
            _submit(Act(i), patient.addr, 0, auth);
            auth.signer = abi.encodePacked(patient.addr);
            _expectSignatureInvalid(patient.addr);
            _submit(Act(i), patient.addr, 0, auth);
        }
    }

    function test_revertsWhenADelegateSigned() external {
        vm.prank(patient.addr);
        identities.addDelegate(patient.addr, "veriKey", carer.addr, 1 days);
        for (uint256 i = 0; i < ACTS; ++i) {
            Authorization memory auth = _sign(carer, _hashOf(Act(i), patient.addr, 0));
            _expectNotController(patient.addr, carer.addr);
            _submit(Act(i), patient.addr, 0, auth);
        }
    }

    function test_revertsWhenAFormerOwnerSigned() external {
        _rotate(patient, patient.addr, carer.addr);
        for (uint256 i = 0; i < ACTS; ++i) {
            Authorization memory auth = _sign(patient, _hashOf(Act(i), patient.addr, 1));
            _expectNotController(patient.addr, patient.addr);
            _submit(Act(i), patient.addr, 1, auth);
        }
    }

    function test_revertsWhenTheIdentityIsDeactivated() external {
        // The pending recovery and its new owner are gone with the identity; the veto then names nobody.
        _deactivate(patient.addr, patient.addr);
        for (uint256 i = 0; i < ACTS - 1; ++i) {
            Authorization memory auth = _sign(patient, _hashOf(Act(i), patient.addr, 1));
            _expectDeactivated(patient.addr);
            _submit(Act(i), patient.addr, 1, auth);
        }
        Authorization memory veto = _sign(patient, _vetoHash(patient.addr, address(0), 1));
        _expectDeactivated(patient.addr);
        _submit(Act.VetoRecovery, patient.addr, 1, veto);
    }

    function _split(bytes memory signature) private pure returns (bytes32 r, bytes32 s, uint8 v) {
        bytes memory padded = abi.encodePacked(signature, new bytes(31));
        uint256 last;
        (r, s, last) = abi.decode(padded, (bytes32, bytes32, uint256));
        v = uint8(last >> 248);
    }
}
