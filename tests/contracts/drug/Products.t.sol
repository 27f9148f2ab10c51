// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {Roles} from "../../../contracts/accreditation/Role.sol";
import {IDrugProvenanceErrors as E} from "../../../contracts/drug/IDrugProvenanceErrors.sol";
import {IDrugProvenanceEvents as V} from "../../../contracts/drug/IDrugProvenanceEvents.sol";
import {Gtin, Product} from "../../../contracts/drug/Lot.sol";
import {Vm} from "../base/Vm.sol";
import {DrugTest} from "./DrugTest.sol";

contract ProductsTest is DrugTest {
    Gtin private constant DEVICE = Gtin.wrap(10_884_521_062_856);
    Vm.Wallet private other;
    address[] private makers;

    function setUp() public override {
        super.setUp();
        other = makeWallet("another regulator");
        _accredit(other.addr, Roles.REGULATOR);
        makers = [manufacturer.addr, hospital.addr];
    }

    function test_registerRevertsWhenCallerIsNotController() public {
        expectNotController(regulator.addr, stranger.addr);
        vm.prank(stranger.addr);
        drugs.registerProduct(regulator.addr, DEVICE, holder.addr, makers);
    }

    function test_registerRevertsForAManufacturer() public {
        expectIdentity(E.NotRegulator.selector, manufacturer.addr);
        _register(manufacturer.addr, DEVICE);
    }

    function test_registerRevertsOnceAccreditationIsRevoked() public {
        disaccredit(regulator.addr, Roles.REGULATOR);
        expectIdentity(E.NotRegulator.selector, regulator.addr);
        _register(regulator.addr, DEVICE);
    }

    function test_registerRevertsWithTheExpectedCheckDigit() public {
        Gtin misread = Gtin.wrap(10_884_521_062_855);
        vm.expectRevert(abi.encodeWithSelector(E.GtinCheckDigit.selector, misread, 6));
        _register(regulator.addr, misread);
        Gtin largest = Gtin.wrap(99_999_999_999_999);
        vm.expectRevert(abi.encodeWithSelector(E.GtinCheckDigit.selector, largest, 7));
        _register(regulator.addr, largest);
    }

    function testFuzz_acceptsOneLastDigitInTen(uint256 body) public {
        body = bound(body, 1, 9_999_999_999_999);
        uint256 right = _checkDigit(body);
        for (uint256 digit = 0; digit < 10; ++digit) {
            Gtin gtin = Gtin.wrap(uint64(body * 10 + digit));
            if (Gtin.unwrap(gtin) == Gtin.unwrap(GTIN)) continue;
            if (digit != right) {
                vm.expectRevert(abi.encodeWithSelector(E.GtinCheckDigit.selector, gtin, right));
            }
            _register(regulator.addr, gtin);
        }
    }

    function test_registerRevertsOutsideFourteenDigits() public {
        uint64[3] memory wrong = [0, 100_000_000_000_000, type(uint64).max];
        for (uint256 i = 0; i < wrong.length; ++i) {
            vm.expectRevert(abi.encodeWithSelector(E.GtinOutOfRange.selector, wrong[i]));
            _register(regulator.addr, Gtin.wrap(wrong[i]));
        }
    }

    function test_registerRevertsWhenRegisteredAlready() public {
        vm.expectRevert(abi.encodeWithSelector(E.ProductExists.selector, GTIN));
        _register(regulator.addr, GTIN);
        vm.expectRevert(abi.encodeWithSelector(E.ProductExists.selector, GTIN));
        _register(other.addr, GTIN);
    }

    function test_registerRevertsWithoutAHolder() public {
        vm.expectRevert(abi.encodeWithSelector(E.ProductZeroHolder.selector, DEVICE));
        vm.prank(regulator.addr);
        drugs.registerProduct(regulator.addr, DEVICE, address(0), makers);
    }

    function test_holdsProductAndMakers() public {
        _register(regulator.addr, DEVICE);
        Product memory product = drugs.productOf(DEVICE);
        assertEq(product.regulator, regulator.addr);
        assertEq(product.holder, holder.addr);
        assertEq(product.registeredAt, vm.getBlockTimestamp());
        assertTrue(drugs.isMaker(DEVICE, manufacturer.addr));
        assertTrue(drugs.isMaker(DEVICE, hospital.addr));
        assertFalse(drugs.isMaker(DEVICE, holder.addr));
        assertFalse(drugs.isMaker(GTIN, hospital.addr), "of another product");
    }

    function test_reportsProductAndMakers() public {
        vm.expectEmit(address(drugs));
        emit V.ProductRegistered(DEVICE, regulator.addr, holder.addr);
        vm.expectEmit(address(drugs));
        emit V.MakerPermitted(DEVICE, manufacturer.addr, regulator.addr, true);
        vm.expectEmit(address(drugs));
        emit V.MakerPermitted(DEVICE, hospital.addr, regulator.addr, true);
        _register(regulator.addr, DEVICE);
    }

    /// @dev The examples of the GS1 specifications: a GTIN-8, a GTIN-12, a GTIN-13, GTIN-14s.
    function test_acceptsGtinsOfRealItems() public {
        uint64[5] memory real = [
            uint64(96_385_074),
            614_141_000_036,
            4_012_345_678_901,
            10_614_141_000_415,
            10_884_521_062_856
        ];
        for (uint256 i = 0; i < real.length; ++i) {
            _register(regulator.addr, Gtin.wrap(real[i]));
            assertEq(drugs.productOf(Gtin.wrap(real[i])).holder, holder.addr);
        }
    }

    function test_changeHolderRevertsWhenCallerIsNotController() public {
        expectNotController(regulator.addr, stranger.addr);
        vm.prank(stranger.addr);
        drugs.changeHolder(regulator.addr, GTIN, stranger.addr);
    }

    function test_changeHolderRevertsWhenProductIsUnknown() public {
        vm.expectRevert(abi.encodeWithSelector(E.ProductUnknown.selector, DEVICE));
        vm.prank(regulator.addr);
        drugs.changeHolder(regulator.addr, DEVICE, stranger.addr);
    }

    function test_changeHolderRevertsWithoutAHolder() public {
        vm.expectRevert(abi.encodeWithSelector(E.ProductZeroHolder.selector, GTIN));
        _changeHolder(regulator.addr, address(0));
    }

    function test_changeHolderRevertsForTheHolder() public {
        expectIdentity(E.NotRegulator.selector, holder.addr);
        _changeHolder(holder.addr, stranger.addr);
    }

    function test_changeHolderRevertsForAnotherRegulator() public {
        _expectNotAuthority(other.addr);
        _changeHolder(other.addr, stranger.addr);
    }

    function test_anotherRegulatorStandsInForOneNoLongerAccredited() public {
        disaccredit(regulator.addr, Roles.REGULATOR);
        _changeHolder(other.addr, hospital.addr);
        assertEq(drugs.productOf(GTIN).holder, hospital.addr);
        assertEq(drugs.productOf(GTIN).regulator, regulator.addr);
    }

    function test_theFirstRegulatorComesBack() public {
        disaccredit(regulator.addr, Roles.REGULATOR);
        _changeHolder(other.addr, hospital.addr);
        _accredit(regulator.addr, Roles.REGULATOR);
        _expectNotAuthority(other.addr);
        _changeHolder(other.addr, stranger.addr);
        _changeHolder(regulator.addr, holder.addr);
        assertEq(drugs.productOf(GTIN).holder, holder.addr);
    }

    function test_changesTheHolder() public {
        vm.expectEmit(address(drugs));
        emit V.ProductHolderChanged(GTIN, regulator.addr, hospital.addr);
        _changeHolder(regulator.addr, hospital.addr);
        assertEq(drugs.productOf(GTIN).holder, hospital.addr);
    }

    function test_changeHolderRevertsForARegulatorNoLongerAccredited() public {
        disaccredit(regulator.addr, Roles.REGULATOR);
        expectIdentity(E.NotRegulator.selector, regulator.addr);
        _changeHolder(regulator.addr, hospital.addr);
    }

    function test_permitMakerRevertsWhenCallerIsNotController() public {
        expectNotController(regulator.addr, stranger.addr);
        vm.prank(stranger.addr);
        drugs.permitMaker(regulator.addr, GTIN, stranger.addr, true);
    }

    function test_permitMakerRevertsWhenProductIsUnknown() public {
        vm.expectRevert(abi.encodeWithSelector(E.ProductUnknown.selector, DEVICE));
        vm.prank(regulator.addr);
        drugs.permitMaker(regulator.addr, DEVICE, stranger.addr, true);
    }

    function test_permitMakerRevertsForHolderAndOtherRegulators() public {
        expectIdentity(E.NotRegulator.selector, holder.addr);
        _permitMaker(holder.addr, hospital.addr, true);
        _expectNotAuthority(other.addr);
        _permitMaker(other.addr, hospital.addr, true);
    }

    function test_permitsAMakerAndNoLonger() public {
        vm.expectEmit(address(drugs));
        emit V.MakerPermitted(GTIN, hospital.addr, regulator.addr, true);
        _permitMaker(regulator.addr, hospital.addr, true);
        assertTrue(drugs.isMaker(GTIN, hospital.addr));
        vm.expectEmit(address(drugs));
        emit V.MakerPermitted(GTIN, hospital.addr, regulator.addr, false);
        _permitMaker(regulator.addr, hospital.addr, false);
        assertFalse(drugs.isMaker(GTIN, hospital.addr));
        assertTrue(drugs.isMaker(GTIN, manufacturer.addr));
    }

    /// @dev GS1 General Specifications 7.9, from the left as its table shows it: weights 3, 1, 3, … over thirteen digits.
    function _checkDigit(uint256 body) private pure returns (uint256) {
        uint256 sum = 0;
        for (uint256 place = 0; place < 13; ++place) {
            uint256 digit = (body / 10 ** (12 - place)) % 10;
            sum += place % 2 == 0 ? 3 * digit : digit;
        }
        return sum % 10 == 0 ? 0 : 10 - (sum % 10);
    }

    function _register(address actor, Gtin gtin) private {
        vm.prank(actor);
        drugs.registerProduct(actor, gtin, holder.addr, makers);
    }

    function _changeHolder(address actor, address next) private {
        vm.prank(actor);
        drugs.changeHolder(actor, GTIN, next);
    }

    function _permitMaker(address actor, address maker, bool permitted) private {
        vm.prank(actor);
        drugs.permitMaker(actor, GTIN, maker, permitted);
    }

    function _expectNotAuthority(address actor) private {
        vm.expectRevert(abi.encodeWithSelector(E.NotProductAuthority.selector, GTIN, actor));
    }
}
