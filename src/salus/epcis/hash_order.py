"""The canonical property order of the event hash (CBV 2.0, section 8.9).

A mapping's order is the order of its fields; the value holds the fields within. What is not named
here comes last, sorted: business transactions, sources, destinations, ``ilmd`` and extensions. The
standard's table puts some of those elsewhere, but its own printed hashes, and every published
vector, are made this way (docs/adr/0031).

Example:
    >>> list(ORDER)[:3]
    ['eventTime', 'eventTimeZoneOffset', 'certificationInfo']
"""

from __future__ import annotations

from typing import TypeAlias

Order: TypeAlias = "dict[str, Order]"


def _fields(names: str) -> Order:
    return {name: {} for name in names.split()}


_EPCS = _fields("epc")
_QUANTITIES: Order = {"quantityElement": _fields("epcClass quantity uom")}
_SENSOR_METADATA = _fields(
    "time startTime endTime deviceID deviceMetadata rawData dataProcessingMethod bizRules"
)
_SENSOR_REPORT = _fields(
    "type exception deviceID deviceMetadata rawData dataProcessingMethod time microorganism "
    "chemicalSubstance value component stringValue booleanValue hexBinaryValue uriValue "
    "minValue maxValue meanValue sDev percRank percValue uom coordinateReferenceSystem"
)

ORDER: Order = {
    **_fields("eventTime eventTimeZoneOffset certificationInfo parentID"),
    "epcList": _EPCS,
    "inputEPCList": _EPCS,
    "childEPCs": _EPCS,
    "quantityList": _QUANTITIES,
    "childQuantityList": _QUANTITIES,
    "inputQuantityList": _QUANTITIES,
    "outputEPCList": _EPCS,
    "outputQuantityList": _QUANTITIES,
    **_fields("action transformationID bizStep disposition"),
    "persistentDisposition": _fields("set unset"),
    "readPoint": _fields("id"),
    "bizLocation": _fields("id"),
    "sensorElementList": {
        "sensorElement": {"sensorMetadata": _SENSOR_METADATA, "sensorReport": _SENSOR_REPORT}
    },
}

# Their items are written without a name of their own, type before identifier.
PAIR_LISTS = {
    "bizTransactionList": _fields("type bizTransaction"),
    "sourceList": _fields("type source"),
    "destinationList": _fields("type destination"),
}

# What may change without the event being another one (CBV 2.0, section 8.9).
NOT_HASHED = frozenset(
    {
        "recordTime",
        "eventID",
        "errorDeclaration",
        "type",
        "{http://www.w3.org/2000/01/rdf-schema#}comment",
    }
)

TIMES = frozenset({"eventTime", "time", "startTime", "endTime"})
NUMBERS = frozenset("quantity value minValue maxValue meanValue sDev percRank percValue".split())
VERBATIM = frozenset({"eventTimeZoneOffset", "stringValue", "hexBinaryValue", "uom"})
