"""Records in the client: custodians add, share, revoke, erase; grantees collect and open.

Example:
    >>> from salus.records.client import Records
    >>> [base.__name__ for base in Records.__bases__]
    ['Checking', 'Resending', 'Reading', 'Ending']
"""

from __future__ import annotations

from salus.emergencies.checking import Checking
from salus.records.expiring import Ending
from salus.records.opening import Reading
from salus.records.resending import Resending


class Records(Checking, Resending, Reading, Ending):
    """One participant's records: own ones as a custodian, received ones as a grantee."""
