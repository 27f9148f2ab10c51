"""Every tree of errors that a module draws names each class that the module has, and no other."""

import inspect
import re
from importlib import import_module

import pytest

TREES = ["salus.errors", "salus.chain.errors", "salus.chain.sending.errors"]


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
    families = (
        {"SalusError", "InvalidValue", "ConfigurationInvalid"} if name == "salus.errors" else set()
    )
    lower = {"ChainUnreachable"} if name == "salus.chain.sending.errors" else set()
    assert own - families == drawn - lower
