"""The world of the sandbox, without a wire."""
