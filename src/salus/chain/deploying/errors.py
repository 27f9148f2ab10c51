"""Errors of verifying what is deployed.

::

    VerificationError             exit 6
    └── DeploymentUnproven        what stands on the chain is not what the sources say
    InputError                    exit 2
    └── CompilerUnavailable       the compiler of the shipped artifacts is not on this machine

Example:
    >>> DeploymentUnproven(chain_id=1, differing={"AnchorRegistry": ("code",)}).exit_code
    6
"""

from __future__ import annotations

from collections.abc import Mapping

from salus.errors import InputError, VerificationError


class DeploymentUnproven(VerificationError):
    """What stands on the chain is not what the sources say. ``differing``: parts by contract."""

    def __init__(self, *, chain_id: int, differing: Mapping[str, tuple[str, ...]]) -> None:
        self.chain_id, self.differing = chain_id, dict(differing)
        told = "; ".join(f"{name}: {', '.join(parts)}" for name, parts in differing.items())
        super().__init__(
            f"the deployment on chain {chain_id} is not what the sources say ({told} differs): do"
            " not use it; deploy anew, or ask its operator for the version that it is"
        )


class CompilerUnavailable(InputError):
    """The compiler that made the shipped artifacts cannot be run here."""

    def __init__(self, *, version: str, reason: str) -> None:
        self.version, self.reason = version, reason
        number = version.partition("+")[0]
        super().__init__(
            f"solc {version} cannot be run ({reason}): install it (`solc-select install {number}`,"
            " py-solc-x, or a package of your system), or name it with `solc=` or SALUS_SOLC; or"
            " compare with the shipped artifacts only, with `recompile=False`"
        )
