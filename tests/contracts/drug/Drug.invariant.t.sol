// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {Role, Roles} from "../../../contracts/accreditation/Role.sol";
import {Fixture} from "../base/Fixture.sol";
import {Vm} from "../base/Vm.sol";
import {DrugHandler} from "./DrugHandler.sol";

/// @title The supply chain at random, against its model
contract DrugInvariantTest is Fixture {
    DrugHandler private handler;

    function setUp() public override {
        super.setUp();
        handler = new DrugHandler(drugs, accreditations, board.addr, regulator.addr);
        Vm.Wallet memory other = makeWallet("another manufacturer");
        Vm.Wallet memory holder = makeWallet("authorisation holder");
        Vm.Wallet memory processor = makeWallet("returns processor");
        vm.prank(governance.addr);
        accreditations.nameAccreditor(Roles.RETURNS_PROCESSOR, board.addr);
        skip(NAMING_DELAY);
        _cast(manufacturer.addr, Roles.MANUFACTURER);
        _cast(other.addr, Roles.MANUFACTURER);
        _cast(distributor.addr, Roles.DISTRIBUTOR);
        _cast(holder.addr, Roles.DISTRIBUTOR);
        _cast(pharmacist.addr, Roles.PHARMACY);
        _cast(hospital.addr, Roles.HOSPITAL);
        _cast(processor.addr, Roles.RETURNS_PROCESSOR);
        _register(0, holder.addr, manufacturer.addr);
        _register(1, holder.addr, other.addr);
        handler.commission(0, 1, 7, 300 days);
        handler.commission(1, 1, 6, 150 days);
        handler.ship(0, 0, 2, 4);
        handler.ship(1, 1, 4, 3);
        _target();
    }

    /// @notice Per lot: what partners hold, what is in transit, packs decommissioned, by
    /// serial or number, and written off add up to what was commissioned.
    function invariant_commissionedIsHeldInTransitOrDecommissioned() public view {
        handler.checkConservation();
    }

    /// @notice Every act of custody and every end of a pack succeeds when, and only when, the model
    /// says so: no maker commissions a GTIN that is not bound to it, a serial is final once, a lot
    /// recalled, stopped or expired moves nowhere but back or to destruction.
    function invariant_theContractAllowsWhatTheRulesAllow() public view {
        assertEq(handler.disagreement(), "");
    }

    /// @notice Custody, shipments and packs are what the acts that went through made of them.
    function invariant_booksAgree() public view {
        handler.checkBooks();
    }

    /// @notice A lot once recalled is recalled, and stopped by whoever has not released it.
    function invariant_recallsAreForEver() public view {
        handler.checkLots();
    }

    function _cast(address partner, Role role) private {
        _accredit(partner, role);
        handler.addPartner(partner, role);
    }

    function _register(uint256 product, address holder, address maker) private {
        address[] memory makers = new address[](1);
        makers[0] = maker;
        vm.startPrank(regulator.addr);
        drugs.registerProduct(regulator.addr, handler.gtinOf(product), holder, makers);
        vm.stopPrank();
        handler.addProduct(product, holder, maker);
    }

    /// @dev What moves packs twice: it is what the books are about.
    function _target() private {
        bytes4[] memory acts = new bytes4[](31);
        acts[0] = acts[1] = handler.commission.selector;
        acts[2] = handler.permit.selector;
        acts[3] = handler.changeHolder.selector;
        acts[4] = handler.accredit.selector;
        acts[5] = acts[6] = acts[7] = handler.ship.selector;
        acts[8] = acts[9] = acts[10] = handler.receivePacks.selector;
        acts[11] = handler.dispute.selector;
        acts[12] = handler.reject.selector;
        acts[13] = handler.takeBack.selector;
        acts[14] = handler.writeOff.selector;
        acts[15] = acts[16] = handler.end.selector;
        acts[17] = handler.endTwo.selector;
        acts[18] = handler.restore.selector;
        acts[19] = handler.flag.selector;
        acts[20] = handler.quarantine.selector;
        acts[21] = handler.release.selector;
        acts[22] = handler.recall.selector;
        acts[23] = handler.wait.selector;
        acts[24] = handler.voidLot.selector;
        acts[25] = handler.shipTwo.selector;
        acts[26] = handler.receiveTwo.selector;
        acts[27] = handler.reinstate.selector;
        acts[28] = handler.stopPacks.selector;
        acts[29] = handler.releasePacks.selector;
        acts[30] = handler.endQuantity.selector;
        targetSelectors(address(handler), acts);
        targetContract(address(handler));
    }
}
