// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {AnchorRegistry} from "../../../contracts/anchor/AnchorRegistry.sol";
import {ConsentRegistry} from "../../../contracts/consent/ConsentRegistry.sol";
import {IdentityRegistry} from "../../../contracts/identity/IdentityRegistry.sol";
import {Authorization} from "../../../contracts/shared/Authorization.sol";
import {ISignedActs} from "../../../contracts/shared/ISignedActs.sol";
import {Vm} from "../base/Vm.sol";
import {SignedRows} from "./SignedRows.sol";

/// @title The signature matrix: every function that takes a signature, with every wrong one of the right signer
/// @notice What is written down of each function stands in signed-acts.toml.
contract SignedActsTest is SignedRows {
    /// @dev Order of secp256k1, SEC 2 section 2.4.1.
    uint256 private constant ORDER =
        0xFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFEBAAEDCE6AF48A03BBFD25E8CD0364141;

    // The table -----------------------------------------------------------------------------------

    /// @dev And nothing else has: rows that the ABI does not know would stand for tests of nothing.
    function test_everyFunctionThatTakesASignatureHasARow() public view {
        string memory table = vm.readFile(SIGNED);
        uint256 count = 0;
        string[5] memory contracts = contractNames();
        for (uint256 i = 0; i < contracts.length; ++i) {
            string memory path =
                string.concat("src/salus/contracts/artifacts/", contracts[i], ".json");
            string memory artifact = vm.readFile(path);
            string[] memory functions = functionsOf(contracts[i]);
            for (uint256 j = 0; j < functions.length; ++j) {
                bool takes = _takesASignature(artifact, functions[j]);
                string memory key = string.concat(".", contracts[i], ".", functions[j]);
                assertEq(vm.keyExistsToml(table, key), takes, string.concat(SIGNED, key));
                if (takes) ++count;
            }
        }
        assertEq(signedRows.length, count);
        assertGt(count, 0);
    }

    function _takesASignature(string memory artifact, string memory name)
        private
        view
        returns (bool)
    {
        string memory inputs = string.concat(".abi[?(@.name=='", name, "')].inputs[*]");
        return vm.keyExistsJson(
            artifact, string.concat(inputs, ".components[?(@.name=='signature')]")
        ) || _endsWithBySig(bytes(name));
    }

    function _endsWithBySig(bytes memory name) private pure returns (bool) {
        bytes memory end = "BySig";
        if (name.length < end.length) return false;
        for (uint256 i = 0; i < end.length; ++i) {
            if (name[name.length - end.length + i] != end[i]) return false;
        }
        return true;
    }

    // Used up -------------------------------------------------------------------------------------

    function test_revertsWhenSubmittedAgain() public {
        each(_again);
    }

    function _again(SignedRow memory row) private {
        Authorization memory auth = authorize(row, row.key);
        requireTaken(row, auth);
        requireRefused(row, auth, row.again);
    }

    function test_revertsWhenWhatWasSignedUponHasMoved() public {
        each(_moved);
    }

    function _moved(SignedRow memory row) private {
        Authorization memory auth = authorize(row, row.key);
        Act memory other = actOf(row.movedBy);
        vm.prank(row.key.addr);
        (bool success, bytes memory answer) = other.target.call(other.callData);
        assertTrue(success, string.concat(row.movedBy, vm.toString(answer)));
        requireRefused(row, auth, row.moved);
    }

    // Elsewhere -----------------------------------------------------------------------------------

    function test_revertsOnAnotherChain() public {
        each(_onAnotherChain);
    }

    function _onAnotherChain(SignedRow memory row) private {
        Authorization memory auth = authorize(row, row.key);
        uint256 here = block.chainid;
        vm.chainId(here + 1);
        requireInvalid(row, auth);
        vm.chainId(here);
        requireTaken(row, auth);
    }

    function test_revertsAtAnotherContract() public {
        each(_atAnotherContract);
    }

    function _atAnotherContract(SignedRow memory row) private {
        address[6] memory others = [
            address(identities),
            address(consents),
            address(anchors),
            address(new IdentityRegistry()),
            address(new ConsentRegistry(identities, accreditations)),
            address(new AnchorRegistry(identities))
        ];
        for (uint256 i = 0; i < others.length; ++i) {
            if (others[i] == targetOf(row)) continue;
            requireInvalid(row, authorize(row.key, digestOf(others[i], structOf(row))));
        }
    }

    function test_revertsAtEveryOtherFunction() public {
        each(_atEveryOtherFunction);
    }

    function _atEveryOtherFunction(SignedRow memory row) private {
        for (uint256 i = 0; i < signedRows.length; ++i) {
            SignedRow memory other = signedRows[i];
            if (keccak256(bytes(other.name)) == keccak256(bytes(row.name))) continue;
            requireInvalid(row, authorize(row.key, digestOf(targetOf(row), structOf(other))));
        }
    }

    // Too late ------------------------------------------------------------------------------------

    function test_revertsAfterTheDeadlineAndNotBefore() public {
        each(_afterTheDeadline);
    }

    function _afterTheDeadline(SignedRow memory row) private {
        Authorization memory auth = authorize(row, row.key);
        vm.warp(deadline + 1);
        (bool success, bytes memory answer) = submit(row, auth);
        assertFalse(success, row.name);
        bytes memory expired =
            abi.encodeWithSelector(ISignedActs.SignatureExpired.selector, deadline);
        assertEq(answer, expired, row.name);
        vm.warp(deadline);
        requireTaken(row, auth);
    }

    function test_revertsWithAnotherDeadlineThanWasSigned() public {
        each(_withAnotherDeadline);
    }

    function _withAnotherDeadline(SignedRow memory row) private {
        Authorization memory auth = authorize(row, row.key);
        auth.deadline += 1;
        requireInvalid(row, auth);
    }

    // Not as it was made --------------------------------------------------------------------------

    function test_revertsTheOtherHalfOfTheCurve() public {
        each(_highS);
    }

    function _highS(SignedRow memory row) private {
        (uint8 v, bytes32 r, bytes32 s) = vm.sign(row.key.privateKey, digestOf(row));
        bytes32 high = bytes32(ORDER - uint256(s));
        assertEq(ecrecover(digestOf(row), 55 - v, r, high), row.key.addr, "the curve accepts it");
        bytes memory twin = abi.encodePacked(r, high, 55 - v);
        requireInvalid(row, Authorization(abi.encodePacked(row.key.addr), deadline, twin));
    }

    /// @dev 64 bytes are a good signature in the short form of ERC-2098, which would be a second one for the same act.
    function test_revertsEveryOtherLength() public {
        each(_otherLengths);
    }

    function _otherLengths(SignedRow memory row) private {
        Authorization memory auth = authorize(row, row.key);
        (uint8 v, bytes32 r, bytes32 s) = vm.sign(row.key.privateKey, digestOf(row));
        (, bytes32 vs) = vm.signCompact(row.key.privateKey, digestOf(row));
        bytes[6] memory others = [
            bytes(""),
            abi.encodePacked(r),
            abi.encodePacked(r, vs),
            abi.encodePacked(r, s),
            abi.encodePacked(r, s, v, uint8(0)),
            abi.encode(r, s, v)
        ];
        for (uint256 i = 0; i < others.length; ++i) {
            auth.signature = others[i];
            requireInvalid(row, auth);
        }
    }

    function test_revertsForSignersTooShortToNameAnybody() public {
        each(_shortSigners);
    }

    function _shortSigners(SignedRow memory row) private {
        Authorization memory auth = authorize(row, row.key);
        auth.signer = abi.encodePacked(bytes19(bytes20(row.key.addr)));
        requireInvalid(row, auth);
        auth.signer = "";
        requireInvalid(row, auth);
    }

    // By who no longer may ------------------------------------------------------------------------

    function test_obeysTheKeyOfTodayOnly() public {
        each(_keyOfToday);
    }

    function _keyOfToday(SignedRow memory row) private {
        Vm.Wallet memory next = makeWallet("next key");
        Authorization memory signedBefore = authorize(row, row.key);
        handTo(row, next.addr);
        (bool success,) = submit(row, signedBefore);
        assertFalse(success, row.name);
        requireNotController(row, authorize(row, row.key));
        requireTaken(row, authorize(row, next));
    }

    function test_revertsOnceDeactivated() public {
        each(_deactivated);
    }

    function _deactivated(SignedRow memory row) private {
        Authorization memory auth = authorize(row, row.key);
        vm.prank(row.key.addr);
        identities.deactivate(row.identity);
        requireRefused(row, auth, row.ended);
    }
}
