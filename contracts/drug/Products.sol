// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IAccreditationRegistry} from "../accreditation/IAccreditationRegistry.sol";
import {Roles} from "../accreditation/Role.sol";
import {IIdentityRegistry} from "../identity/IIdentityRegistry.sol";
import {IdentityLaw} from "../shared/IdentityLaw.sol";
import {GtinCheck} from "./GtinCheck.sol";
import {IDrugProvenance} from "./IDrugProvenance.sol";
import {Gtin, Product} from "./Lot.sol";

/// @title GTINs, their authorisation holders and makers, and who may act in the supply chain
/// @dev Accreditations are looked up each time.
abstract contract Products is IDrugProvenance, IdentityLaw {
    /// @notice Where roles are looked up.
    IAccreditationRegistry public immutable ACCREDITATIONS;

    mapping(Gtin gtin => Product product) private _products;
    mapping(Gtin gtin => mapping(address maker => bool permitted)) private _makers;

    constructor(IIdentityRegistry identities, IAccreditationRegistry accreditations)
        IdentityLaw(identities)
    {
        ACCREDITATIONS = accreditations;
    }

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

    function _isRegulator(address identity) internal view returns (bool) {
        return ACCREDITATIONS.isAccredited(identity, Roles.REGULATOR);
    }

    function _isReturnsProcessor(address identity) internal view returns (bool) {
        return ACCREDITATIONS.isAccredited(identity, Roles.RETURNS_PROCESSOR);
    }

    function _requireRegulator(address identity) internal view {
        require(_isRegulator(identity), NotRegulator(identity));
    }

    function _requireManufacturer(address identity) internal view {
        require(
            ACCREDITATIONS.isAccredited(identity, Roles.MANUFACTURER), MakerNotAccredited(identity)
        );
    }

    function _requirePartner(address identity) internal view {
        require(
            ACCREDITATIONS.holdsAny(identity, Roles.TRADING_PARTNERS), NotTradingPartner(identity)
        );
    }

    /// @dev Asked one by one, not as a mask: a pharmacy, the usual case, then pays for one lookup.
    function _requireDispenser(address identity) internal view {
        require(
            ACCREDITATIONS.isAccredited(identity, Roles.PHARMACY)
                || ACCREDITATIONS.isAccredited(identity, Roles.HOSPITAL),
            NotDispenser(identity)
        );
    }
}
