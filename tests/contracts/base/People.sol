// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {Test} from "./Test.sol";
import {Vm} from "./Vm.sol";

/// @title Everybody in the tests, by role
/// @notice Each has an address, a key and a label in traces: `patient.addr`, `patient.privateKey`.
abstract contract People is Test {
    Vm.Wallet internal patient;
    Vm.Wallet internal carer;
    Vm.Wallet internal thief;
    Vm.Wallet internal clinician;
    Vm.Wallet internal emergencyClinician;
    Vm.Wallet internal hospital;
    Vm.Wallet internal pharmacist;
    Vm.Wallet internal manufacturer;
    Vm.Wallet internal distributor;
    Vm.Wallet internal payer;
    Vm.Wallet internal regulator;
    Vm.Wallet internal board;
    Vm.Wallet internal governance;
    Vm.Wallet internal stranger;
    Vm.Wallet internal relayer;

    function _meetPeople() internal {
        patient = makeWallet("patient");
        carer = makeWallet("carer");
        thief = makeWallet("thief");
        clinician = makeWallet("clinician");
        emergencyClinician = makeWallet("emergency clinician");
        hospital = makeWallet("hospital");
        pharmacist = makeWallet("pharmacist");
        manufacturer = makeWallet("manufacturer");
        distributor = makeWallet("distributor");
        payer = makeWallet("payer");
        regulator = makeWallet("regulator");
        board = makeWallet("medical board");
        governance = makeWallet("governance");
        stranger = makeWallet("stranger");
        relayer = makeWallet("relayer");
    }

    /// @notice `count` people in ascending order of their addresses, as guardians are listed.
    function makeGuardians(string memory label, uint256 count)
        internal
        returns (Vm.Wallet[] memory sorted)
    {
        sorted = new Vm.Wallet[](count);
        for (uint256 i = 0; i < count; ++i) {
            Vm.Wallet memory next = makeWallet(string.concat(label, " ", vm.toString(i)));
            uint256 place = i;
            for (; place > 0 && sorted[place - 1].addr > next.addr; --place) {
                sorted[place] = sorted[place - 1];
            }
            sorted[place] = next;
        }
    }
}
