// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

/// @notice Answers ERC-1271 and ERC-7913 questions in a wrong way of choice, none of which is a yes.
contract DishonestAccount {
    enum Answer {
        OtherValue,
        True,
        DirtyMagic,
        TooShort,
        Nothing,
        Reverts
    }

    error Refused();

    Answer public immutable ANSWER;

    constructor(Answer answer) {
        ANSWER = answer;
    }

    // solhint-disable-next-line no-complex-fallback, payable-fallback
    fallback(bytes calldata question) external returns (bytes memory) {
        require(ANSWER != Answer.Reverts, Refused());
        bytes4 magic = bytes4(question);
        if (ANSWER == Answer.OtherValue) return abi.encode(bytes4(0xffffffff));
        if (ANSWER == Answer.True) return abi.encode(true);
        if (ANSWER == Answer.DirtyMagic) return abi.encode(bytes32(magic) | bytes32(uint256(1)));
        if (ANSWER == Answer.TooShort) return abi.encodePacked(magic);
        return "";
    }
}
