"""What the client refuses about identities; contracts' refusals: `contracts.identities.errors`.

::

    InputError                            exit 2
    └── MalformedDocument
        ├── MalformedGuardians            what is to open a guardians commitment does not
        └── MalformedApproval             what should be a guardian's approval is not

Example:
    >>> print(MalformedGuardians("'salt' is missing"))
    malformed opening of guardians: 'salt' is missing; ask its author for an intact one
"""

from __future__ import annotations

from salus_verify.errors import MalformedDocument


class MalformedGuardians(MalformedDocument):
    """A file that should open guardians is not what its format demands."""

    kind = "opening of guardians"


class MalformedApproval(MalformedDocument):
    """A file that should be a guardian's approval is not what its format demands."""

    kind = "recovery approval"
