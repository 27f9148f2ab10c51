// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IDrugProvenance} from "./IDrugProvenance.sol";
import {LotId} from "./Lot.sol";

/// @notice How many packs of a lot each partner holds.
abstract contract Holdings is IDrugProvenance {
    mapping(LotId lot => mapping(address partner => uint256 packs)) private _held;

    /// @inheritdoc IDrugProvenance
    function heldBy(LotId lot, address partner) external view returns (uint256) {
        return _held[lot][partner];
    }

    /// @dev Cannot overflow: all that is ever credited of a lot was commissioned, fewer than 2^40 packs.
    function _credit(LotId lot, address partner, uint256 packs) internal {
        _held[lot][partner] += packs;
    }

    function _debit(LotId lot, address partner, uint256 packs) internal {
        uint256 held = _held[lot][partner];
        require(held >= packs, LotInsufficient(lot, partner, held, packs));
        _held[lot][partner] = held - packs;
    }
}
