// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {AccreditationRegistry} from "../../../contracts/accreditation/AccreditationRegistry.sol";
import {Role, Roles} from "../../../contracts/accreditation/Role.sol";
import {AnchorRegistry} from "../../../contracts/anchor/AnchorRegistry.sol";
import {ConsentRegistry} from "../../../contracts/consent/ConsentRegistry.sol";
import {DrugProvenance} from "../../../contracts/drug/DrugProvenance.sol";
import {IdentityRegistry} from "../../../contracts/identity/IdentityRegistry.sol";
import {PasskeyVerifier} from "../../../contracts/periphery/PasskeyVerifier.sol";
import {Passkeys} from "./Passkeys.sol";
import {People} from "./People.sol";
import {Released} from "./Released.sol";
import {Signing} from "./Signing.sol";

/// @title The five contracts, everybody by role, and who is accredited as what
/// @notice `contract MyTest is Fixture`; a test with its own `setUp` calls `super.setUp()` first.
abstract contract Fixture is People, Signing, Passkeys, Released {
    uint48 internal constant GOVERNANCE_DELAY = 3 days;
    uint48 internal constant NAMING_DELAY = 2 days;
    uint256 internal constant START = 1_790_000_000;
    bytes32 internal constant FRESH = keccak256("32 random bytes, used once");

    IdentityRegistry internal identities;
    AccreditationRegistry internal accreditations;
    ConsentRegistry internal consents;
    AnchorRegistry internal anchors;
    DrugProvenance internal drugs;
    PasskeyVerifier internal passkeys;

    function setUp() public virtual {
        vm.warp(START);
        vm.roll(1000);
        _meetPeople();
        _deployKernel();
        _accreditPeople();
    }

    function _deployKernel() internal {
        if (isReleased()) _deployReleased();
        else _deployBuilt();
    }

    function _deployBuilt() private {
        identities = new IdentityRegistry();
        accreditations =
            new AccreditationRegistry(identities, GOVERNANCE_DELAY, governance.addr, NAMING_DELAY);
        consents = new ConsentRegistry(identities, accreditations);
        anchors = new AnchorRegistry(identities);
        drugs = new DrugProvenance(identities, accreditations);
        passkeys = new PasskeyVerifier();
    }

    function _deployReleased() private {
        identities = IdentityRegistry(createReleased("IdentityRegistry", ""));
        bytes memory governed =
            abi.encode(identities, GOVERNANCE_DELAY, governance.addr, NAMING_DELAY);
        accreditations = AccreditationRegistry(createReleased("AccreditationRegistry", governed));
        bytes memory looked = abi.encode(identities, accreditations);
        consents = ConsentRegistry(createReleased("ConsentRegistry", looked));
        anchors = AnchorRegistry(createReleased("AnchorRegistry", abi.encode(identities)));
        drugs = DrugProvenance(createReleased("DrugProvenance", looked));
        passkeys = PasskeyVerifier(createReleased("PasskeyVerifier", ""));
    }

    /// @dev The medical board vouches for all of them; the naming delay passes first.
    function _accreditPeople() internal {
        for (uint8 role = 1; role <= Role.unwrap(Roles.ETHICS_BOARD); ++role) {
            vm.prank(governance.addr);
            accreditations.nameAccreditor(Role.wrap(role), board.addr);
        }
        skip(NAMING_DELAY);
        _accredit(clinician.addr, Roles.CLINICIAN);
        _accredit(emergencyClinician.addr, Roles.EMERGENCY_CLINICIAN);
        _accredit(hospital.addr, Roles.HOSPITAL);
        _accredit(pharmacist.addr, Roles.PHARMACY);
        _accredit(manufacturer.addr, Roles.MANUFACTURER);
        _accredit(distributor.addr, Roles.DISTRIBUTOR);
        _accredit(payer.addr, Roles.PAYER);
        _accredit(regulator.addr, Roles.REGULATOR);
    }

    /// @notice The board vouches for `subject` for ten years.
    function _accredit(address subject, Role role) internal {
        uint256 validUntil = vm.getBlockTimestamp() + 3650 days;
        vm.prank(board.addr);
        accreditations.accredit(board.addr, subject, role, validUntil, keccak256("evidence"));
    }
}
