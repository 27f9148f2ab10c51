"""Compartments: the kinds of records that one key opens together.

Example:
    >>> from salus.vault.documents.compartments import Compartment
    >>> labs = Compartment(patient="0x" + "AB" * 20, resource_class="Observation.laboratory",
    ...                    period="2026")
    >>> Compartment.from_json(labs.to_json()) == labs
    True
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

from salus.primitives.address import Address, lower_case
from salus.primitives.arguments import typed_arguments
from salus.primitives.errors import InvalidArgument
from salus.primitives.values import typed
from salus_verify.fields import is_text

LONGEST, MOST_LABELS = 128, 64
"""Characters of a code, and codes of sensitivities."""
_ASCENDING = {code: place for place, code in enumerate("ULMNRV")}


@dataclass(frozen=True, slots=True, kw_only=True)
@typed
class Compartment:
    """What consent terms look at, coarse enough that a patient has few of them.

    Attributes:
        patient: The identity that the patient uses with this custodian.
        resource_class: A code of Salus's resource classes, such as ``Observation.laboratory``.
        sensitivities: Codes of HL7's InformationSensitivityPolicy.
        confidentiality: A code of HL7's Confidentiality: U, L, M, N, R or V.
        period: When the record is from, such as ``2026``; empty where it does not say.
    """

    patient: Address
    resource_class: str
    sensitivities: frozenset[str] = frozenset()
    confidentiality: str = "N"
    period: str = ""

    def __post_init__(self) -> None:
        object.__setattr__(self, "sensitivities", frozenset(self.sensitivities))
        needed = (self.resource_class, self.confidentiality, *self.sensitivities)
        if not all(is_text(text, LONGEST) for text in (*needed, self.period or "any")):
            raise InvalidArgument("compartment", f"texts of 1 to {LONGEST} characters of Unicode")
        if len(self.sensitivities) > MOST_LABELS:
            raise InvalidArgument("compartment", f"at most {MOST_LABELS} sensitivities")

    @typed_arguments
    def labelled(self, sensitivities: frozenset[str], confidentiality: str) -> Compartment:
        """Add labels: what was sensitive stays so.

        Args:
            sensitivities: Further ones.
            confidentiality: The least that it has from now on.

        Returns:
            The compartment with both.
        """
        return replace(
            self,
            sensitivities=self.sensitivities | sensitivities,
            confidentiality=stricter(self.confidentiality, confidentiality),
        )

    def to_json(self) -> dict[str, Any]:
        """The compartment as a part of a document.

        Returns:
            Its fields, sensitivities in alphabetical order.
        """
        return {
            "patient": lower_case(self.patient),
            "resourceClass": self.resource_class,
            "sensitivities": sorted(self.sensitivities),
            "confidentiality": self.confidentiality,
            "period": self.period,
        }

    @classmethod
    @typed_arguments
    def from_json(cls, values: dict[str, Any]) -> Compartment:
        """Read a compartment that :meth:`to_json` wrote.

        Args:
            values: Its fields.

        Returns:
            The compartment.
        """
        return cls(
            patient=values["patient"],
            resource_class=values["resourceClass"],
            sensitivities=frozenset(values["sensitivities"]),
            confidentiality=values["confidentiality"],
            period=values["period"],
        )


def stricter(*confidentialities: str) -> str:
    """Choose the highest of some codes of HL7's Confidentiality; an unknown one is above all."""
    return max(confidentialities, key=lambda code: _ASCENDING.get(code, len(_ASCENDING)))
