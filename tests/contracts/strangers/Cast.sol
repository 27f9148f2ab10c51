// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {Role, Roles} from "../../../contracts/accreditation/Role.sol";
import {Fixture} from "../base/Fixture.sol";
import {Vm} from "../base/Vm.sol";

/// @title Everybody who tries everything
/// @notice Those in whose name the rows of the matrix act have had their keys rotated: their identity is the address of
/// a key that no longer counts.
abstract contract Cast is Fixture {
    struct Person {
        string name;
        address identity;
        Vm.Wallet key;
        Vm.Wallet firstKey;
    }

    Person[] internal cast;
    mapping(bytes32 nameHash => uint256 place) private _places;

    function setUp() public virtual override {
        super.setUp();
        _joinRotated("patient");
        _joinRotated("emergency clinician");
        _joinRotated("hospital");
        _joinRotated("pharmacy");
        _joinRotated("maker");
        _joinRotated("holder");
        _joinRotated("distributor");
        _joinRotated("regulator");
        _joinRotated("accreditor");
        _join("governance", governance);
        _join("next governance", makeWallet("next governance"));
        _join("other patient", carer);
        _join("grant delegate", makeWallet("grant delegate"));
        _join("revoke delegate", makeWallet("revoke delegate"));
        _join("delegate of another type", makeWallet("delegate of another type"));
        _join("delegate out of time", makeWallet("delegate out of time"));
        _join("former delegate", makeWallet("former delegate"));
        _join("clinician", clinician);
        _join("other emergency clinician", emergencyClinician);
        _join("other maker", manufacturer);
        _join("other distributor", distributor);
        _join("other pharmacy", pharmacist);
        _join("other hospital", hospital);
        _join("payer", payer);
        _join("other regulator", regulator);
        _join("accreditor of payers", makeWallet("accreditor of payers"));
        _join("accreditor not yet in force", makeWallet("accreditor not yet in force"));
        _join("former accreditor", makeWallet("former accreditor"));
        _join("formerly accredited", makeWallet("formerly accredited"));
        _join("thief", thief);
        _join("stranger", stranger);
        _accreditCast();
    }

    function person(string memory name) internal view returns (Person memory) {
        return cast[placeOf(name)];
    }

    function identityOf(string memory name) internal view returns (address) {
        return cast[placeOf(name)].identity;
    }

    /// @notice Call next as the key of that person.
    function actAs(string memory name) internal {
        vm.prank(cast[placeOf(name)].key.addr);
    }

    function placeOf(string memory name) internal view returns (uint256) {
        uint256 place = _places[keccak256(bytes(name))];
        require(place != 0, string.concat("nobody in the cast is called ", name));
        return place - 1;
    }

    function _join(string memory name, Vm.Wallet memory key) private {
        cast.push(Person(name, key.addr, key, key));
        _places[keccak256(bytes(name))] = cast.length;
    }

    function _joinRotated(string memory name) private {
        Vm.Wallet memory first = makeWallet(string.concat("first key of the ", name));
        Vm.Wallet memory key = makeWallet(string.concat("key of the ", name));
        vm.prank(first.addr);
        identities.changeOwner(first.addr, key.addr);
        cast.push(Person(name, first.addr, key, first));
        _places[keccak256(bytes(name))] = cast.length;
    }

    function _accreditCast() private {
        _accredit(identityOf("emergency clinician"), Roles.EMERGENCY_CLINICIAN);
        _accredit(identityOf("hospital"), Roles.HOSPITAL);
        _accredit(identityOf("pharmacy"), Roles.PHARMACY);
        _accredit(identityOf("maker"), Roles.MANUFACTURER);
        _accredit(identityOf("distributor"), Roles.DISTRIBUTOR);
        _accredit(identityOf("regulator"), Roles.REGULATOR);
        _name(Roles.CLINICIAN, "accreditor");
        _name(Roles.PAYER, "accreditor of payers");
        _name(Roles.CLINICIAN, "former accreditor");
        vm.prank(governance.addr);
        accreditations.removeAccreditor(Roles.CLINICIAN, identityOf("former accreditor"), 0);
        // Whoever was everything once.
        for (uint8 role = 1; role <= Role.unwrap(Roles.ETHICS_BOARD); ++role) {
            _accredit(identityOf("formerly accredited"), Role.wrap(role));
            vm.prank(board.addr);
            accreditations.revokeAccreditation(
                board.addr, identityOf("formerly accredited"), Role.wrap(role), 0
            );
        }
    }

    function _name(Role role, string memory accreditor) internal {
        address identity = identityOf(accreditor);
        vm.prank(governance.addr);
        accreditations.nameAccreditor(role, identity);
    }
}
