// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {Roles} from "../../../contracts/accreditation/Role.sol";
import {IDrugProvenanceErrors as E} from "../../../contracts/drug/IDrugProvenanceErrors.sol";
import {IDrugProvenanceEvents as V} from "../../../contracts/drug/IDrugProvenanceEvents.sol";
import {Gtin, Lot, LotId} from "../../../contracts/drug/Lot.sol";
import {Vm} from "../base/Vm.sol";
import {DrugTest} from "./DrugTest.sol";

contract CommissioningTest is DrugTest {
    bytes32 private constant NEW_DIGEST = keccak256("lot CD-34");
    Vm.Wallet private competitor;
    LotId private newLot;

    function setUp() public override {
        super.setUp();
        competitor = makeWallet("another manufacturer");
        _accredit(competitor.addr, Roles.MANUFACTURER);
        newLot = LotId.wrap(keccak256(abi.encode(GTIN, manufacturer.addr, NEW_DIGEST)));
    }

    function test_revertsWhenCallerIsNotController() public {
        expectNotController(manufacturer.addr, stranger.addr);
        vm.prank(stranger.addr);
        drugs.commissionLot(
            manufacturer.addr, GTIN, NEW_DIGEST, EXPIRY, QUANTITY, serialRoot, EVENT
        );
    }

    function test_revertsForAnotherManufacturer() public {
        _expectNotPermitted(GTIN, competitor.addr);
        _commission(competitor.addr, EXPIRY, QUANTITY, serialRoot);
    }

    function test_revertsForAnUnknownProduct() public {
        Gtin unknown = Gtin.wrap(4_012_345_678_901);
        _expectNotPermitted(unknown, manufacturer.addr);
        vm.prank(manufacturer.addr);
        drugs.commissionLot(manufacturer.addr, unknown, NEW_DIGEST, EXPIRY, 1, serialRoot, EVENT);
    }

    function test_revertsOncePermissionIsWithdrawn() public {
        _permit(manufacturer.addr, false);
        _expectNotPermitted(GTIN, manufacturer.addr);
        _commission(manufacturer.addr, EXPIRY, QUANTITY, serialRoot);
    }

    function test_revertsForAPermittedDistributor() public {
        _permit(distributor.addr, true);
        expectIdentity(E.MakerNotAccredited.selector, distributor.addr);
        _commission(distributor.addr, EXPIRY, QUANTITY, serialRoot);
    }

    function test_revertsOnceAccreditationIsRevoked() public {
        disaccredit(manufacturer.addr, Roles.MANUFACTURER);
        expectIdentity(E.MakerNotAccredited.selector, manufacturer.addr);
        _commission(manufacturer.addr, EXPIRY, QUANTITY, serialRoot);
    }

    function test_revertsWhenTheLotExists() public {
        expectLot(E.LotExists.selector);
        commissionLot();
    }

    function test_holdsAnotherMakersLotOfTheSameNumberApart() public {
        _permit(competitor.addr, true);
        vm.prank(competitor.addr);
        drugs.commissionLot(competitor.addr, GTIN, NEW_DIGEST, EXPIRY, 1, REASON, EVENT);
        _permit(competitor.addr, false);
        _commission(manufacturer.addr, EXPIRY, QUANTITY, serialRoot);
        assertEq(drugs.lotOf(newLot).serialRoot, serialRoot);
        assertEq(drugs.lotOf(drugs.lotIdOf(GTIN, competitor.addr, NEW_DIGEST)).serialRoot, REASON);
        assertEq(drugs.heldBy(newLot, competitor.addr), 0);
    }

    function test_revertsWhenQuantityIsZero() public {
        vm.expectRevert(E.LotZeroQuantity.selector);
        _commission(manufacturer.addr, EXPIRY, 0, serialRoot);
    }

    function testFuzz_revertsWhenQuantityDoesNotFit(uint256 quantity) public {
        quantity = bound(quantity, 1 << 40, type(uint256).max);
        vm.expectRevert(abi.encodeWithSelector(E.LotTooLarge.selector, quantity, type(uint40).max));
        _commission(manufacturer.addr, EXPIRY, quantity, serialRoot);
    }

    function testFuzz_revertsWhenExpiryIsNotInTheFuture(uint256 expiry) public {
        expiry = bound(expiry, 0, vm.getBlockTimestamp());
        vm.expectRevert(abi.encodeWithSelector(E.LotExpired.selector, newLot, expiry));
        _commission(manufacturer.addr, expiry, QUANTITY, serialRoot);
    }

    function test_revertsWhenItExpiresNow() public {
        uint256 expiry = vm.getBlockTimestamp();
        vm.expectRevert(abi.encodeWithSelector(E.LotExpired.selector, newLot, expiry));
        _commission(manufacturer.addr, expiry, QUANTITY, serialRoot);
    }

    function testFuzz_revertsWhenExpiryDoesNotFit(uint256 expiry) public {
        expiry = bound(expiry, 1 << 48, type(uint256).max);
        vm.expectRevert(
            abi.encodeWithSelector(E.LotExpiryTooFar.selector, expiry, type(uint48).max)
        );
        _commission(manufacturer.addr, expiry, QUANTITY, serialRoot);
    }

    function test_revertsWhenRootIsZero() public {
        vm.expectRevert(E.LotZeroRoot.selector);
        _commission(manufacturer.addr, EXPIRY, QUANTITY, 0);
    }

    function testFuzz_holdsTheLot(uint256 quantity, uint256 expiry, bytes32 root) public {
        quantity = bound(quantity, 1, type(uint40).max);
        expiry = bound(expiry, vm.getBlockTimestamp() + 1, type(uint48).max);
        vm.assume(root != 0);
        _commission(manufacturer.addr, expiry, quantity, root);

        Lot memory made = drugs.lotOf(newLot);
        assertEq(made.serialRoot, root);
        assertEq(made.maker, manufacturer.addr);
        assertEq(made.quantity, quantity);
        assertEq(made.expiry, expiry);
        assertFalse(made.recalled || made.quarantinedByMaker);
        assertFalse(made.quarantinedByHolder || made.quarantinedByRegulator);
    }

    function test_holdsALotOfTheLargestSizeThatNeverExpires() public {
        _commission(manufacturer.addr, type(uint48).max, type(uint40).max, serialRoot);
        assertEq(drugs.lotOf(newLot).quantity, type(uint40).max);
        assertEq(drugs.lotOf(newLot).expiry, type(uint48).max);
    }

    function test_reportsTheLot() public {
        vm.expectEmit(address(drugs));
        emit V.LotCommissioned(
            newLot, GTIN, manufacturer.addr, NEW_DIGEST, EXPIRY, QUANTITY, serialRoot, EVENT
        );
        _commission(manufacturer.addr, EXPIRY, QUANTITY, serialRoot);
    }

    function test_allPacksAreInTheMakersCustody() public {
        _commission(manufacturer.addr, EXPIRY, type(uint40).max, serialRoot);
        assertEq(drugs.heldBy(newLot, manufacturer.addr), type(uint40).max);
        assertEq(drugs.heldBy(newLot, holder.addr), 0);
        assertEq(held(manufacturer.addr), QUANTITY);
    }

    function testFuzz_lotIdIsTheHashOfGtinMakerAndDigest(
        uint64 gtin,
        address maker,
        bytes32 lotDigest
    ) public view {
        bytes32 expected = keccak256(abi.encode(uint256(gtin), maker, lotDigest));
        assertEq(LotId.unwrap(drugs.lotIdOf(Gtin.wrap(gtin), maker, lotDigest)), expected);
    }

    function test_anUnknownLotIsAllZero() public view {
        Lot memory unknown = drugs.lotOf(newLot);
        assertEq(unknown.maker, address(0));
        assertEq(unknown.serialRoot, bytes32(0));
        assertEq(unknown.quantity, 0);
    }

    function test_namesItsRegistries() public view {
        assertEq(address(drugs.IDENTITIES()), address(identities));
        assertEq(address(drugs.ACCREDITATIONS()), address(accreditations));
    }

    function _commission(address maker, uint256 expiry, uint256 quantity, bytes32 root) private {
        vm.prank(maker);
        drugs.commissionLot(maker, GTIN, NEW_DIGEST, expiry, quantity, root, EVENT);
    }

    function _permit(address maker, bool permitted) private {
        vm.prank(regulator.addr);
        drugs.permitMaker(regulator.addr, GTIN, maker, permitted);
    }

    function _expectNotPermitted(Gtin gtin, address maker) private {
        vm.expectRevert(abi.encodeWithSelector(E.MakerNotPermitted.selector, gtin, maker));
    }
}
