"""The chain's module raises the recursion limit when it is imported: before hypothesis notes it."""

from __future__ import annotations

import eth  # noqa: F401
