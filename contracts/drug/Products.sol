// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {GtinCheck} from "./GtinCheck.sol";
import {IDrugProvenance} from "./IDrugProvenance.sol";
import {Gtin, Product} from "./Lot.sol";
import {Partners} from "./Partners.sol";

// slither-disable-start timestamp -- the time of registration is compared with zero only

/// @notice GTINs, their authorisation holders and their makers.
abstract contract Products is Partners {
    mapping(Gtin gtin => Product product) private _products;
    mapping(Gtin gtin => mapping(address maker => bool permitted)) private _makers;

    /// @inheritdoc IDrugProvenance
    function productOf(Gtin gtin) external view returns (Product memory) {
        return _products[gtin];
    }

    /// @inheritdoc IDrugProvenance
    function isMaker(Gtin gtin, address maker) external view returns (bool) {
        return _makers[gtin][maker];
    }

    /// @inheritdoc IDrugProvenance
    function registerProduct(
        address regulator,
        Gtin gtin,
        address holder,
        address[] calldata makers
    ) external {
        _requireController(regulator, msg.sender);
        _requireRegulator(regulator);
        require(GtinCheck.isInRange(gtin), GtinOutOfRange(gtin));
        uint256 expected = GtinCheck.checkDigitOf(gtin);
        require(GtinCheck.lastDigitOf(gtin) == expected, GtinCheckDigit(gtin, expected));
        require(_products[gtin].registeredAt == 0, ProductExists(gtin));
        require(holder != address(0), ProductZeroHolder(gtin));
        _products[gtin] = Product(regulator, holder, uint48(block.timestamp));
        emit ProductRegistered(gtin, regulator, holder);
        for (uint256 i = 0; i < makers.length; ++i) {
            _permit(regulator, gtin, makers[i], true);
        }
    }

    /// @inheritdoc IDrugProvenance
    function changeHolder(address regulator, Gtin gtin, address holder) external {
        _requireController(regulator, msg.sender);
        _requireAmender(regulator, gtin);
        require(holder != address(0), ProductZeroHolder(gtin));
        _products[gtin].holder = holder;
        emit ProductHolderChanged(gtin, regulator, holder);
    }

    /// @inheritdoc IDrugProvenance
    function permitMaker(address regulator, Gtin gtin, address maker, bool permitted) external {
        _requireController(regulator, msg.sender);
        _requireAmender(regulator, gtin);
        _permit(regulator, gtin, maker, permitted);
    }

    function _holderOf(Gtin gtin) internal view returns (address) {
        return _products[gtin].holder;
    }

    function _registrarOf(Gtin gtin) internal view returns (address) {
        return _products[gtin].regulator;
    }

    /// @dev Another regulator stands in, but the product stays with the one that registered it: an accreditation that
    /// lapsed for a day must not move products for ever.
    function _mayAmend(address regulator, address registrar) internal view returns (bool) {
        return regulator == registrar || !_isRegulator(registrar);
    }

    function _isPermitted(Gtin gtin, address maker) internal view returns (bool) {
        return _makers[gtin][maker];
    }

    function _permit(address regulator, Gtin gtin, address maker, bool permitted) private {
        _makers[gtin][maker] = permitted;
        emit MakerPermitted(gtin, maker, regulator, permitted);
    }

    function _requireAmender(address regulator, Gtin gtin) private view {
        address registrar = _products[gtin].regulator;
        require(registrar != address(0), ProductUnknown(gtin));
        _requireRegulator(regulator);
        require(_mayAmend(regulator, registrar), NotProductAuthority(gtin, regulator));
    }
}
// slither-disable-end timestamp
