"""What Discord refuses in a request, and how it says so.

Each entry point takes a request's JSON body and returns nothing, or raises the `DiscordError` that Discord
answers with. Limits are those of Discord's documentation; each subject has its own module, and `form` holds
what they share. Whether the caller may do it, and whether its object exists, is checked elsewhere.
"""

from __future__ import annotations

from sandbox.discord.validation.commands import check_command, check_commands
from sandbox.discord.validation.files import Existing, Kept, UploadedFile, check_files
from sandbox.discord.validation.interactions import check_interaction_answer
from sandbox.discord.validation.messages import check_message
from sandbox.discord.validation.threads import check_thread, check_thread_edit

__all__ = [
    "Existing",
    "Kept",
    "UploadedFile",
    "check_command",
    "check_commands",
    "check_files",
    "check_interaction_answer",
    "check_message",
    "check_thread",
    "check_thread_edit",
]
