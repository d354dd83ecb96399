"""How the sandbox is set up: the options of `python -m sandbox`.

Nothing is parsed or checked here; `sandbox.__main__` does that, and a test makes its own.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path


@dataclass(frozen=True, slots=True, kw_only=True)
class Options:
    """What may differ between sandboxes.

    `data` is the folder in which the world is kept; None keeps it in memory. `seconds` is how long a picture
    takes, unless it is `realistic`; `link_hours` how long an attachment's link lives.
    """

    host: str = "127.0.0.1"
    port: int = 8700
    data: Path | None = None
    seconds: float = 3.0
    realistic: bool = False
    link_hours: float = 24.0

    @property
    def address(self) -> str:
        """Where everything is served, without a slash at the end."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return f"http://{host}:{self.port}"
