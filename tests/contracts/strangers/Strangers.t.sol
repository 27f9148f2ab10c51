// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IIdentityRegistry} from "../../../contracts/identity/IIdentityRegistry.sol";
import {ISignedActs} from "../../../contracts/shared/ISignedActs.sol";
import {Rows} from "./Rows.sol";

/// @title The stranger matrix: every state-changing function, tried by everybody who may not
/// @notice Who may is written down in who-may.toml. Each refusal is tried with the very call that succeeds for who may,
/// from the same state.
contract StrangersTest is Rows {
    event log_named_uint(string name, uint256 value);

    // The table -----------------------------------------------------------------------------------

    function test_everyStateChangingFunctionHasARow() public view {
        string[5] memory contracts = contractNames();
        for (uint256 i = 0; i < contracts.length; ++i) {
            string[] memory functions = functionsOf(contracts[i]);
            for (uint256 j = 0; j < functions.length; ++j) {
                string memory key = string.concat(".", contracts[i], ".", functions[j]);
                assertTrue(
                    vm.keyExistsToml(vm.readFile(TABLE), key),
                    string.concat(TABLE, " has no row for ", key)
                );
            }
        }
    }

    function test_everyRowStandsForAFunctionOfItsContract() public view {
        uint256 count = 0;
        string[5] memory contracts = contractNames();
        for (uint256 i = 0; i < contracts.length; ++i) {
            count += functionsOf(contracts[i]).length;
        }
        // With a row for each function, as many rows as functions leaves none over.
        assertEq(rows.length, count);
    }

    function test_everyRowIsTriedInAllItsWays() public view {
        for (uint256 i = 0; i < rows.length; ++i) {
            Act memory act = actOf(rows[i].name);
            assertTrue(act.target != address(0), string.concat("no act for ", rows[i].name));
            bool names = rows[i].of_ != address(0);
            assertEq(rows[i].itself != 0, names && !isSigned(act), rows[i].name);
        }
    }

    // In the name of another ------------------------------------------------------------------------

    function test_whoMayActs() public {
        for (uint256 i = 0; i < rows.length; ++i) {
            for (uint256 j = 0; j < cast.length; ++j) {
                if (!_has(rows[i].by, j)) continue;
                uint256 before = vm.snapshotState();
                (bool success, bytes memory answer) = _tryInTheNameOfAnother(rows[i], j);
                assertTrue(success, _told(rows[i], j, " is refused", answer));
                vm.revertToState(before);
            }
        }
    }

    function test_revertsWhenAnybodyElseActsInTheNameOfAnother() public {
        uint256 tries = 0;
        for (uint256 i = 0; i < rows.length; ++i) {
            for (uint256 j = 0; j < cast.length; ++j) {
                if (_has(rows[i].by, j)) continue;
                (bool success, bytes memory answer) = _tryInTheNameOfAnother(rows[i], j);
                ++tries;
                assertFalse(success, _told(rows[i], j, " may act", answer));
                _requireRefusal(rows[i], rows[i].others, cast[j].key.addr, answer);
            }
        }
        emit log_named_uint("refused in the name of another", tries);
    }

    function test_revertsWhenNobodyActs() public {
        uint256 tries = 0;
        for (uint256 i = 0; i < rows.length; ++i) {
            if (rows[i].by == ANYBODY) continue;
            Act memory act = actOf(rows[i].name);
            if (isSigned(act)) continue;
            (bool success, bytes memory answer) = _call(address(0), act.target, act.callData);
            ++tries;
            assertFalse(success, string.concat(rows[i].name, " by the zero address"));
            _requireRefusal(rows[i], rows[i].others, address(0), answer);
        }
        emit log_named_uint("refused to the zero address", tries);
    }

    // In their own name ---------------------------------------------------------------------------

    function test_whoMayActsForItself() public {
        for (uint256 i = 0; i < rows.length; ++i) {
            for (uint256 j = 0; j < cast.length; ++j) {
                if (!_has(rows[i].itself, j)) continue;
                uint256 before = vm.snapshotState();
                (bool success, bytes memory answer) = _tryForItself(rows[i], j);
                assertTrue(success, _told(rows[i], j, " is refused for itself", answer));
                vm.revertToState(before);
            }
        }
    }

    function test_revertsWhenAnybodyElseActsForItself() public {
        uint256 tries = 0;
        for (uint256 i = 0; i < rows.length; ++i) {
            for (uint256 j = 0; j < cast.length; ++j) {
                if (rows[i].itself == 0 || _has(rows[i].itself, j)) continue;
                (bool success, bytes memory answer) = _tryForItself(rows[i], j);
                ++tries;
                assertFalse(success, _told(rows[i], j, " may act for itself", answer));
                assertTrue(
                    _isOneOf(rows[i].refusals, bytes4(answer)),
                    _told(rows[i], j, " is refused otherwise than for", answer)
                );
            }
        }
        emit log_named_uint("refused for oneself", tries);
    }

    // With keys that no longer count ----------------------------------------------------------------

    function test_revertsWhenTheKeyWasRotatedAway() public {
        uint256 tries = 0;
        for (uint256 i = 0; i < cast.length; ++i) {
            if (cast[i].firstKey.addr == cast[i].key.addr) continue;
            for (uint256 j = 0; j < rows.length; ++j) {
                if (rows[j].of_ != cast[i].identity || rows[j].by == ANYBODY) continue;
                (bool success, bytes memory answer) =
                    _try(rows[j], cast[i].firstKey.addr, cast[i].firstKey.privateKey);
                ++tries;
                assertFalse(success, _told(rows[j], i, " acts by its first key", answer));
                _requireRefusal(rows[j], rows[j].others, cast[i].firstKey.addr, answer);
            }
        }
        emit log_named_uint("refused to keys rotated away", tries);
    }

    function test_revertsWhenTheIdentityIsDeactivated() public {
        uint256 tries = 0;
        for (uint256 i = 0; i < rows.length; ++i) {
            if (rows[i].of_ == address(0)) continue;
            uint256 before = vm.snapshotState();
            vm.prank(identities.identityOwner(rows[i].of_));
            identities.deactivate(rows[i].of_);
            for (uint256 j = 0; j < cast.length; ++j) {
                (bool success, bytes memory answer) = _tryInTheNameOfAnother(rows[i], j);
                ++tries;
                assertFalse(success, _told(rows[i], j, " acts for the deactivated", answer));
                bytes4 refusal = rows[i].ended;
                assertEq(bytes32(bytes4(answer)), bytes32(refusal), _told(rows[i], j, "", answer));
            }
            vm.revertToState(before);
        }
        emit log_named_uint("refused for a deactivated identity", tries);
    }

    // With signatures of others -----------------------------------------------------------------------

    function test_revertsWhenAnybodyElseSignsInAGuardiansPlace() public {
        uint256 tries = 0;
        address heir = identityOf("thief");
        for (uint256 i = 0; i < cast.length; ++i) {
            IIdentityRegistry.Approval[] memory all = approvals(heir, 3);
            all[1] = approval(heir, 3, 1, cast[i].key);
            bytes memory callData = abi.encodeCall(
                identities.proposeRecovery,
                (identityOf("patient"), heir, guardianSet(), soon(), all)
            );
            (bool success, bytes memory answer) = _call(relayer.addr, address(identities), callData);
            ++tries;
            assertFalse(success, cast[i].name);
            assertEq(
                answer,
                abi.encodeWithSelector(
                    IIdentityRegistry.RecoveryInvalidApproval.selector, identityOf("patient"), 1
                ),
                cast[i].name
            );
        }
        emit log_named_uint("refused in a guardian's place", tries);
    }

    function test_revertsWhenOneSignsAndNamesAnother() public {
        uint256 tries = 0;
        for (uint256 i = 0; i < rows.length; ++i) {
            Act memory act = actOf(rows[i].name);
            if (!isSigned(act)) continue;
            address owner = identities.identityOwner(rows[i].of_);
            bytes memory callData = signedBy(act, owner, stranger.privateKey);
            (bool success, bytes memory answer) = _call(relayer.addr, act.target, callData);
            ++tries;
            assertFalse(success, rows[i].name);
            assertEq(
                answer,
                abi.encodeWithSelector(ISignedActs.SignatureInvalid.selector, owner),
                rows[i].name
            );
        }
        emit log_named_uint("refused with another's signature", tries);
    }

    // How it is tried -----------------------------------------------------------------------------

    function _tryInTheNameOfAnother(Row memory row, uint256 place)
        private
        returns (bool success, bytes memory answer)
    {
        return _try(row, cast[place].key.addr, cast[place].key.privateKey);
    }

    /// @dev Who signs does not submit: anybody may.
    function _try(Row memory row, address who, uint256 key)
        private
        returns (bool success, bytes memory answer)
    {
        Act memory act = actOf(row.name);
        if (!isSigned(act)) return _call(who, act.target, act.callData);
        return _call(relayer.addr, act.target, signedBy(act, who, key));
    }

    function _tryForItself(Row memory row, uint256 place)
        private
        returns (bool success, bytes memory answer)
    {
        Act memory act = actOf(row.name);
        bytes memory callData = inTheNameOf(act.callData, cast[place].identity, row.of_);
        return _call(cast[place].key.addr, act.target, callData);
    }

    function _call(address who, address target, bytes memory callData)
        private
        returns (bool success, bytes memory answer)
    {
        vm.prank(who);
        return target.call(callData);
    }

    /// @dev The one law's error says whose identity it was and who tried.
    function _requireRefusal(Row memory row, bytes4 refusal, address who, bytes memory answer)
        private
        pure
    {
        if (refusal == ISignedActs.NotController.selector) {
            assertEq(answer, abi.encodeWithSelector(refusal, row.of_, who), row.name);
        } else {
            assertEq(bytes32(bytes4(answer)), bytes32(refusal), row.name);
        }
    }

    function _has(uint256 people, uint256 place) private pure returns (bool) {
        return people & (1 << place) != 0;
    }

    function _isOneOf(bytes4[] memory refusals, bytes4 refusal) private pure returns (bool) {
        for (uint256 i = 0; i < refusals.length; ++i) {
            if (refusals[i] == refusal) return true;
        }
        return false;
    }

    function _told(Row memory row, uint256 place, string memory what, bytes memory answer)
        private
        view
        returns (string memory)
    {
        return string.concat(row.name, ": ", cast[place].name, what, ": ", vm.toString(answer));
    }
}
