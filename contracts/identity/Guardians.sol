// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IIdentityRegistry} from "./IIdentityRegistry.sol";

/// @notice Which guardians an identity has, as a commitment, and which will replace them.
/// @dev What is scheduled comes into force by time alone, without a transaction.
/// @param effectiveAt Unix seconds from which `scheduled` is in force; zero when nothing is scheduled.
struct Guardians {
    bytes32 commitment;
    bytes32 scheduled;
    uint256 effectiveAt;
}

using GuardiansLibrary for Guardians global;

/// @title How guardians change: slower than they can act
/// @dev While a recovery is pending the guardians that proposed it stay: else a thief's own, scheduled earlier, would
/// come into force in time to replace the recovery by one to the thief.
library GuardiansLibrary {
    /// @notice Seconds before others replace guardians that there are; longer than a recovery waits.
    uint256 internal constant DELAY = 30 days;

    /// @notice The commitment in force now; zero when there is none.
    function inForce(Guardians storage self, IIdentityRegistry.Recovery storage recovery)
        internal
        view
        returns (bytes32)
    {
        return _isDue(self, recovery) ? self.scheduled : self.commitment;
    }

    /// @notice What will replace it, and from when; zeros when nothing will.
    function upcoming(Guardians storage self, IIdentityRegistry.Recovery storage recovery)
        internal
        view
        returns (bytes32 commitment, uint256 effectiveAt)
    {
        if (_isDue(self, recovery)) return (0, 0);
        return (self.scheduled, self.effectiveAt);
    }

    /// @notice Puts others in their place: at once where there are none, else after `DELAY`.
    function schedule(
        Guardians storage self,
        IIdentityRegistry.Recovery storage recovery,
        address identity,
        bytes32 commitment
    ) internal returns (uint256 effectiveAt) {
        settle(self, recovery);
        bytes32 current = self.commitment;
        require(commitment != current, IIdentityRegistry.GuardiansUnchanged(identity, commitment));

        effectiveAt = block.timestamp;
        if (current == 0) {
            self.commitment = commitment;
        } else {
            effectiveAt += DELAY;
            self.scheduled = commitment;
            self.effectiveAt = effectiveAt;
        }
    }

    /// @notice Drops what is scheduled, which the answer says; refused when nothing is.
    function cancel(
        Guardians storage self,
        IIdentityRegistry.Recovery storage recovery,
        address identity
    ) internal returns (bytes32 commitment, uint256 effectiveAt) {
        (commitment, effectiveAt) = upcoming(self, recovery);
        require(effectiveAt != 0, IIdentityRegistry.GuardiansNotScheduled(identity));

        drop(self);
    }

    /// @notice Writes down what time has brought into force, before anything is built upon it.
    function settle(Guardians storage self, IIdentityRegistry.Recovery storage recovery) internal {
        if (!_isDue(self, recovery)) return;
        self.commitment = self.scheduled;
        drop(self);
    }

    /// @notice Forgets what is scheduled.
    function drop(Guardians storage self) internal {
        self.scheduled = 0;
        self.effectiveAt = 0;
    }

    /// @notice Refuses an opening that is not of `expected`, or not of guardians that can act.
    function requireOpening(
        address identity,
        IIdentityRegistry.GuardianSet calldata set,
        bytes32 expected
    ) internal pure {
        bytes32 commitment = keccak256(abi.encode(set.guardians, set.threshold, set.salt));
        require(
            commitment == expected,
            IIdentityRegistry.GuardiansMismatch(identity, expected, commitment)
        );
        address[] calldata guardians = set.guardians;
        require(
            set.threshold > 0 && set.threshold <= guardians.length,
            IIdentityRegistry.GuardiansMalformed(identity)
        );
        address last = address(0);
        for (uint256 i = 0; i < guardians.length; ++i) {
            address guardian = guardians[i];
            require(
                guardian > last && guardian != identity,
                IIdentityRegistry.GuardiansMalformed(identity)
            );
            last = guardian;
        }
    }

    function _isDue(Guardians storage self, IIdentityRegistry.Recovery storage recovery)
        private
        view
        returns (bool)
    {
        uint256 effectiveAt = self.effectiveAt;
        return effectiveAt != 0 && block.timestamp >= effectiveAt && recovery.readyAt == 0;
    }
}
