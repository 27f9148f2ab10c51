// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {Authorization} from "../../../contracts/shared/Authorization.sol";
import {ISignedActs} from "../../../contracts/shared/ISignedActs.sol";
import {Fixture} from "../base/Fixture.sol";
import {Vm} from "../base/Vm.sol";

/// @title Parent of the consent tests: consents to the clinician, and what people sign about them
/// @notice Types and ids are spelled out here a second time, so that a slip in the contract fails.
abstract contract ConsentTest is Fixture {
    bytes32 internal constant TERMS = keccak256("terms: treatment, one year");
    bytes32 internal constant SALT = keccak256("32 random bytes");
    bytes32 internal constant GRANT = bytes32("consent/grant");
    bytes32 internal constant REVOKE = bytes32("consent/revoke");

    string private constant PARTICULARS =
        "Particulars(address grantee,bytes32 termsDigest,bytes32 salt)";
    string private constant CONSENT =
        "Consent(address patient,bytes32 epoch,Particulars particulars)";

    function particularsTo(address grantee) internal pure returns (bytes32) {
        return keccak256(abi.encode(keccak256(bytes(PARTICULARS)), grantee, TERMS, SALT));
    }

    function idOf(address who, bytes32 epoch, bytes32 particulars) internal pure returns (bytes32) {
        bytes32 typeHash = keccak256(abi.encodePacked(CONSENT, PARTICULARS));
        return keccak256(abi.encode(typeHash, who, epoch, particulars));
    }

    /// @dev The patient's consent to the clinician in the current epoch.
    function theConsent() internal view returns (bytes32) {
        return idOf(patient.addr, consents.epochOf(patient.addr), particularsTo(clinician.addr));
    }

    function grantStruct(bytes32 consentId, uint256 deadline) internal pure returns (bytes32) {
        bytes32 typeHash = keccak256(
            abi.encodePacked("GrantConsent(Consent consent,uint256 deadline)", CONSENT, PARTICULARS)
        );
        return keccak256(abi.encode(typeHash, consentId, deadline));
    }

    function revokeStruct(address who, bytes32 consentId, uint256 deadline)
        internal
        pure
        returns (bytes32)
    {
        bytes32 typeHash =
            keccak256("RevokeConsent(address patient,bytes32 consentId,uint256 deadline)");
        return keccak256(abi.encode(typeHash, who, consentId, deadline));
    }

    function revokeAllStruct(address who, bytes32 epoch, uint256 deadline)
        internal
        pure
        returns (bytes32)
    {
        bytes32 typeHash = keccak256(
            "RevokeAllConsents(address patient,bytes32 epoch,bytes32 salt,uint256 deadline)"
        );
        return keccak256(abi.encode(typeHash, who, epoch, FRESH, deadline));
    }

    /// @dev By the patient, to the clinician, in the current epoch.
    function grant() internal returns (bytes32 consentId) {
        consentId = theConsent();
        bytes32 epoch = consents.epochOf(patient.addr);
        vm.prank(patient.addr);
        consents.grantConsent(patient.addr, epoch, particularsTo(clinician.addr));
    }

    function revokeAll() internal {
        vm.prank(patient.addr);
        consents.revokeAllConsents(patient.addr, FRESH);
    }

    function rotate(Vm.Wallet memory identity, Vm.Wallet memory newOwner) internal {
        vm.prank(identity.addr);
        identities.changeOwner(identity.addr, newOwner.addr);
    }

    function deactivate(address identity) internal {
        vm.prank(identities.identityOwner(identity));
        identities.deactivate(identity);
    }

    function delegate(bytes32 delegateType, address to, uint256 validity) internal {
        vm.prank(patient.addr);
        identities.addDelegate(patient.addr, delegateType, to, validity);
    }

    function notController(address identity, address actor) internal pure returns (bytes memory) {
        return abi.encodeWithSelector(ISignedActs.NotController.selector, identity, actor);
    }

    function signForConsents(Vm.Wallet memory signer, bytes32 structHash, uint256 deadline)
        internal
        view
        returns (Authorization memory)
    {
        return signAct(signer, address(consents), structHash, deadline);
    }
}
