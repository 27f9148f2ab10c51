// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {ConsentRegistry} from "../../../contracts/consent/ConsentRegistry.sol";
import {ConsentingAccount} from "../../../contracts/mocks/ConsentingAccount.sol";
import {ContractAccount} from "../../../contracts/mocks/ContractAccount.sol";
import {DishonestAccount} from "../../../contracts/mocks/DishonestAccount.sol";
import {Authorization} from "../../../contracts/shared/Authorization.sol";
import {ISignedActs} from "../../../contracts/shared/ISignedActs.sol";
import {Vm} from "../base/Vm.sol";
import {SignedActsTest} from "./SignedActsTest.sol";

/// @title The signature matrix: every signed act against everything that a signature can get wrong
contract ConsentSignaturesTest is SignedActsTest {
    /// @dev Order of secp256k1, SEC 2 section 2.4.1.
    uint256 private constant ORDER =
        0xFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFEBAAEDCE6AF48A03BBFD25E8CD0364141;

    modifier eachAct(function(Act) internal check) {
        for (uint256 i = 0; i < ACTS; ++i) {
            uint256 clean = vm.snapshotState();
            check(Act(i));
            vm.revertToState(clean);
        }
        _;
    }

    // Signers that may ------------------------------------------------------------------------

    function test_takesAPlainKey() public eachAct(_takesAPlainKey) {}

    function _takesAPlainKey(Act act) private {
        ready(act, patient.addr);
        submit(act, patient.addr, authorize(act));
        assertTrue(done(act, patient.addr));
    }

    function test_takesAnHonestContractAccount() public eachAct(_takesAnHonestAccount) {}

    function _takesAnHonestAccount(Act act) private {
        address account = address(new ContractAccount(patient.addr));
        ready(act, account);
        submit(act, account, _signFor(act, account, abi.encodePacked(account), patient));
        assertTrue(done(act, account));
    }

    function test_takesAPasskey() public eachAct(_takesAPasskey) {}

    function _takesAPasskey(Act act) private {
        Passkey memory key = makePasskey(address(passkeys), 7);
        ready(act, key.identity);
        submit(act, key.identity, _signWith(key, act));
        assertTrue(done(act, key.identity));
    }

    function test_takesTheKeyThatAnIdentityWasRotatedTo() public eachAct(_takesTheNewKey) {}

    function _takesTheNewKey(Act act) private {
        ready(act, patient.addr);
        rotate(patient, carer);
        submit(act, patient.addr, _signAs(carer, act));
        assertTrue(done(act, patient.addr));
    }

    function test_takesItInTheLastSecond() public eachAct(_takesItInTheLastSecond) {}

    function _takesItInTheLastSecond(Act act) private {
        ready(act, patient.addr);
        Authorization memory auth = authorize(act);
        vm.warp(deadline);
        submit(act, patient.addr, auth);
        assertTrue(done(act, patient.addr));
    }

    // Signatures that went wrong --------------------------------------------------------------

    function test_revertsReplay() public eachAct(_revertsReplay) {}

    function _revertsReplay(Act act) private {
        ready(act, patient.addr);
        Authorization memory auth = authorize(act);
        submit(act, patient.addr, auth);
        vm.expectRevert();
        submit(act, patient.addr, auth);
    }

    function test_revertsAfterTheDeadline() public eachAct(_revertsAfterTheDeadline) {}

    function _revertsAfterTheDeadline(Act act) private {
        ready(act, patient.addr);
        Authorization memory auth = authorize(act);
        vm.warp(deadline + 1);
        vm.expectRevert(abi.encodeWithSelector(ISignedActs.SignatureExpired.selector, deadline));
        submit(act, patient.addr, auth);
    }

    function test_revertsAnotherDeadlineThanWasSigned() public eachAct(_revertsOtherDeadline) {}

    function _revertsOtherDeadline(Act act) private {
        ready(act, patient.addr);
        Authorization memory auth = authorize(act);
        auth.deadline += 1;
        _expectInvalid(patient.addr);
        submit(act, patient.addr, auth);
    }

    function test_revertsOnAnotherChain() public eachAct(_revertsOnAnotherChain) {}

    function _revertsOnAnotherChain(Act act) private {
        ready(act, patient.addr);
        Authorization memory auth = authorize(act);
        vm.chainId(block.chainid + 1);
        _expectInvalid(patient.addr);
        submit(act, patient.addr, auth);
        vm.chainId(31_337);
    }

    function test_revertsAtAnotherContract() public eachAct(_revertsAtAnotherContract) {}

    function _revertsAtAnotherContract(Act act) private {
        ready(act, patient.addr);
        Authorization memory auth = authorize(act);
        ConsentRegistry first = consents;
        consents = new ConsentRegistry(identities, accreditations);
        _expectInvalid(patient.addr);
        submit(act, patient.addr, auth);
        consents = first;
    }

    function test_revertsAtEveryOtherFunction() public eachAct(_revertsAtEveryOtherFunction) {}

    function _revertsAtEveryOtherFunction(Act act) private {
        ready(Act.Justify, patient.addr);
        Authorization memory auth = authorize(act);
        for (uint256 i = 0; i < ACTS; ++i) {
            if (Act(i) == act) continue;
            _expectInvalid(patient.addr);
            submit(Act(i), patient.addr, auth);
        }
    }

    function test_revertsTheOtherHalfOfTheCurve() public eachAct(_revertsHighS) {}

    function _revertsHighS(Act act) private {
        ready(act, patient.addr);
        bytes32 digest = digestOf(address(consents), structOf(act, patient.addr));
        (uint8 v, bytes32 r, bytes32 s) = vm.sign(patient.privateKey, digest);
        bytes memory twin = abi.encodePacked(r, bytes32(ORDER - uint256(s)), uint8(55 - v));
        _expectInvalid(patient.addr);
        submit(act, patient.addr, Authorization(abi.encodePacked(patient.addr), deadline, twin));
    }

    function test_revertsEveryWrongLength() public eachAct(_revertsEveryWrongLength) {}

    function _revertsEveryWrongLength(Act act) private {
        ready(act, patient.addr);
        bytes memory whole = authorize(act).signature;
        uint8[5] memory lengths = [0, 1, 64, 66, 96];
        for (uint256 i = 0; i < lengths.length; ++i) {
            bytes memory cut = new bytes(lengths[i]);
            for (uint256 j = 0; j < cut.length && j < whole.length; ++j) {
                cut[j] = whole[j];
            }
            Authorization memory auth = Authorization(abi.encodePacked(patient.addr), deadline, cut);
            _expectInvalid(patient.addr);
            submit(act, patient.addr, auth);
        }
    }

    function test_revertsSignersTooShortToNameAnybody() public eachAct(_revertsShortSigners) {}

    function _revertsShortSigners(Act act) private {
        ready(act, patient.addr);
        Authorization memory auth = authorize(act);
        auth.signer = hex"01020304050607080910111213141516171819";
        _expectInvalid(address(0));
        submit(act, patient.addr, auth);
    }

    // Signers that may not --------------------------------------------------------------------

    function test_revertsAStrangersSignature() public eachAct(_revertsAStranger) {}

    function _revertsAStranger(Act act) private {
        ready(act, patient.addr);
        Authorization memory auth = _signAs(stranger, act);
        vm.expectRevert(notController(patient.addr, stranger.addr));
        submit(act, patient.addr, auth);
    }

    function test_revertsAStrangersSignatureInThePatientsName() public eachAct(_revertsForgery) {}

    function _revertsForgery(Act act) private {
        ready(act, patient.addr);
        Authorization memory auth = _signAs(stranger, act);
        auth.signer = abi.encodePacked(patient.addr);
        _expectInvalid(patient.addr);
        submit(act, patient.addr, auth);
    }

    function test_revertsAKeyThatWasRotatedAway() public eachAct(_revertsTheOldKey) {}

    function _revertsTheOldKey(Act act) private {
        ready(act, patient.addr);
        Authorization memory auth = authorize(act);
        rotate(patient, carer);
        vm.expectRevert(notController(patient.addr, patient.addr));
        submit(act, patient.addr, auth);
    }

    function test_revertsForADeactivatedIdentity() public eachAct(_revertsDeactivated) {}

    function _revertsDeactivated(Act act) private {
        ready(act, patient.addr);
        Authorization memory auth = authorize(act);
        deactivate(patient.addr);
        vm.expectRevert(notController(patient.addr, patient.addr));
        submit(act, patient.addr, auth);
    }

    function test_revertsDishonestAccounts() public eachAct(_revertsDishonestAccounts) {}

    function _revertsDishonestAccounts(Act act) private {
        for (uint256 i = 0; i <= uint256(type(DishonestAccount.Answer).max); ++i) {
            address account = address(new DishonestAccount(DishonestAccount.Answer(i)));
            ready(act, account);
            Authorization memory auth = _signFor(act, account, abi.encodePacked(account), patient);
            _expectInvalid(account);
            submit(act, account, auth);
        }
    }

    function test_revertsAccountsThatSayYesToEverythingForOthers() public eachAct(_revertsYes) {}

    function _revertsYes(Act act) private {
        ready(act, patient.addr);
        address yes = address(new ConsentingAccount());
        Authorization memory auth = Authorization(abi.encodePacked(yes), deadline, "");
        vm.expectRevert(notController(patient.addr, yes));
        submit(act, patient.addr, auth);

        auth.signer = abi.encodePacked(yes, patient.addr);
        address named = address(uint160(uint256(keccak256(auth.signer))));
        vm.expectRevert(notController(patient.addr, named));
        submit(act, patient.addr, auth);
    }

    function test_revertsAPasskeyOverAnotherAct() public eachAct(_revertsOtherPasskeyAct) {}

    function _revertsOtherPasskeyAct(Act act) private {
        Passkey memory key = makePasskey(address(passkeys), 7);
        ready(Act.Justify, key.identity);
        Authorization memory auth = _signWith(key, Act((uint256(act) + 1) % ACTS));
        _expectInvalid(key.identity);
        submit(act, key.identity, auth);
    }

    function test_revertsAnotherPasskey() public eachAct(_revertsAnotherPasskey) {}

    function _revertsAnotherPasskey(Act act) private {
        Passkey memory key = makePasskey(address(passkeys), 7);
        Passkey memory other = makePasskey(address(passkeys), 8);
        ready(act, key.identity);
        Authorization memory auth = _signWith(key, act);
        auth.signer = other.signer;
        _expectInvalid(other.identity);
        submit(act, key.identity, auth);
    }

    // Delegates -------------------------------------------------------------------------------

    function test_takesDelegatesWithinTheirScopeOnly() public eachAct(_takesDelegatesInScope) {}

    function _takesDelegatesInScope(Act act) private {
        ready(act, patient.addr);
        bytes32[3] memory types = [GRANT, REVOKE, bytes32("veriKey")];
        for (uint256 i = 0; i < types.length; ++i) {
            uint256 clean = vm.snapshotState();
            delegate(types[i], carer.addr, 2 hours);
            bool may = (types[i] == GRANT && act == Act.Grant)
                || (types[i] == REVOKE && (act == Act.Revoke || act == Act.RevokeAll));
            Authorization memory auth = _signAs(carer, act);
            if (!may) vm.expectRevert(notController(patient.addr, carer.addr));
            submit(act, patient.addr, auth);
            assertEq(done(act, patient.addr), may);
            vm.revertToState(clean);
        }
    }

    function test_revertsDelegatesOutOfTime() public eachAct(_revertsDelegatesOutOfTime) {}

    function _revertsDelegatesOutOfTime(Act act) private {
        ready(act, patient.addr);
        delegate(GRANT, carer.addr, 1 minutes);
        delegate(REVOKE, carer.addr, 1 minutes);
        Authorization memory auth = _signAs(carer, act);
        skip(1 minutes);
        vm.expectRevert(notController(patient.addr, carer.addr));
        submit(act, patient.addr, auth);
    }

    function test_revertsDelegatesWhoseKeyWasRotatedAway() public eachAct(_revertsStolenDelegate) {}

    function _revertsStolenDelegate(Act act) private {
        ready(act, patient.addr);
        delegate(GRANT, carer.addr, 1 days);
        delegate(REVOKE, carer.addr, 1 days);
        Authorization memory auth = _signAs(carer, act);
        rotate(carer, thief);
        vm.expectRevert(notController(patient.addr, carer.addr));
        submit(act, patient.addr, auth);
    }

    function _signAs(Vm.Wallet memory signer, Act act) private view returns (Authorization memory) {
        return signForConsents(signer, structOf(act, patient.addr), deadline);
    }

    function _signFor(Act act, address identity, bytes memory signer, Vm.Wallet memory keeper)
        private
        view
        returns (Authorization memory auth)
    {
        auth = signForConsents(keeper, structOf(act, identity), deadline);
        auth.signer = signer;
    }

    function _signWith(Passkey memory key, Act act) private view returns (Authorization memory) {
        bytes32 digest = digestOf(address(consents), structOf(act, key.identity));
        return Authorization(key.signer, deadline, signWithPasskey(key, digest));
    }

    function _expectInvalid(address signer) private {
        vm.expectRevert(abi.encodeWithSelector(ISignedActs.SignatureInvalid.selector, signer));
    }
}
