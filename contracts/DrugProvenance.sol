// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {Custody} from "./base/Custody.sol";
import {Packs} from "./base/Packs.sol";
import {Partners} from "./base/Partners.sol";
import {Safety} from "./base/Safety.sol";
import {IAccreditationRegistry} from "./interfaces/IAccreditationRegistry.sol";
import {IIdentityRegistry} from "./interfaces/IIdentityRegistry.sol";

/// @title See IDrugProvenance
/// @dev Each parent holds one idea and its own state: Products, Holdings and Lots; then Safety, Custody and Packs, which
/// know nothing of one another.
contract DrugProvenance is Safety, Custody, Packs {
    constructor(IIdentityRegistry identities, IAccreditationRegistry accreditations)
        Partners(identities, accreditations)
    {}
}
