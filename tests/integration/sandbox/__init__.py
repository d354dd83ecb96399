"""The sandbox, each part over one real thing."""

from __future__ import annotations
