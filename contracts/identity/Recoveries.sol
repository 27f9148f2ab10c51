// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IIdentityRegistry} from "./IIdentityRegistry.sol";

/// @title A recovery, from its proposal to its end
/// @notice Guardians replace the owner of an identity whose key is lost (some of them, vetoable) or stolen (all of them,
/// not vetoable). See docs/adr/0041-guardian-recovery.md.
library Recoveries {
    /// @notice Seconds in which an owner can veto what some of the guardians proposed.
    uint256 internal constant DELAY = 7 days;

    /// @notice Refuses when nothing is pending.
    function requirePending(IIdentityRegistry.Recovery memory self, address identity)
        internal
        pure
    {
        require(self.readyAt != 0, IIdentityRegistry.RecoveryNone(identity));
    }

    /// @notice Refuses a proposal by fewer than all guardians that are too few, or that comes while another waits.
    function requireThreshold(
        IIdentityRegistry.Recovery memory self,
        address identity,
        uint256 count,
        uint256 threshold
    ) internal pure {
        require(
            count >= threshold, IIdentityRegistry.RecoveryBelowThreshold(identity, count, threshold)
        );
        require(self.readyAt == 0, IIdentityRegistry.RecoveryPending(identity, self.readyAt));
    }

    /// @notice Nothing pending any more; approvals of earlier rounds count no more.
    function ended(uint24 round, uint24 unanimousRound)
        internal
        pure
        returns (IIdentityRegistry.Recovery memory)
    {
        return IIdentityRegistry.Recovery({
            newOwner: address(0),
            readyAt: 0,
            unanimous: false,
            round: round,
            unanimousRound: unanimousRound
        });
    }
}
