"""The world as a whole: everything there is and everything that can happen.

One class in layers, one file per subject: state, messages, channels, guilds, commands, interactions. Each
change is one method that is done when it returns and has told every subscriber; nothing in between can be
seen.
"""

from __future__ import annotations

from sandbox.world.interactions import Interactions


class World(Interactions):
    """Everything; see `State` for looking and the other layers for doing."""

    def set_bot_online(self, *, online: bool, reads_content: bool = False) -> None:
        """Note that the bot's last session came or went."""
        if online:
            self.bot_reads_content = reads_content
        if self.bot_online != online:
            self.bot_online = online
            self.emit("BOT_STATUS", {"online": online})

    def sweep(self) -> None:
        """Let everything happen that happens by time alone."""
        self.age_interactions()
        self.archive_idle_threads()
        self.forget_nonces()
