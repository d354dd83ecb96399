"""The user's side: what people do and see, as `docs/sandbox.md` describes it.

The page and tests play people through it. It asks Discord's rules for permission and lets the world
change; nothing here is the bot's.
"""

from __future__ import annotations
