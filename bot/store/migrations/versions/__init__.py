"""The steps, oldest first; each says in its head what it revises, when and why."""

from __future__ import annotations
