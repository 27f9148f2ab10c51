// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {Roles} from "../../../contracts/accreditation/Role.sol";
import {Gtin, LotId, PackProof, Range, Reason, Shipment} from "../../../contracts/drug/Lot.sol";
import {IIdentityRegistry} from "../../../contracts/identity/IIdentityRegistry.sol";
import {Vm} from "../base/Vm.sol";
import {ReferenceTree} from "../merkle/ReferenceTree.sol";
import {Cast} from "./Cast.sol";

/// @title A moment at which every act of the matrix is possible, for who may
abstract contract World is Cast {
    Gtin internal constant GTIN = Gtin.wrap(9_506_000_134_352);
    bytes32 internal constant LOT_DIGEST = keccak256("lot AB-12");
    bytes32 internal constant STOPPED_LOT_DIGEST = keccak256("lot AB-13");
    bytes32 internal constant DIGEST = keccak256("some digest");
    uint256 internal constant EXPIRY = START + 730 days;
    uint256 internal constant QUANTITY = 16;

    Vm.Wallet[] internal guardians;
    LotId internal lot;
    bytes32 internal serialRoot;
    bytes32 internal windowId;
    PackProof[] internal packs;

    function setUp() public virtual override {
        super.setUp();
        _governanceMoves();
        _guardiansPropose();
        _delegatesAreNamed();
        _packsTravel();
        skip(8 days);
        _name(Roles.CLINICIAN, "accreditor not yet in force");
        actAs("emergency clinician");
        windowId = consents.openBreakGlass(
            identityOf("emergency clinician"), identityOf("other patient"), DIGEST
        );
    }

    function guardianSet() internal view returns (IIdentityRegistry.GuardianSet memory set) {
        set.guardians = new address[](guardians.length);
        for (uint256 i = 0; i < guardians.length; ++i) {
            set.guardians[i] = guardians[i].addr;
        }
        set.threshold = 2;
        set.salt = DIGEST;
    }

    /// @notice The approvals of the first `count` guardians of the patient.
    function approvals(address newOwner, uint256 count)
        internal
        view
        returns (IIdentityRegistry.Approval[] memory signed)
    {
        signed = new IIdentityRegistry.Approval[](count);
        for (uint256 i = 0; i < count; ++i) {
            signed[i] = approval(newOwner, count, i, guardians[i]);
        }
    }

    function approval(address newOwner, uint256 count, uint256 index, Vm.Wallet memory signer)
        internal
        view
        returns (IIdentityRegistry.Approval memory)
    {
        bool unanimous = count == guardians.length;
        bytes32 structHash = keccak256(approvalStruct(newOwner, unanimous, soon()));
        bytes memory signature =
            signDigest(signer.privateKey, digestOf(address(identities), structHash));
        return IIdentityRegistry.Approval(index, abi.encodePacked(signer.addr), signature);
    }

    /// @notice What a guardian of the patient signs in the first round.
    function approvalStruct(address newOwner, bool unanimous, uint256 deadline)
        internal
        view
        returns (bytes memory)
    {
        return abi.encode(
            keccak256(
                "ApproveRecovery(address identity,address newOwner,bytes32 guardians,bool unanimous,uint256 round,uint256 deadline)"
            ),
            identityOf("patient"),
            newOwner,
            identities.guardiansOf(identityOf("patient")),
            unanimous,
            0,
            deadline
        );
    }

    function shipmentTo(address from, address to, uint40 quantity, string memory label)
        internal
        view
        returns (Shipment memory)
    {
        return Shipment(lot, from, to, quantity, DIGEST, keccak256(bytes(label)));
    }

    function inTransit() internal view returns (Shipment memory) {
        return shipmentTo(identityOf("distributor"), identityOf("pharmacy"), 3, "in transit");
    }

    function rejected() internal view returns (Shipment memory) {
        return shipmentTo(identityOf("distributor"), identityOf("pharmacy"), 2, "rejected");
    }

    /// @dev Somebody is to take over, and the delay of taking over is to change.
    function _governanceMoves() private {
        vm.startPrank(governance.addr);
        accreditations.beginDefaultAdminTransfer(identityOf("next governance"));
        accreditations.changeDefaultAdminDelay(GOVERNANCE_DELAY * 10);
        vm.stopPrank();
    }

    /// @dev Two of three guardians have proposed, and others are scheduled.
    function _guardiansPropose() private {
        Vm.Wallet[] memory three = makeGuardians("guardian", 3);
        for (uint256 i = 0; i < 3; ++i) {
            guardians.push(three[i]);
        }
        IIdentityRegistry.GuardianSet memory set = guardianSet();
        address identity = identityOf("patient");
        actAs("patient");
        identities.scheduleGuardians(
            identity, keccak256(abi.encode(set.guardians, set.threshold, set.salt))
        );
        actAs("patient");
        identities.scheduleGuardians(identity, DIGEST);
        identities.proposeRecovery(
            identity,
            identityOf("other patient"),
            set,
            soon(),
            approvals(identityOf("other patient"), 2)
        );
    }

    function _delegatesAreNamed() private {
        _delegate("grant delegate", consents.GRANT_DELEGATE(), 365 days);
        _delegate("revoke delegate", consents.REVOKE_DELEGATE(), 365 days);
        _delegate("delegate of another type", "veriKey", 365 days);
        _delegate("delegate out of time", consents.GRANT_DELEGATE(), 1 days);
        _delegate("delegate out of time", consents.REVOKE_DELEGATE(), 1 days);
        _delegate("former delegate", consents.GRANT_DELEGATE(), 365 days);
        bytes32 delegateType = consents.GRANT_DELEGATE();
        actAs("patient");
        identities.revokeDelegate(
            identityOf("patient"), delegateType, identityOf("former delegate")
        );
    }

    function _delegate(string memory name, bytes32 delegateType, uint256 validity) private {
        actAs("patient");
        identities.addDelegate(identityOf("patient"), delegateType, identityOf(name), validity);
    }

    /// @dev The pharmacy has packs and dispensed the fourth; one shipment is on its way, another was rejected.
    function _packsTravel() private {
        _makePacks();
        address[] memory makers = new address[](2);
        (makers[0], makers[1]) = (identityOf("maker"), identityOf("formerly accredited"));
        actAs("regulator");
        drugs.registerProduct(identityOf("regulator"), GTIN, identityOf("holder"), makers);
        lot = _commission(LOT_DIGEST);
        _commission(STOPPED_LOT_DIGEST);
        actAs("maker");
        drugs.quarantineLot(
            identityOf("maker"), GTIN, identityOf("maker"), STOPPED_LOT_DIGEST, DIGEST
        );
        actAs("maker");
        drugs.quarantinePacks(
            identityOf("maker"), GTIN, identityOf("maker"), STOPPED_LOT_DIGEST, Range(0, 1), DIGEST
        );

        _deliver("maker", "distributor", 12);
        _deliver("distributor", "pharmacy", 5);
        _ship("distributor", inTransit());
        _ship("distributor", rejected());
        actAs("pharmacy");
        drugs.rejectShipment(rejected(), DIGEST);
        actAs("pharmacy");
        drugs.decommissionPack(identityOf("pharmacy"), lot, packs[3], Reason.Dispensed);
        actAs("pharmacy");
        drugs.decommissionPack(identityOf("pharmacy"), lot, packs[5], Reason.Destroyed);
    }

    function _commission(bytes32 lotDigest) private returns (LotId) {
        actAs("maker");
        return drugs.commissionLot(
            identityOf("maker"), GTIN, lotDigest, EXPIRY, QUANTITY, serialRoot, DIGEST
        );
    }

    function _deliver(string memory from, string memory to, uint40 quantity) private {
        Shipment memory shipment = shipmentTo(identityOf(from), identityOf(to), quantity, "arrived");
        _ship(from, shipment);
        actAs(to);
        drugs.receiveLot(shipment, GTIN, LOT_DIGEST, quantity, DIGEST);
    }

    function _ship(string memory from, Shipment memory shipment) private {
        actAs(from);
        drugs.shipLot(shipment, GTIN, LOT_DIGEST);
    }

    function _makePacks() private {
        bytes32[] memory commitments = new bytes32[](QUANTITY);
        for (uint256 i = 0; i < QUANTITY; ++i) {
            commitments[i] = keccak256(abi.encode("salted serial", i));
        }
        bytes32[] memory leaves = ReferenceTree.leavesOf(commitments);
        serialRoot = ReferenceTree.rootOf(leaves);
        for (uint64 i = 0; i < QUANTITY; ++i) {
            packs.push(PackProof(i, commitments[i], ReferenceTree.pathOf(i, leaves)));
        }
    }
}
