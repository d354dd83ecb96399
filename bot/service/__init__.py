"""What a person may ask for, in the bot's own words: no Discord, no HTTP, no SQL.

Every way of asking for pictures (command, button, menu) comes through `Service.check` and `Service.admit`, so
every rule holds for all of them. What is asked for beside pictures has a class of its own in a module here.
"""

from __future__ import annotations

from bot.service.quotas import (
    CONCURRENT_JOBS,
    DAILY_CREDITS,
    Change,
    QuotaDesk,
    Statement,
)
from bot.service.requests import (
    COUNT_LIMIT,
    PROMPT_LENGTH,
    AgainRequest,
    EditRequest,
    ImagineRequest,
    Lineage,
    Officer,
    checked_prompt,
)
from bot.service.service import Service

__all__ = [
    "CONCURRENT_JOBS",
    "COUNT_LIMIT",
    "DAILY_CREDITS",
    "PROMPT_LENGTH",
    "AgainRequest",
    "Change",
    "EditRequest",
    "ImagineRequest",
    "Lineage",
    "Officer",
    "QuotaDesk",
    "Service",
    "Statement",
    "checked_prompt",
]
