"""What holds for all tests: no setting of the machine that runs them reaches the bot."""

from __future__ import annotations

import os

from bot.settings import SECRET_NAMES, Settings

# At import, so that processes which tests start inherit none of them either.
for _name in (*Settings.model_fields, *(f"{_secret}_file" for _secret in SECRET_NAMES)):
    os.environ.pop(_name.upper(), None)
