"""Records in the client: custodians add, share, revoke, erase; grantees collect and open.

Example:
    >>> from salus.records.client import Records
    >>> [base.__name__ for base in Records.__bases__]
    ['Keeping', 'Exchange']
"""

from __future__ import annotations

from salus.records.exchange import Exchange
from salus.records.keeping import Keeping


class Records(Keeping, Exchange):
    """One participant's records: own ones as a custodian, received ones as a grantee."""
