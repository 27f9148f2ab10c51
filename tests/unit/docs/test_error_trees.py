"""Every tree of errors that a module draws names each class that the module has, and no other."""

import inspect
import re
from importlib import import_module

import pytest

TREES = [
    "salus.errors",
    "salus.chain.errors",
    "salus.chain.sending.errors",
    "salus.chain.signing.errors",
    "salus.fhir.errors",
]
FAMILIES = {"CredentialError", "ContractError", "InputError", "StorageError", "VerificationError"}
"""What a room's tree hangs its own errors on."""


@pytest.mark.parametrize("name", TREES)
def test_a_tree_names_each_class_of_its_module(name):
    module = import_module(name)
    assert module.__doc__
    drawn = set(re.findall(r"[├└]── (\w+)", module.__doc__))
    own = {
        each.__name__
        for each in vars(module).values()
        if inspect.isclass(each)
        and (each.__module__ == name or each.__name__ in getattr(module, "__all__", ()))
    }
    if name == "salus.errors":
        assert own - {"SalusError", "InvalidValue", "ConfigurationInvalid"} == drawn
        return
    above = {"ChainUnreachable"} if name == "salus.chain.sending.errors" else FAMILIES - own
    assert own == drawn - above
