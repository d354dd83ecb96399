"""The engine's loops on a real database file."""
