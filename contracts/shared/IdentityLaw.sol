// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IIdentityRegistry} from "../identity/IIdentityRegistry.sol";
import {ISignedActs} from "./ISignedActs.sol";

/// @notice The one law, for every registry but the identities' own: who acts must control the identity it acts for,
/// looked up each time, so that a rotated, stolen or recovered key means the same everywhere.
abstract contract IdentityLaw is ISignedActs {
    /// @notice Where control of identities is looked up.
    IIdentityRegistry public immutable IDENTITIES;

    constructor(IIdentityRegistry identities) {
        IDENTITIES = identities;
    }

    function _requireController(address identity, address actor) internal view {
        require(
            actor != address(0) && IDENTITIES.identityOwner(identity) == actor,
            NotController(identity, actor)
        );
    }
}
