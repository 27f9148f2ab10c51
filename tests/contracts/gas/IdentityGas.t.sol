// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {Authorization} from "../../../contracts/shared/Authorization.sol";
import {GuardedPatient} from "../identity/GuardedPatient.sol";
import {Gas} from "./Gas.sol";

/// @title Gas of identities: rotation, delegates, attributes, recovery by two of three guardians
contract IdentityGasTest is GuardedPatient, Gas {
    // Owner ---------------------------------------------------------------------------------------

    function test_rotateFirst() external {
        _rotate(patient, patient.addr, carer.addr);
        measured("identity_rotate");
    }

    function test_rotateSteady() external {
        _rotate(patient, patient.addr, carer.addr);
        later();
        _rotate(carer, patient.addr, hospital.addr);
        measured("identity_rotate_steady");
    }

    function test_rotateBySigFirst() external {
        Authorization memory auth = _sign(patient, _changeOwnerHash(patient.addr, carer.addr, 0));
        _submitRotation(carer.addr, 0, auth);
        measured("identity_rotate_by_sig");
    }

    function test_rotateBySigSteady() external {
        _rotate(patient, patient.addr, carer.addr);
        later();
        Authorization memory auth = _sign(carer, _changeOwnerHash(patient.addr, hospital.addr, 1));
        _submitRotation(hospital.addr, 1, auth);
        measured("identity_rotate_by_sig_steady");
    }

    function _submitRotation(address to, uint256 nonce, Authorization memory auth) private {
        vm.prank(relayer.addr);
        identities.changeOwnerBySig(patient.addr, to, nonce, auth);
    }

    function test_deactivate() external {
        _deactivate(patient.addr, patient.addr);
        measured("identity_deactivate");
    }

    // Delegates and attributes --------------------------------------------------------------------

    function test_addDelegate() external {
        _addDelegate("consent/grant");
        measured("identity_add_delegate_first");
        later();
        _addDelegate("consent/revoke");
        measured("identity_add_delegate_steady");
    }

    function _addDelegate(bytes32 delegateType) private {
        vm.prank(patient.addr);
        identities.addDelegate(patient.addr, delegateType, carer.addr, 365 days);
    }

    function test_setAttribute() external {
        _setAttribute("did/svc/Inbox");
        measured("identity_set_attribute_first");
        later();
        _setAttribute("did/pub/XWing/enc");
        measured("identity_set_attribute_steady");
    }

    /// @dev A digest of a key: 32 bytes, as the peers' figures have.
    function _setAttribute(bytes32 name) private {
        vm.prank(patient.addr);
        identities.setAttribute(patient.addr, name, abi.encode(keccak256("key")), 365 days);
    }

    // Guardians -----------------------------------------------------------------------------------

    function test_scheduleGuardiansFirst() external {
        _schedule(carer, carer.addr, keccak256("guardians"));
        measured("guardians_schedule_first");
    }

    function test_scheduleGuardiansSteady() external {
        later();
        _schedule(patient, patient.addr, keccak256("other guardians"));
        measured("guardians_schedule_steady");
    }

    function test_proposeByTheThreshold() external {
        _propose(carer.addr, 2);
        measured("recovery_propose");
    }

    function test_proposeByAll() external {
        _propose(carer.addr, 3);
        measured("recovery_propose_unanimous");
    }

    function test_execute() external {
        _propose(carer.addr, 2);
        skip(RECOVERY_DELAY);
        _execute();
        measured("recovery_execute");
    }

    function test_veto() external {
        _propose(carer.addr, 2);
        later();
        _veto(patient.addr);
        measured("recovery_veto");
    }
}
