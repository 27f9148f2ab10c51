"""What each record of an EPCIS 2.0 event may and must hold (EPCIS 2.0, section 7.3 and 7.4).

Example:
    >>> EVENTS["AssociationEvent"].required
    ('parentID', 'action')
"""

from __future__ import annotations

from collections.abc import Mapping

from salus.epcis import vocabulary as cbv
from salus.epcis.field_checks import (
    FieldCheck,
    ObjectRule,
    anything,
    boolean,
    either,
    items,
    moment,
    number,
    text,
    uri,
    word,
)

_anything_text = text(".*", "a string")
_identifiers = items(uri, distinct=True)
_party = word(cbv.PARTY_TYPES, "SDT-")
_disposition = word(cbv.DISPOSITIONS, "Disp-")

_QUANTITIES = items(
    ObjectRule(
        {
            "epcClass": uri,
            "quantity": number,
            "uom": text("[A-Z0-9]{2,3}", "a UN/ECE unit of 2 or 3 characters"),
        },
        required=("epcClass",),
    )
)
_PLACE = ObjectRule({"id": uri}, required=("id",), extensible=True)
_TRANSACTIONS = items(
    ObjectRule(
        {"type": word(cbv.TRANSACTION_TYPES, "BTT-"), "bizTransaction": uri},
        required=("bizTransaction",),
    )
)
_PERSISTENT = ObjectRule({"set": items(_disposition), "unset": items(_disposition)})
_ERROR = ObjectRule(
    {
        "declarationTime": moment,
        "reason": word(cbv.ERROR_REASONS, "ER-"),
        "correctiveEventIDs": items(uri),
    },
    required=("declarationTime",),
    extensible=True,
)
_DEVICE: dict[str, FieldCheck] = {
    "time": moment,
    "deviceID": uri,
    "deviceMetadata": uri,
    "rawData": uri,
    "dataProcessingMethod": uri,
}
_METADATA = ObjectRule(
    {**_DEVICE, "startTime": moment, "endTime": moment, "bizRules": uri}, extensible=True
)
_REPORT = ObjectRule(
    {
        **_DEVICE,
        # GS1 adds types of measurement to its web vocabulary at any time.
        "type": text(
            r"[A-Za-z][A-Za-z0-9_]*|[A-Za-z][A-Za-z0-9+._-]*:\S+", "a type of measurement"
        ),
        "bizRules": uri,
        "exception": word(cbv.SENSOR_ALERTS),
        "microorganism": uri,
        "chemicalSubstance": uri,
        "coordinateReferenceSystem": uri,
        "component": word(cbv.COMPONENTS, "Comp-"),
        "stringValue": _anything_text,
        "booleanValue": boolean,
        "hexBinaryValue": text("[A-Fa-f0-9]+", "hexadecimal"),
        "uriValue": uri,
        "uom": _anything_text,
        **dict.fromkeys(
            ("value", "minValue", "maxValue", "meanValue", "sDev", "percRank", "percValue"), number
        ),
    },
    extensible=True,
)
_SENSORS = items(
    ObjectRule(
        {"sensorMetadata": _METADATA, "sensorReport": items(_REPORT, at_least=1)},
        required=("sensorReport",),
        extensible=True,
    )
)

_COMMON: dict[str, FieldCheck] = {
    "@context": anything,
    "type": _anything_text,
    "eventTime": moment,
    "recordTime": moment,
    "eventTimeZoneOffset": text(r"[+-]((0[0-9]|1[0-3]):[0-5][0-9]|14:00)", "an offset of UTC"),
    "eventID": uri,
    "certificationInfo": either(uri, items(uri)),
    "errorDeclaration": _ERROR,
    "bizStep": word(cbv.BIZ_STEPS, "BizStep-"),
    "disposition": _disposition,
    "persistentDisposition": _PERSISTENT,
    "readPoint": _PLACE,
    "bizLocation": _PLACE,
    "bizTransactionList": _TRANSACTIONS,
    "sourceList": items(ObjectRule({"type": _party, "source": uri}, required=("type", "source"))),
    "destinationList": items(
        ObjectRule({"type": _party, "destination": uri}, required=("type", "destination"))
    ),
    "sensorElementList": _SENSORS,
}
_ACTION: dict[str, FieldCheck] = {"action": text("OBSERVE|ADD|DELETE", "OBSERVE, ADD or DELETE")}
_ILMD: dict[str, FieldCheck] = {"ilmd": ObjectRule(extensible=True)}
_CHILDREN: dict[str, FieldCheck] = {
    "parentID": uri,
    "childEPCs": _identifiers,
    "childQuantityList": _QUANTITIES,
}
_OBJECTS: dict[str, FieldCheck] = {"epcList": _identifiers, "quantityList": _QUANTITIES}
_FLOWS: dict[str, FieldCheck] = {
    "inputEPCList": _identifiers,
    "inputQuantityList": _QUANTITIES,
    "outputEPCList": _identifiers,
    "outputQuantityList": _QUANTITIES,
    "transformationID": uri,
}


def _event(fields: Mapping[str, FieldCheck], *required: str) -> ObjectRule:
    return ObjectRule({**_COMMON, **fields}, required=required, extensible=True)


EXTENDED_EVENT = _event({})
EVENTS: Mapping[str, ObjectRule] = {
    "ObjectEvent": _event({**_OBJECTS, **_ACTION, **_ILMD}, "action"),
    "AggregationEvent": _event({**_CHILDREN, **_ACTION}, "action"),
    "AssociationEvent": _event({**_CHILDREN, **_ACTION}, "parentID", "action"),
    "TransactionEvent": _event(
        {**_OBJECTS, **_ACTION, "parentID": uri}, "bizTransactionList", "action"
    ),
    "TransformationEvent": _event({**_FLOWS, **_ILMD}),
}
