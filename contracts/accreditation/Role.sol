// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

/// @notice What an address is accredited as. Numbers are append-only: a role never changes its meaning, and numbers
/// without a name here are free for governance to name accreditors for.
type Role is uint8;

library Roles {
    Role internal constant CLINICIAN = Role.wrap(1);
    Role internal constant EMERGENCY_CLINICIAN = Role.wrap(2);
    Role internal constant HOSPITAL = Role.wrap(3);
    Role internal constant PHARMACY = Role.wrap(4);
    Role internal constant MANUFACTURER = Role.wrap(5);
    Role internal constant DISTRIBUTOR = Role.wrap(6);
    Role internal constant PAYER = Role.wrap(7);
    Role internal constant REGULATOR = Role.wrap(8);
    Role internal constant ETHICS_BOARD = Role.wrap(9);
    Role internal constant LOGISTICS_PROVIDER = Role.wrap(10);
    Role internal constant RETURNS_PROCESSOR = Role.wrap(11);

    /// @notice Those who may hold custody of medicines, as a mask for `holdsAny`.
    uint256 internal constant TRADING_PARTNERS =
        (1 << 3) | (1 << 4) | (1 << 5) | (1 << 6) | (1 << 10) | (1 << 11);
}
