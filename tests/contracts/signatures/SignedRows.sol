// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IIdentityRegistry} from "../../../contracts/identity/IIdentityRegistry.sol";
import {Authorization} from "../../../contracts/shared/Authorization.sol";
import {ISignedActs} from "../../../contracts/shared/ISignedActs.sol";
import {Vm} from "../base/Vm.sol";
import {Rows} from "../strangers/Rows.sol";

/// @title signed-acts.toml as rows, and how a signature of any row is made and submitted
/// @notice A guardian's approval has the shape of every other signature here: it is the second of three, and the others
/// are always good. What is tried is the call that succeeds for who may, from the same state, but for the signature.
abstract contract SignedRows is Rows {
    struct SignedRow {
        string name;
        bool isApproval;
        address identity;
        Vm.Wallet key;
        bytes4 again;
        string movedBy;
        bytes4 moved;
        bytes4 ended;
        string[] delegates;
    }

    string internal constant SIGNED = "tests/contracts/signatures/signed-acts.toml";
    /// @dev Of the approval that is tried, among those of the patient's guardians.
    uint256 private constant PLACE = 1;

    SignedRow[] internal signedRows;
    uint256 internal deadline;

    function setUp() public virtual override {
        super.setUp();
        deadline = soon();
        string memory table = vm.readFile(SIGNED);
        string[5] memory contracts = contractNames();
        for (uint256 i = 0; i < contracts.length; ++i) {
            string memory part = string.concat(".", contracts[i]);
            if (!vm.keyExistsToml(table, part)) continue;
            string[] memory names = vm.parseTomlKeys(table, part);
            for (uint256 j = 0; j < names.length; ++j) {
                _readSigned(table, string.concat(part, ".", names[j]), names[j]);
            }
        }
    }

    /// @notice Try every row from the same state.
    function each(function(SignedRow memory) internal attempt) internal {
        for (uint256 i = 0; i < signedRows.length; ++i) {
            uint256 before = vm.snapshotState();
            attempt(signedRows[i]);
            vm.revertToState(before);
        }
    }

    // Signing -------------------------------------------------------------------------------------

    function targetOf(SignedRow memory row) internal view returns (address) {
        return actOf(row.name).target;
    }

    function structOf(SignedRow memory row) internal view returns (bytes32) {
        if (row.isApproval) return keccak256(approvalStruct(_heir(), true, deadline));
        return keccak256(actOf(row.name).signedStruct);
    }

    function digestOf(SignedRow memory row) internal view returns (bytes32) {
        return digestOf(targetOf(row), structOf(row));
    }

    /// @notice The good signature of a plain key.
    function authorize(SignedRow memory row, Vm.Wallet memory key)
        internal
        view
        returns (Authorization memory)
    {
        return authorize(key, digestOf(row));
    }

    function authorize(Vm.Wallet memory key, bytes32 digest)
        internal
        view
        returns (Authorization memory)
    {
        return
            Authorization(abi.encodePacked(key.addr), deadline, signDigest(key.privateKey, digest));
    }

    /// @notice Who controls the identity of who signs hands it over; acts that name its nonce are written anew.
    function handTo(SignedRow memory row, address owner) internal {
        vm.prank(identities.identityOwner(row.identity));
        identities.changeOwner(row.identity, owner);
        writeSignedOwnersActs();
    }

    // Submitting ----------------------------------------------------------------------------------

    /// @dev Who submits is nobody in particular.
    function submit(SignedRow memory row, Authorization memory auth)
        internal
        returns (bool success, bytes memory answer)
    {
        bytes memory callData =
            row.isApproval ? _proposedWith(auth) : authorizedBy(actOf(row.name), auth);
        vm.prank(relayer.addr);
        return targetOf(row).call(callData);
    }

    function requireTaken(SignedRow memory row, Authorization memory auth) internal {
        (bool success, bytes memory answer) = submit(row, auth);
        assertTrue(success, string.concat(row.name, " is refused: ", vm.toString(answer)));
    }

    /// @notice Refused with that error, whatever it says more.
    function requireRefused(SignedRow memory row, Authorization memory auth, bytes4 refusal)
        internal
    {
        (bool success, bytes memory answer) = submit(row, auth);
        assertFalse(success, string.concat(row.name, " is taken"));
        assertEq(bytes32(bytes4(answer)), bytes32(refusal), row.name);
    }

    function requireInvalid(SignedRow memory row, Authorization memory auth) internal {
        address signer = identities.signerIdentity(auth.signer);
        _requireAnswer(
            row, auth, abi.encodeWithSelector(ISignedActs.SignatureInvalid.selector, signer)
        );
    }

    /// @notice The signature is good, and its signer has no say.
    function requireNotController(SignedRow memory row, Authorization memory auth) internal {
        address signer = identities.signerIdentity(auth.signer);
        _requireAnswer(
            row,
            auth,
            abi.encodeWithSelector(ISignedActs.NotController.selector, row.identity, signer)
        );
    }

    /// @dev Of an approval the registry says which one is wrong, not why.
    function _requireAnswer(SignedRow memory row, Authorization memory auth, bytes memory refusal)
        private
    {
        if (row.isApproval) {
            refusal = abi.encodeWithSelector(
                IIdentityRegistry.RecoveryInvalidApproval.selector, identityOf("patient"), PLACE
            );
        }
        (bool success, bytes memory answer) = submit(row, auth);
        assertFalse(success, string.concat(row.name, " is taken"));
        assertEq(answer, refusal, row.name);
    }

    function _heir() private view returns (address) {
        return identityOf("next governance");
    }

    function _proposedWith(Authorization memory auth) private view returns (bytes memory) {
        bytes32 digest =
            digestOf(address(identities), keccak256(approvalStruct(_heir(), true, auth.deadline)));
        IIdentityRegistry.Approval[] memory all = new IIdentityRegistry.Approval[](guardians.length);
        for (uint256 i = 0; i < all.length; ++i) {
            bytes memory signer = abi.encodePacked(guardians[i].addr);
            bytes memory signature = signDigest(guardians[i].privateKey, digest);
            all[i] = IIdentityRegistry.Approval(i, signer, signature);
        }
        all[PLACE] = IIdentityRegistry.Approval(PLACE, auth.signer, auth.signature);
        return abi.encodeCall(
            identities.proposeRecovery,
            (identityOf("patient"), _heir(), guardianSet(), auth.deadline, all)
        );
    }

    function _readSigned(string memory table, string memory key, string memory name) private {
        SignedRow storage row = signedRows.push();
        row.name = name;
        string memory of_ = vm.parseTomlString(table, string.concat(key, ".of"));
        row.isApproval = keccak256(bytes(of_)) == keccak256("guardian");
        require(row.isApproval || isSigned(actOf(name)), string.concat("no signed act for ", name));
        row.key = row.isApproval ? guardians[PLACE] : person(of_).key;
        row.identity = row.isApproval ? guardians[PLACE].addr : identityOf(of_);
        row.again = refusalOf(vm.parseTomlString(table, string.concat(key, ".again")));
        row.movedBy = vm.parseTomlString(table, string.concat(key, ".moved_by"));
        row.moved = refusalOf(vm.parseTomlString(table, string.concat(key, ".moved")));
        row.ended = refusalOf(vm.parseTomlString(table, string.concat(key, ".ended")));
        row.delegates = vm.parseTomlStringArray(table, string.concat(key, ".delegates"));
    }
}
