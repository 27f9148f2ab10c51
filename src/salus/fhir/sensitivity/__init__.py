"""Sensitivity that codes and words tell: HL7's labels derived from a documented, versioned table.

Example:
    >>> from salus.fhir.sensitivity.standard import standard
    >>> [each.reason for each in standard().of_code("http://hl7.org/fhir/sid/icd-10-cm", "F20.0")]
    ['psychotic disorder']
"""
