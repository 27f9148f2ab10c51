// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {AnchorRegistry} from "../../../contracts/anchor/AnchorRegistry.sol";
import {Checkpoint, CheckpointId} from "../../../contracts/anchor/Checkpoint.sol";
import {IAnchorRegistry as I} from "../../../contracts/anchor/IAnchorRegistry.sol";
import {ContractAccount} from "../../../contracts/mocks/ContractAccount.sol";
import {DishonestAccount} from "../../../contracts/mocks/DishonestAccount.sol";
import {Authorization} from "../../../contracts/shared/Authorization.sol";
import {ISignedActs} from "../../../contracts/shared/ISignedActs.sol";
import {Vm} from "../base/Vm.sol";
import {AnchorTest} from "./AnchorTest.sol";

contract AnchoringSignedTest is AnchorTest {
    uint256 private constant SECP256K1_ORDER =
        0xFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFEBAAEDCE6AF48A03BBFD25E8CD0364141;

    Checkpoint private first;

    function setUp() public override {
        super.setUp();
        first = anchorFirst();
    }

    function test_holdsTheNextCheckpointWhoeverSubmitsIt() public {
        submitNext(first, signNext(hospital, idOf(first)));
        assertEq(head(), idOf(after_(first, NEXT_ROOT, 9)));
    }

    function test_holdsTheFirstCheckpointOfASignedAct() public {
        bytes32 structHash = structHashOf(patient.addr, STREAM, 0, 9, NEXT_ROOT, soon());
        Authorization memory auth = signAct(patient, address(anchors), structHash, soon());
        anchors.anchorBySig(patient.addr, STREAM, nothing(), 9, NEXT_ROOT, auth);
        bytes32 held = CheckpointId.unwrap(anchors.headOf(patient.addr, STREAM));
        assertEq(held, idOf(Checkpoint(0, NEXT_ROOT, 9)));
    }

    function test_revertsWhenReplayed() public {
        Authorization memory auth = signNext(hospital, idOf(first));
        submitNext(first, auth);
        _expectHeadMoved(idOf(after_(first, NEXT_ROOT, 9)));
        submitNext(first, auth);
    }

    function test_revertsWhenTheStreamHasGrownSince() public {
        Authorization memory auth = signNext(hospital, idOf(first));
        vm.prank(hospital.addr);
        anchors.anchor(hospital.addr, STREAM, first, 8, ROOT);
        _expectHeadMoved(idOf(after_(first, ROOT, 8)));
        submitNext(first, auth);
    }

    function test_acceptsUntilTheDeadline() public {
        Authorization memory auth = signNext(hospital, idOf(first));
        vm.warp(auth.deadline);
        submitNext(first, auth);
        assertEq(head(), idOf(after_(first, NEXT_ROOT, 9)));
    }

    function test_revertsAfterTheDeadline() public {
        Authorization memory auth = signNext(hospital, idOf(first));
        vm.warp(auth.deadline + 1);
        vm.expectRevert(
            abi.encodeWithSelector(ISignedActs.SignatureExpired.selector, auth.deadline)
        );
        submitNext(first, auth);
    }

    function testFuzz_revertsWhenAnythingDiffersFromWhatWasSigned(uint256 member, uint256 by)
        public
    {
        member = bound(member, 0, 5);
        by = bound(by, 1, type(uint32).max);
        Authorization memory auth = signNext(hospital, idOf(first));
        address issuer = address(uint160(hospital.addr) ^ uint160(member == 0 ? by : 0));
        bytes32 stream = STREAM ^ bytes32(member == 1 ? by : 0);
        uint64 size = 9 ^ uint64(member == 2 ? by : 0);
        bytes32 root = NEXT_ROOT ^ bytes32(member == 3 ? by : 0);
        auth.deadline += member == 4 ? by : 0;
        Checkpoint memory shown = first;
        shown.root ^= bytes32(member == 5 ? by : 0);
        _expectInvalid(hospital.addr);
        anchors.anchorBySig(issuer, stream, shown, size, root, auth);
    }

    function test_revertsWhenSignedForAnotherChain() public {
        Authorization memory auth = signNext(hospital, idOf(first));
        vm.chainId(1);
        _expectInvalid(hospital.addr);
        submitNext(first, auth);
    }

    function test_revertsWhenSignedForAnotherContract() public {
        AnchorRegistry other = new AnchorRegistry(identities);
        bytes32 structHash = structHashOf(hospital.addr, STREAM, idOf(first), 9, NEXT_ROOT, soon());
        Authorization memory auth = signAct(hospital, address(other), structHash, soon());
        _expectInvalid(hospital.addr);
        submitNext(first, auth);
    }

    function test_revertsWhenSignedForAnotherFunction() public {
        bytes32 typeHash = keccak256(
            "Revoke(address issuer,bytes32 stream,bytes32 last,uint64 size,bytes32 root,uint256 deadline)"
        );
        bytes32 structHash = keccak256(
            abi.encode(typeHash, hospital.addr, STREAM, idOf(first), 9, NEXT_ROOT, soon())
        );
        Authorization memory auth = signAct(hospital, address(anchors), structHash, soon());
        _expectInvalid(hospital.addr);
        submitNext(first, auth);
    }

    function test_revertsForAHighS() public {
        Authorization memory auth = signNext(hospital, idOf(first));
        bytes32 digest = digestOf(
            address(anchors),
            structHashOf(hospital.addr, STREAM, idOf(first), 9, NEXT_ROOT, auth.deadline)
        );
        (uint8 v, bytes32 r, bytes32 s) = vm.sign(hospital.privateKey, digest);
        bytes32 high = bytes32(SECP256K1_ORDER - uint256(s));
        assertEq(ecrecover(digest, 55 - v, r, high), hospital.addr, "the curve accepts it");
        auth.signature = abi.encodePacked(r, high, 55 - v);
        _expectInvalid(hospital.addr);
        submitNext(first, auth);
    }

    function testFuzz_revertsForAnyOtherSignature(bytes memory signature) public {
        Authorization memory auth = signNext(hospital, idOf(first));
        vm.assume(keccak256(signature) != keccak256(auth.signature));
        auth.signature = signature;
        _expectInvalid(hospital.addr);
        submitNext(first, auth);
    }

    function test_revertsWhenAStrangerSigned() public {
        Authorization memory auth = signNext(stranger, idOf(first));
        _expectNotController(stranger.addr);
        submitNext(first, auth);
        auth.signer = abi.encodePacked(hospital.addr);
        _expectInvalid(hospital.addr);
        submitNext(first, auth);
    }

    function test_obeysTheKeyThatControlsTheIssuerNow() public {
        vm.prank(hospital.addr);
        identities.changeOwner(hospital.addr, carer.addr);
        Authorization memory rotated = signNext(hospital, idOf(first));
        _expectNotController(hospital.addr);
        submitNext(first, rotated);
        submitNext(first, signNext(carer, idOf(first)));
        assertEq(head(), idOf(after_(first, NEXT_ROOT, 9)));
    }

    function test_revertsForADelegate() public {
        vm.prank(hospital.addr);
        identities.addDelegate(hospital.addr, "sigAuth", carer.addr, 1 days);
        Authorization memory auth = signNext(carer, idOf(first));
        _expectNotController(carer.addr);
        submitNext(first, auth);
    }

    function test_revertsWhenSignedForADeactivatedIssuer() public {
        Authorization memory auth = signNext(hospital, idOf(first));
        vm.prank(hospital.addr);
        identities.deactivate(hospital.addr);
        _expectNotController(hospital.addr);
        submitNext(first, auth);
    }

    function test_revertsForATruncatedSigner() public {
        Authorization memory auth = signNext(hospital, idOf(first));
        auth.signer = abi.encodePacked(bytes19(bytes20(hospital.addr)));
        _expectInvalid(address(0));
        submitNext(first, auth);
    }

    function test_acceptsAContractAccount() public {
        ContractAccount account = new ContractAccount(hospital.addr);
        _giveTo(address(account));
        Authorization memory auth = signNext(hospital, idOf(first));
        auth.signer = abi.encodePacked(account);
        submitNext(first, auth);
        assertEq(head(), idOf(after_(first, NEXT_ROOT, 9)));
    }

    function test_revertsWhenAContractAccountLiesOrReverts() public {
        for (uint8 i = 0; i <= uint8(DishonestAccount.Answer.Reverts); ++i) {
            address account = address(new DishonestAccount(DishonestAccount.Answer(i)));
            uint256 before = vm.snapshotState();
            _giveTo(account);
            Authorization memory auth = signNext(hospital, idOf(first));
            auth.signer = abi.encodePacked(account);
            _expectInvalid(account);
            submitNext(first, auth);
            vm.revertToState(before);
        }
    }

    function test_acceptsAPasskey() public {
        Passkey memory key = makePasskey(address(passkeys), 7);
        _giveTo(key.identity);
        submitNext(first, _assertNext(key, 9));
        assertEq(head(), idOf(after_(first, NEXT_ROOT, 9)));
    }

    function test_revertsForAPasskeysOtherAssertion() public {
        Passkey memory key = makePasskey(address(passkeys), 7);
        _giveTo(key.identity);
        Authorization memory other = _assertNext(key, 10);
        _expectInvalid(key.identity);
        submitNext(first, other);
    }

    function _assertNext(Passkey memory key, uint64 size)
        private
        view
        returns (Authorization memory)
    {
        bytes32 structHash =
            structHashOf(hospital.addr, STREAM, idOf(first), size, NEXT_ROOT, soon());
        bytes memory signature = signWithPasskey(key, digestOf(address(anchors), structHash));
        return Authorization(key.signer, soon(), signature);
    }

    function _giveTo(address newOwner) private {
        vm.prank(hospital.addr);
        identities.changeOwner(hospital.addr, newOwner);
    }

    function _expectHeadMoved(bytes32 current) private {
        vm.expectRevert(abi.encodeWithSelector(I.HeadMoved.selector, current));
    }

    function _expectInvalid(address signer) private {
        vm.expectRevert(abi.encodeWithSelector(ISignedActs.SignatureInvalid.selector, signer));
    }

    function _expectNotController(address actor) private {
        vm.expectRevert(
            abi.encodeWithSelector(ISignedActs.NotController.selector, hospital.addr, actor)
        );
    }
}
