"""A griffe extension: in the reference a facade's verbs stand as the methods that they are.

What :func:`salus.primitives.verbs.verb` makes is an assignment to who reads the source.

Example:
    $ make docs
"""

from __future__ import annotations

from typing import Any

from griffe import (  # type: ignore[import-not-found]
    Alias,
    Attribute,
    Expr,
    ExprCall,
    Extension,
)


class Verbs(Extension):  # type: ignore[misc]
    """Puts the part's method in the place of each ``name = verb("part", Part.name)``."""

    def on_attribute_instance(self, *, attr: Attribute, **_: Any) -> None:
        """Replace one."""
        call = attr.value
        if isinstance(call, ExprCall) and str(call.function) == "verb":
            method = call.arguments[1]
            target = method.canonical_path if isinstance(method, Expr) else str(method)
            attr.parent.set_member(attr.name, Alias(attr.name, target, parent=attr.parent))
