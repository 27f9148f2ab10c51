// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {AccreditationRegistry} from "../../../contracts/accreditation/AccreditationRegistry.sol";
import {Role, Roles} from "../../../contracts/accreditation/Role.sol";
import {DrugProvenance} from "../../../contracts/drug/DrugProvenance.sol";
import {AuthorityActs} from "./AuthorityActs.sol";
import {CustodyActs} from "./CustodyActs.sol";
import {DrugBooks} from "./DrugBooks.sol";
import {PackActs} from "./PackActs.sol";

/// @title Seven partners, two products and everything they may try, each act foretold by the model
contract DrugHandler is CustodyActs, PackActs, AuthorityActs {
    constructor(
        DrugProvenance drugs,
        AccreditationRegistry accreditations,
        address board,
        address regulator
    ) DrugBooks(drugs, accreditations, board, regulator) {}

    function addPartner(address partner, Role role) external {
        partners.push(partner);
        roles.push(role);
        accredited[partner] = true;
        makes[partner] = _is(role, Roles.MANUFACTURER);
        processes[partner] = _is(role, Roles.RETURNS_PROCESSOR);
        dispenses[partner] = _is(role, Roles.PHARMACY) || _is(role, Roles.HOSPITAL);
    }

    function addProduct(uint256 product, address holder, address maker) external {
        holderOf[product] = holder;
        permitted[product][maker] = true;
    }

    function wait(uint256 duration) external {
        skip(bound(duration, 1 hours, 30 days));
    }

    function _is(Role a, Role b) private pure returns (bool) {
        return Role.unwrap(a) == Role.unwrap(b);
    }
}
