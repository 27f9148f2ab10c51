// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {AccreditationRegistry} from "../../../contracts/accreditation/AccreditationRegistry.sol";
import {Roles} from "../../../contracts/accreditation/Role.sol";
import {Checkpoint} from "../../../contracts/anchor/Checkpoint.sol";
import {IAnchorRegistry} from "../../../contracts/anchor/IAnchorRegistry.sol";
import {IConsentRegistry} from "../../../contracts/consent/IConsentRegistry.sol";
import {IdentityActs} from "./IdentityActs.sol";

/// @title Every act of AccreditationRegistry, ConsentRegistry and AnchorRegistry
abstract contract CareActs is IdentityActs {
    bytes32 private constant OTHER_ROLE = "some other role";

    function setUp() public virtual override {
        super.setUp();
        _accreditorsActs(identityOf("accreditor"));
        _governanceActs();
        _patientsActs(identityOf("patient"));
        _signedPatientsActs(identityOf("patient"));
        _emergencyActs(identityOf("emergency clinician"), identityOf("patient"));
        _anchorActs(identityOf("hospital"));
    }

    function _accreditorsActs(address of_) private {
        AccreditationRegistry to = accreditations;
        uint256 validUntil = vm.getBlockTimestamp() + 365 days;
        _act(
            "accredit",
            address(to),
            abi.encodeCall(to.accredit, (of_, relayer.addr, Roles.CLINICIAN, validUntil, DIGEST))
        );
        _act(
            "revokeAccreditation",
            address(to),
            abi.encodeCall(to.revokeAccreditation, (of_, clinician.addr, Roles.CLINICIAN, DIGEST))
        );
    }

    function _governanceActs() private {
        AccreditationRegistry to = accreditations;
        address other = relayer.addr;
        _act(
            "nameAccreditor",
            address(to),
            abi.encodeCall(to.nameAccreditor, (Roles.REGULATOR, other))
        );
        _act(
            "removeAccreditor",
            address(to),
            abi.encodeCall(to.removeAccreditor, (Roles.CLINICIAN, identityOf("accreditor"), 1))
        );
        _act("grantRole", address(to), abi.encodeCall(to.grantRole, (OTHER_ROLE, other)));
        _act("revokeRole", address(to), abi.encodeCall(to.revokeRole, (OTHER_ROLE, other)));
        _act(
            "renounceRole",
            address(to),
            abi.encodeCall(to.renounceRole, (OTHER_ROLE, governance.addr))
        );
        _act(
            "beginDefaultAdminTransfer",
            address(to),
            abi.encodeCall(to.beginDefaultAdminTransfer, (other))
        );
        _act(
            "cancelDefaultAdminTransfer",
            address(to),
            abi.encodeCall(to.cancelDefaultAdminTransfer, ())
        );
        _act(
            "acceptDefaultAdminTransfer",
            address(to),
            abi.encodeCall(to.acceptDefaultAdminTransfer, ())
        );
        _act(
            "changeDefaultAdminDelay",
            address(to),
            abi.encodeCall(to.changeDefaultAdminDelay, (1 days))
        );
        _act(
            "rollbackDefaultAdminDelay",
            address(to),
            abi.encodeCall(to.rollbackDefaultAdminDelay, ())
        );
    }

    function _patientsActs(address of_) private {
        IConsentRegistry to = consents;
        _act("grantConsent", address(to), abi.encodeCall(to.grantConsent, (of_, 0, DIGEST)));
        _act("revokeConsent", address(to), abi.encodeCall(to.revokeConsent, (of_, DIGEST)));
        _act("revokeAllConsents", address(to), abi.encodeCall(to.revokeAllConsents, (of_, DIGEST)));
        _act(
            "setBreakGlassOptOut", address(to), abi.encodeCall(to.setBreakGlassOptOut, (of_, true))
        );
    }

    function _signedPatientsActs(address of_) private {
        IConsentRegistry to = consents;
        _signedAct(
            "grantConsentBySig",
            address(to),
            abi.encodeCall(to.grantConsentBySig, (of_, 0, DIGEST, unsigned())),
            abi.encode(
                keccak256(
                    "GrantConsent(Consent consent,uint256 deadline)Consent(address patient,bytes32 epoch,Particulars particulars)Particulars(address grantee,bytes32 termsDigest,bytes32 salt)"
                ),
                to.consentIdOf(of_, 0, DIGEST),
                soon()
            )
        );
        _signedAct(
            "revokeConsentBySig",
            address(to),
            abi.encodeCall(to.revokeConsentBySig, (of_, DIGEST, unsigned())),
            abi.encode(
                keccak256("RevokeConsent(address patient,bytes32 consentId,uint256 deadline)"),
                of_,
                DIGEST,
                soon()
            )
        );
        _signedAct(
            "revokeAllConsentsBySig",
            address(to),
            abi.encodeCall(to.revokeAllConsentsBySig, (of_, 0, DIGEST, unsigned())),
            abi.encode(
                keccak256(
                    "RevokeAllConsents(address patient,bytes32 epoch,bytes32 salt,uint256 deadline)"
                ),
                of_,
                bytes32(0),
                DIGEST,
                soon()
            )
        );
        _signedAct(
            "setBreakGlassOptOutBySig",
            address(to),
            abi.encodeCall(to.setBreakGlassOptOutBySig, (of_, true, 0, unsigned())),
            abi.encode(
                keccak256(
                    "SetBreakGlassOptOut(address patient,bool optedOut,uint256 revision,uint256 deadline)"
                ),
                of_,
                true,
                0,
                soon()
            )
        );
    }

    function _emergencyActs(address of_, address unconscious) private {
        IConsentRegistry to = consents;
        _act(
            "openBreakGlass",
            address(to),
            abi.encodeCall(to.openBreakGlass, (of_, unconscious, DIGEST))
        );
        _signedAct(
            "openBreakGlassBySig",
            address(to),
            abi.encodeCall(to.openBreakGlassBySig, (of_, unconscious, DIGEST, 0, unsigned())),
            abi.encode(
                keccak256(
                    "OpenBreakGlass(address clinician,address patient,bytes32 reason,bytes32 lastWindow,uint256 deadline)"
                ),
                of_,
                unconscious,
                DIGEST,
                bytes32(0),
                soon()
            )
        );
        _act(
            "justifyBreakGlass",
            address(to),
            abi.encodeCall(to.justifyBreakGlass, (of_, windowId, DIGEST))
        );
        _signedAct(
            "justifyBreakGlassBySig",
            address(to),
            abi.encodeCall(to.justifyBreakGlassBySig, (of_, windowId, DIGEST, unsigned())),
            abi.encode(
                keccak256(
                    "JustifyBreakGlass(address clinician,bytes32 windowId,bytes32 justification,uint256 deadline)"
                ),
                of_,
                windowId,
                DIGEST,
                soon()
            )
        );
    }

    function _anchorActs(address of_) private {
        IAnchorRegistry to = anchors;
        Checkpoint memory none;
        _act("anchor", address(to), abi.encodeCall(to.anchor, (of_, "records", none, 7, DIGEST)));
        _signedAct(
            "anchorBySig",
            address(to),
            abi.encodeCall(to.anchorBySig, (of_, "records", none, 7, DIGEST, unsigned())),
            abi.encode(
                keccak256(
                    "Anchor(address issuer,bytes32 stream,bytes32 last,uint64 size,bytes32 root,uint256 deadline)"
                ),
                of_,
                bytes32("records"),
                bytes32(0),
                uint64(7),
                DIGEST,
                soon()
            )
        );
    }
}
