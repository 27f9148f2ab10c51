// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {AccreditationRegistry} from "../../../contracts/accreditation/AccreditationRegistry.sol";
import {Role} from "../../../contracts/accreditation/Role.sol";
import {IdentityRegistry} from "../../../contracts/identity/IdentityRegistry.sol";
import {Test} from "../base/Test.sol";

/// @title Governance and accreditors at random, and what they may believe: a shadow model that keeps
/// every accreditation and every removal, and never forgets one
contract AccreditationHandler is Test {
    struct Issue {
        address accreditor;
        uint256 issuedAt;
        uint256 until;
        uint256 number;
    }

    struct Removal {
        uint256 voidFrom;
        uint256 removedAt;
    }

    AccreditationRegistry public immutable REGISTRY;
    address public immutable GOVERNANCE;
    uint256 private constant PEOPLE = 3;
    uint256 private constant ROLES = 2;

    mapping(Role role => mapping(address accreditor => Removal[] voids)) private _voids;
    mapping(Role role => mapping(address accreditor => uint256 since)) private _since;
    mapping(address subject => mapping(Role role => Issue issue)) private _issues;
    mapping(uint256 number => bool seenVoid) private _dead;
    uint256 private _numbers;

    /// @notice What went through that never may; a handler's own failed assertion would only revert.
    string public trespass;

    constructor(AccreditationRegistry registry, address governance) {
        REGISTRY = registry;
        GOVERNANCE = governance;
    }

    function name(uint256 role, uint256 who) external {
        (Role r, address accreditor) = (_role(role), _accreditor(who));
        vm.prank(GOVERNANCE);
        REGISTRY.nameAccreditor(r, accreditor);
        _since[r][accreditor] = _now() + REGISTRY.NAMING_DELAY();
    }

    function remove(uint256 role, uint256 who, uint256 back) external {
        (Role r, address accreditor) = (_role(role), _accreditor(who));
        uint256 voidFrom = back % 3 == 0 ? 0 : _now() - bound(back, 0, 20 days);
        vm.prank(GOVERNANCE);
        REGISTRY.removeAccreditor(r, accreditor, voidFrom);
        delete _since[r][accreditor];
        if (voidFrom != 0) _voids[r][accreditor].push(Removal(voidFrom, _now()));
        _buryVoid();
    }

    function accredit(uint256 role, uint256 who, uint256 whom, uint256 duration) external {
        (Role r, address accreditor, address subject) =
            (_role(role), _rather(role, who), _subject(whom));
        uint256 until = _now() + bound(duration, 1, 60 days);
        uint256 since = _since[r][accreditor];
        vm.prank(accreditor);
        REGISTRY.accredit(accreditor, subject, r, until, keccak256("evidence"));
        if (since == 0 || since > _now()) trespass = "accredited without a mandate";
        _issues[subject][r] = Issue(accreditor, _now(), until, ++_numbers);
    }

    function revoke(uint256 role, uint256 who, uint256 whom) external {
        (Role r, address accreditor, address subject) =
            (_role(role), _rather(role, who), _subject(whom));
        uint256 since = _since[r][accreditor];
        vm.prank(accreditor);
        REGISTRY.revokeAccreditation(accreditor, subject, r, keccak256("reason"));
        if (since == 0 || since > _now()) trespass = "revoked without a mandate";
        delete _issues[subject][r];
    }

    function usurp(uint256 role, uint256 who, uint256 whom, bool naming) external {
        (Role r, address other) = (_role(role), _subject(who));
        vm.prank(other);
        if (naming) REGISTRY.nameAccreditor(r, other);
        else REGISTRY.accredit(other, _subject(whom), r, type(uint48).max, 0);
        trespass = "a subject governed or accredited";
    }

    function wait(uint256 duration) external {
        skip(bound(duration, 1, 10 days));
    }

    // What must hold ----------------------------------------------------------------------------

    /// @dev Void from the earliest `voidFrom` to the last voiding removal.
    function isVoid(Role role, address accreditor, uint256 time) public view returns (bool) {
        Removal[] storage voids = _voids[role][accreditor];
        uint256 earliest = type(uint256).max;
        for (uint256 i = 0; i < voids.length; ++i) {
            if (voids[i].voidFrom < earliest) earliest = voids[i].voidFrom;
        }
        return voids.length != 0 && time >= earliest && time <= voids[voids.length - 1].removedAt;
    }

    function checkModel() external view {
        for (uint256 i = 0; i < PEOPLE * ROLES; ++i) {
            (address subject, Role role) = (_subject(i % PEOPLE), _role(i / PEOPLE));
            Issue memory issue = _issues[subject][role];
            bool expected = issue.until > _now() && !isVoid(role, issue.accreditor, issue.issuedAt);
            assertEq(REGISTRY.isAccredited(subject, role), expected, "model");
            uint256 mask = 1 << Role.unwrap(role);
            assertEq(REGISTRY.holdsAny(subject, mask), expected, "mask");
        }
    }

    function checkVoidsAreForEver() external view {
        for (uint256 i = 0; i < PEOPLE * ROLES; ++i) {
            (address subject, Role role) = (_subject(i % PEOPLE), _role(i / PEOPLE));
            bool dead = _dead[_issues[subject][role].number];
            assertFalse(dead && REGISTRY.isAccredited(subject, role), "a void came back");
        }
    }

    /// @dev An invariant's own writes are dropped, so the acts keep the record.
    function _buryVoid() private {
        for (uint256 i = 0; i < PEOPLE * ROLES; ++i) {
            (address subject, Role role) = (_subject(i % PEOPLE), _role(i / PEOPLE));
            Issue memory issue = _issues[subject][role];
            bool current = issue.until > _now();
            if (current && !REGISTRY.isAccredited(subject, role)) _dead[issue.number] = true;
        }
    }

    /// @dev Three times in four one that is in force, so that most acts succeed.
    function _rather(uint256 role, uint256 seed) private view returns (address accreditor) {
        for (uint256 i = 0; i < PEOPLE; ++i) {
            accreditor = _accreditor(seed / 4 + i);
            uint256 since = _since[_role(role)][accreditor];
            if (seed % 4 == 0 || (since != 0 && since <= _now())) return accreditor;
        }
    }

    function _role(uint256 seed) private pure returns (Role) {
        return Role.wrap(uint8(1 + seed % ROLES));
    }

    function _accreditor(uint256 seed) private pure returns (address) {
        return address(uint160(0xB0A0D0 + seed % PEOPLE));
    }

    function _subject(uint256 seed) private pure returns (address) {
        return address(uint160(0x5B0000 + seed % PEOPLE));
    }

    function _now() private view returns (uint256) {
        return vm.getBlockTimestamp();
    }
}

/// @title Accreditations follow their model, and a void is for ever
contract AccreditationInvariantTest is Test {
    AccreditationHandler private handler;

    function setUp() public {
        vm.warp(1_800_000_000);
        address governance = makeAddr("governance");
        IdentityRegistry identities = new IdentityRegistry();
        handler = new AccreditationHandler(
            new AccreditationRegistry(identities, 3 days, governance, 2 days), governance
        );
        bytes4[] memory acts = new bytes4[](6);
        acts[0] = AccreditationHandler.name.selector;
        acts[1] = AccreditationHandler.remove.selector;
        acts[2] = AccreditationHandler.accredit.selector;
        acts[3] = AccreditationHandler.revoke.selector;
        acts[4] = AccreditationHandler.usurp.selector;
        acts[5] = AccreditationHandler.wait.selector;
        targetSelectors(address(handler), acts);
        targetContract(address(handler));
    }

    /// @notice Whoever holds a role was given it by an accreditor in force, until a date that has not
    /// come, outside every void.
    function invariant_accreditationsFollowTheirModel() public view {
        handler.checkModel();
    }

    /// @notice Nobody accredits or revokes without a mandate in force, or governs without being governance.
    function invariant_onlyWhoMayActs() public view {
        assertEq(handler.trespass(), "");
    }

    /// @notice What was void once is never accredited again, whoever is named or removed later.
    function invariant_voidsAreForEver() public view {
        handler.checkVoidsAreForEver();
    }
}
