"""The store against real database files."""

from __future__ import annotations
