"""The sandbox, without touching anything."""

from __future__ import annotations
