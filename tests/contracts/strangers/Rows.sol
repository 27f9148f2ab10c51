// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {MedicineActs} from "./MedicineActs.sol";
import {Refusals} from "./Refusals.sol";

/// @title who-may.toml as rows
/// @notice Sets of people are bits by place in the cast.
abstract contract Rows is MedicineActs, Refusals {
    struct Row {
        string name;
        address of_;
        uint256 by;
        bytes4 others;
        uint256 itself;
        bytes4[] refusals;
        bytes4 ended;
    }

    string internal constant TABLE = "tests/contracts/strangers/who-may.toml";
    string private constant ARTIFACTS = "src/salus/contracts/artifacts/";
    /// @dev What changes state, in the ABI: everything but views.
    string private constant STATE_CHANGING =
        "$.abi[?(@.type=='function' && @.stateMutability!='view' && @.stateMutability!='pure')].name";

    uint256 internal constant ANYBODY = type(uint256).max;

    Row[] internal rows;

    function setUp() public virtual override {
        super.setUp();
        string memory table = vm.readFile(TABLE);
        string[5] memory contracts = contractNames();
        for (uint256 i = 0; i < contracts.length; ++i) {
            string[] memory names = vm.parseTomlKeys(table, string.concat(".", contracts[i]));
            for (uint256 j = 0; j < names.length; ++j) {
                _read(table, string.concat(".", contracts[i], ".", names[j]), names[j]);
            }
        }
    }

    function contractNames() internal pure returns (string[5] memory) {
        return [
            "IdentityRegistry",
            "AccreditationRegistry",
            "ConsentRegistry",
            "AnchorRegistry",
            "DrugProvenance"
        ];
    }

    /// @notice The names of a contract's state-changing functions, from its ABI.
    function functionsOf(string memory contractName) internal view returns (string[] memory) {
        string memory file = string.concat(ARTIFACTS, contractName, ".json");
        return abi.decode(vm.parseJson(vm.readFile(file), STATE_CHANGING), (string[]));
    }

    function _read(string memory table, string memory key, string memory name) private {
        Row storage row = rows.push();
        row.name = name;
        row.by = _people(table, string.concat(key, ".by"));
        string memory others = vm.parseTomlString(table, string.concat(key, ".others"));
        if (row.by != ANYBODY) row.others = refusalOf(others);
        string memory of_ = string.concat(key, ".of");
        if (!vm.keyExistsToml(table, of_)) return;
        row.of_ = identityOf(vm.parseTomlString(table, of_));
        row.ended = refusalOf(vm.parseTomlString(table, string.concat(key, ".ended")));
        string memory itself = string.concat(key, ".itself");
        if (!vm.keyExistsToml(table, itself)) return;
        row.itself = _people(table, itself);
        string[] memory refusals = vm.parseTomlStringArray(table, string.concat(key, ".refusals"));
        for (uint256 i = 0; i < refusals.length; ++i) {
            row.refusals.push(refusalOf(refusals[i]));
        }
    }

    function _people(string memory table, string memory key) private view returns (uint256 set) {
        string[] memory names = vm.parseTomlStringArray(table, key);
        for (uint256 i = 0; i < names.length; ++i) {
            if (keccak256(bytes(names[i])) == keccak256("anybody")) return ANYBODY;
            set |= 1 << placeOf(names[i]);
        }
    }
}
