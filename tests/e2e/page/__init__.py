"""The sandbox's page in a real browser; the sandbox runs, the bot does not."""
