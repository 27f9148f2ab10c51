// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IIdentityRegistry} from "../../../contracts/identity/IIdentityRegistry.sol";
import {Acts} from "./Acts.sol";

/// @title Every act of IdentityRegistry, on the patient
abstract contract IdentityActs is Acts {
    function setUp() public virtual override {
        super.setUp();
        _ownersActs(identityOf("patient"), identityOf("next governance"));
        writeSignedOwnersActs();
        _guardiansActs(identityOf("patient"), identityOf("next governance"));
    }

    function _changes() private view returns (IIdentityRegistry.Change[] memory changes) {
        changes = new IIdentityRegistry.Change[](1);
        changes[0] = IIdentityRegistry.Change(
            IIdentityRegistry.ChangeKind.AddDelegate, "veriKey", stranger.addr, "", 1 days
        );
    }

    function _identityAct(string memory name, bytes memory callData) private {
        _act(name, address(identities), callData);
    }

    function _ownersActs(address of_, address heir) private {
        IIdentityRegistry to = identities;
        _identityAct(
            "addDelegate", abi.encodeCall(to.addDelegate, (of_, "veriKey", stranger.addr, 1 days))
        );
        _identityAct(
            "revokeDelegate", abi.encodeCall(to.revokeDelegate, (of_, "veriKey", stranger.addr))
        );
        _identityAct(
            "setAttribute", abi.encodeCall(to.setAttribute, (of_, "did/svc/Inbox", "url", 1 days))
        );
        _identityAct(
            "revokeAttribute", abi.encodeCall(to.revokeAttribute, (of_, "did/svc/Inbox", "url"))
        );
        _identityAct("applyChanges", abi.encodeCall(to.applyChanges, (of_, _changes())));
        _identityAct("changeOwner", abi.encodeCall(to.changeOwner, (of_, heir)));
        _identityAct("deactivate", abi.encodeCall(to.deactivate, (of_)));
        _identityAct(
            "scheduleGuardians", abi.encodeCall(to.scheduleGuardians, (of_, keccak256("others")))
        );
        _identityAct("cancelGuardians", abi.encodeCall(to.cancelGuardians, (of_)));
        _identityAct("vetoRecovery", abi.encodeCall(to.vetoRecovery, (of_)));
    }

    function _signedIdentityAct(
        string memory name,
        bytes memory callData,
        bytes memory signedStruct
    ) private {
        _signedAct(name, address(identities), callData, signedStruct);
    }

    /// @notice Written anew when the nonce has moved, which they name.
    function writeSignedOwnersActs() internal {
        (address of_, address heir) = (identityOf("patient"), identityOf("next governance"));
        IIdentityRegistry to = identities;
        uint256 nonce = to.nonces(of_);
        _signedIdentityAct(
            "changeOwnerBySig",
            abi.encodeCall(to.changeOwnerBySig, (of_, heir, nonce, unsigned())),
            abi.encode(
                keccak256(
                    "ChangeOwner(address identity,address newOwner,uint256 nonce,uint256 deadline)"
                ),
                of_,
                heir,
                nonce,
                soon()
            )
        );
        _signedIdentityAct(
            "deactivateBySig",
            abi.encodeCall(to.deactivateBySig, (of_, nonce, unsigned())),
            abi.encode(
                keccak256("Deactivate(address identity,uint256 nonce,uint256 deadline)"),
                of_,
                nonce,
                soon()
            )
        );
        _signedIdentityAct(
            "scheduleGuardiansBySig",
            abi.encodeCall(
                to.scheduleGuardiansBySig, (of_, keccak256("others"), nonce, unsigned())
            ),
            abi.encode(
                keccak256(
                    "ScheduleGuardians(address identity,bytes32 commitment,uint256 nonce,uint256 deadline)"
                ),
                of_,
                keccak256("others"),
                nonce,
                soon()
            )
        );
        _signedIdentityAct(
            "cancelGuardiansBySig",
            abi.encodeCall(to.cancelGuardiansBySig, (of_, nonce, unsigned())),
            abi.encode(
                keccak256(
                    "CancelGuardians(address identity,bytes32 commitment,uint256 nonce,uint256 deadline)"
                ),
                of_,
                DIGEST,
                nonce,
                soon()
            )
        );
        _signedIdentityAct(
            "vetoRecoveryBySig",
            abi.encodeCall(to.vetoRecoveryBySig, (of_, nonce, unsigned())),
            abi.encode(
                keccak256(
                    "VetoRecovery(address identity,address newOwner,uint256 nonce,uint256 deadline)"
                ),
                of_,
                identityOf("other patient"),
                nonce,
                soon()
            )
        );
        _signedIdentityAct(
            "applyChangesBySig",
            abi.encodeCall(to.applyChangesBySig, (of_, _changes(), nonce, unsigned())),
            abi.encode(
                keccak256(
                    "ApplyChanges(address identity,Change[] changes,uint256 nonce,uint256 deadline)Change(uint8 kind,bytes32 name,address delegate,bytes value,uint256 validity)"
                ),
                of_,
                keccak256(abi.encodePacked(_changeHash(_changes()[0]))),
                nonce,
                soon()
            )
        );
    }

    function _changeHash(IIdentityRegistry.Change memory change) private pure returns (bytes32) {
        return keccak256(
            abi.encode(
                keccak256(
                    "Change(uint8 kind,bytes32 name,address delegate,bytes value,uint256 validity)"
                ),
                change.kind,
                change.name,
                change.delegate,
                keccak256(change.value),
                change.validity
            )
        );
    }

    /// @dev All guardians propose another: that replaces what fewer proposed.
    function _guardiansActs(address of_, address heir) private {
        IIdentityRegistry to = identities;
        _identityAct(
            "proposeRecovery",
            abi.encodeCall(
                to.proposeRecovery, (of_, heir, guardianSet(), soon(), approvals(heir, 3))
            )
        );
        _identityAct("executeRecovery", abi.encodeCall(to.executeRecovery, (of_)));
    }
}
