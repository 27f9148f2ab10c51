// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

/// @notice Who controls an identity, in one word: owner (160 bits, from the lowest), block of the last ERC-1056 event
/// (48), nonce (40), deactivated (8). Zero is an identity that was never touched.
/// @dev A word and not a struct, because the compiler reads and writes a packed struct field by field.
type Control is uint256;

using ControlLibrary for Control global;

library ControlLibrary {
    uint256 private constant BLOCK_OFFSET = 160;
    uint256 private constant NONCE_OFFSET = 208;
    uint256 private constant DEACTIVATED = 1 << 248;

    /// @notice The owner set last; zero when none was, and once deactivated.
    function owner(Control control) internal pure returns (address) {
        return address(uint160(Control.unwrap(control)));
    }

    function changedBlock(Control control) internal pure returns (uint256) {
        return uint48(Control.unwrap(control) >> BLOCK_OFFSET);
    }

    function nonce(Control control) internal pure returns (uint256) {
        return uint40(Control.unwrap(control) >> NONCE_OFFSET);
    }

    function isDeactivated(Control control) internal pure returns (bool) {
        return Control.unwrap(control) & DEACTIVATED != 0;
    }

    /// @notice The same with another owner, changed now, with the next nonce.
    function withOwner(Control control, address owner_) internal view returns (Control) {
        return _pack(owner_, block.number, nonce(control) + 1);
    }

    /// @notice The same, changed now.
    function withChange(Control control) internal view returns (Control) {
        return _pack(owner(control), block.number, nonce(control));
    }

    /// @notice The same with the next nonce.
    function withNonceSpent(Control control) internal pure returns (Control) {
        return _pack(owner(control), changedBlock(control), nonce(control) + 1);
    }

    /// @notice The end: no owner, deactivated, changed now, with the next nonce.
    function withEnd(Control control) internal view returns (Control) {
        return Control.wrap(
            Control.unwrap(_pack(address(0), block.number, nonce(control) + 1)) | DEACTIVATED
        );
    }

    /// @dev Never of a deactivated identity, which nothing changes. Neither blocks nor nonces outgrow their bits: at a
    /// nonce a second 40 bits last for 34,000 years.
    function _pack(address owner_, uint256 changedBlock_, uint256 nonce_)
        private
        pure
        returns (Control)
    {
        return Control.wrap(
            uint256(uint160(owner_)) | (changedBlock_ << BLOCK_OFFSET) | (nonce_ << NONCE_OFFSET)
        );
    }
}
