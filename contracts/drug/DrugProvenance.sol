// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IAccreditationRegistry} from "../accreditation/IAccreditationRegistry.sol";
import {IIdentityRegistry} from "../identity/IIdentityRegistry.sol";
import {Custody} from "./Custody.sol";
import {Packs} from "./Packs.sol";
import {Products} from "./Products.sol";
import {Safety} from "./Safety.sol";

/// @title Medicines: products, lots, custody, packs and safety
/// @dev Each parent holds one idea and its own state: Products and Lots; then Safety, Custody and Packs, which know
/// nothing of one another.
contract DrugProvenance is Safety, Custody, Packs {
    constructor(IIdentityRegistry identities, IAccreditationRegistry accreditations)
        Products(identities, accreditations)
    {}
}
