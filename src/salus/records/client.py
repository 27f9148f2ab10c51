"""Records in the client: custodians add, share, revoke, erase; grantees collect and open.

Example:
    >>> from salus.records.client import Records
    >>> [base.__name__ for base in Records.__bases__]
    ['EmergencyKeeping', 'Exchange', 'Reading', 'Ending']
"""

from __future__ import annotations

from salus.records.emergency import EmergencyKeeping
from salus.records.ending import Ending
from salus.records.exchange import Exchange
from salus.records.reading import Reading


class Records(EmergencyKeeping, Exchange, Reading, Ending):
    """One participant's records: own ones as a custodian, received ones as a grantee."""
