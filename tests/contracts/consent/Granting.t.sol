// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IConsentRegistry as I} from "../../../contracts/consent/IConsentRegistry.sol";
import {Authorization} from "../../../contracts/shared/Authorization.sol";
import {Vm} from "../base/Vm.sol";
import {ConsentTest} from "./ConsentTest.sol";

/// @title Registering a consent, by the patient, a delegate or a signature
contract GrantingTest is ConsentTest {
    bytes32 private particulars;

    function setUp() public override {
        super.setUp();
        particulars = particularsTo(clinician.addr);
    }

    // Ids -------------------------------------------------------------------------------------

    function testFuzz_idIsTheHashOfTheStruct(address who, bytes32 epoch, bytes32 opened)
        public
        view
    {
        assertEq(consents.consentIdOf(who, epoch, opened), idOf(who, epoch, opened));
    }

    function test_delegateTypesAreThoseThatDidDocumentsShow() public view {
        assertEq(consents.GRANT_DELEGATE(), GRANT);
        assertEq(consents.REVOKE_DELEGATE(), REVOKE);
    }

    function test_signsInItsOwnDomain() public view {
        (
            bytes1 fields,
            string memory name,
            string memory version,
            uint256 chainId,
            address verifyingContract,
            bytes32 salt,
            uint256[] memory extensions
        ) = consents.eip712Domain();
        assertEq(uint8(fields), 0x0f);
        assertEq(name, "ConsentRegistry");
        assertEq(version, "1");
        assertEq(chainId, block.chainid);
        assertEq(verifyingContract, address(consents));
        assertEq(salt, 0);
        assertEq(extensions.length, 0);
    }

    // grantConsent ----------------------------------------------------------------------------

    function test_grantsAConsentOfTheCurrentEpoch() public {
        bytes32 id = theConsent();
        assertFalse(consents.isActive(patient.addr, id));
        vm.expectEmit(address(consents));
        emit I.ConsentGranted(patient.addr, id);
        _grantAs(patient.addr);

        I.ConsentStatus memory status = consents.consentStatus(patient.addr, id);
        assertEq(status.grantedAt, vm.getBlockTimestamp());
        assertEq(status.revokedAt, 0);
        assertTrue(status.active);
        assertTrue(consents.isActive(patient.addr, id));
    }

    function test_grantsForThatPatientOnly() public {
        bytes32 id = grant();
        assertFalse(consents.isActive(stranger.addr, id));
    }

    function test_grantsInALaterEpoch() public {
        revokeAll();
        bytes32 id = grant();
        assertTrue(consents.isActive(patient.addr, id));
    }

    function test_revertsGrantingByAnyoneElse() public {
        address[4] memory others = [stranger.addr, clinician.addr, board.addr, governance.addr];
        for (uint256 i = 0; i < others.length; ++i) {
            vm.expectRevert(notController(patient.addr, others[i]));
            _grantAs(others[i]);
        }
    }

    function test_revertsGrantingByAKeyThatWasRotatedAway() public {
        rotate(patient, carer);
        vm.expectRevert(notController(patient.addr, patient.addr));
        _grantAs(patient.addr);
    }

    function test_grantsByTheNewKey() public {
        rotate(patient, carer);
        _grantAs(carer.addr);
        assertTrue(consents.isActive(patient.addr, theConsent()));
    }

    function test_revertsGrantingForADeactivatedPatient() public {
        deactivate(patient.addr);
        vm.expectRevert(notController(patient.addr, patient.addr));
        _grantAs(patient.addr);
        vm.expectRevert(notController(patient.addr, address(0)));
        _grantAs(address(0));
    }

    function testFuzz_revertsGrantingInAnyOtherEpoch(bytes32 epoch) public {
        revokeAll();
        bytes32 current = consents.epochOf(patient.addr);
        vm.assume(epoch != current);
        vm.prank(patient.addr);
        vm.expectRevert(abi.encodeWithSelector(I.ConsentEpochMoved.selector, patient.addr, current));
        consents.grantConsent(patient.addr, epoch, particulars);
    }

    function test_revertsGrantingTwice() public {
        bytes32 id = grant();
        vm.expectRevert(abi.encodeWithSelector(I.ConsentAlreadyGranted.selector, patient.addr, id));
        _grantAs(patient.addr);
    }

    function test_revertsGrantingWhatWasRevoked() public {
        bytes32 id = grant();
        vm.prank(patient.addr);
        consents.revokeConsent(patient.addr, id);
        vm.expectRevert(abi.encodeWithSelector(I.ConsentAlreadyRevoked.selector, patient.addr, id));
        _grantAs(patient.addr);
    }

    function test_revertsGrantingWhatWasRevokedUnregistered() public {
        bytes32 id = theConsent();
        vm.prank(patient.addr);
        consents.revokeConsent(patient.addr, id);
        vm.expectRevert(abi.encodeWithSelector(I.ConsentAlreadyRevoked.selector, patient.addr, id));
        _grantAs(patient.addr);
    }

    // Delegates -------------------------------------------------------------------------------

    function test_grantsByAGrantDelegate() public {
        delegate(GRANT, carer.addr, 1 days);
        _grantAs(carer.addr);
        assertTrue(consents.isActive(patient.addr, theConsent()));
    }

    function test_revertsGrantingByARevokeDelegate() public {
        delegate(REVOKE, carer.addr, 1 days);
        vm.expectRevert(notController(patient.addr, carer.addr));
        _grantAs(carer.addr);
    }

    function test_revertsGrantingByADelegateOutOfTime() public {
        delegate(GRANT, carer.addr, 1 days);
        skip(1 days);
        vm.expectRevert(notController(patient.addr, carer.addr));
        _grantAs(carer.addr);
    }

    function test_revertsGrantingByARevokedDelegate() public {
        delegate(GRANT, carer.addr, 1 days);
        vm.prank(patient.addr);
        identities.revokeDelegate(patient.addr, GRANT, carer.addr);
        vm.expectRevert(notController(patient.addr, carer.addr));
        _grantAs(carer.addr);
    }

    function test_revertsGrantingByADelegateWhoseKeyWasRotatedAway() public {
        delegate(GRANT, carer.addr, 1 days);
        rotate(carer, thief);
        vm.expectRevert(notController(patient.addr, carer.addr));
        _grantAs(carer.addr);
        vm.expectRevert(notController(patient.addr, thief.addr));
        _grantAs(thief.addr);
    }

    function test_revertsGrantingByADelegateOfADeactivatedPatient() public {
        delegate(GRANT, carer.addr, 1 days);
        deactivate(patient.addr);
        vm.expectRevert(notController(patient.addr, carer.addr));
        _grantAs(carer.addr);
    }

    // grantConsentBySig -----------------------------------------------------------------------

    function test_grantsByTheSignatureThatAnybodySubmits() public {
        bytes32 id = theConsent();
        Authorization memory auth = _signGrant(patient);
        vm.expectEmit(address(consents));
        emit I.ConsentGranted(patient.addr, id);
        _submit(bytes32(0), auth);
        assertTrue(consents.isActive(patient.addr, id));
    }

    function test_grantsByADelegatesSignature() public {
        delegate(GRANT, carer.addr, 1 days);
        _submit(bytes32(0), _signGrant(carer));
        assertTrue(consents.isActive(patient.addr, theConsent()));
    }

    function test_revertsRegisteringASignatureOfAnOldEpoch() public {
        Authorization memory auth = _signGrant(patient);
        revokeAll();
        bytes32 current = consents.epochOf(patient.addr);
        vm.expectRevert(abi.encodeWithSelector(I.ConsentEpochMoved.selector, patient.addr, current));
        _submit(bytes32(0), auth);
    }

    function test_revertsPassingASignatureOfAnOldEpochOffAsTheCurrentOnes() public {
        Authorization memory auth = _signGrant(patient);
        revokeAll();
        bytes32 current = consents.epochOf(patient.addr);
        vm.expectPartialRevert(bytes4(keccak256("SignatureInvalid(address)")));
        _submit(current, auth);
    }

    function test_revertsRegisteringWhatWasRevokedInTime() public {
        Authorization memory auth = _signGrant(patient);
        bytes32 id = theConsent();
        vm.prank(patient.addr);
        consents.revokeConsent(patient.addr, id);
        vm.expectRevert(abi.encodeWithSelector(I.ConsentAlreadyRevoked.selector, patient.addr, id));
        _submit(bytes32(0), auth);
    }

    /// @dev In the first epoch: asking for it would stand between an expectation and the act.
    function _grantAs(address actor) private {
        vm.prank(actor);
        consents.grantConsent(patient.addr, bytes32(0), particulars);
    }

    function _signGrant(Vm.Wallet memory signer) private view returns (Authorization memory) {
        return signForConsents(signer, grantStruct(theConsent(), soon()), soon());
    }

    function _submit(bytes32 epoch, Authorization memory auth) private {
        vm.prank(relayer.addr);
        consents.grantConsentBySig(patient.addr, epoch, particulars, auth);
    }
}
