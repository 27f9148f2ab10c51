// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IAccreditationRegistry} from "../../../contracts/accreditation/IAccreditationRegistry.sol";
import {DrugProvenance} from "../../../contracts/drug/DrugProvenance.sol";
import {IdentityRegistry} from "../../../contracts/identity/IdentityRegistry.sol";
import {AnyAccreditations} from "./AnyAccreditations.sol";
import {Proof} from "./Proof.sol";

/// @title Parent of proofs about medicine: any books, any identities, any accreditations
abstract contract DrugProof is Proof {
    IdentityRegistry internal identities;
    IAccreditationRegistry internal accreditations;
    DrugProvenance internal drugs;

    function setUp() public virtual {
        identities = new IdentityRegistry();
        accreditations = IAccreditationRegistry(address(new AnyAccreditations()));
        drugs = new DrugProvenance(identities, accreditations);
        anyState(address(identities));
        anyState(address(accreditations));
        anyState(address(drugs));
    }
}
