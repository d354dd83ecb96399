"""The local Discord: its rules, its REST API and its gateway."""
