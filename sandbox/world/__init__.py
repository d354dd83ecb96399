"""Everything that exists in the sandbox and what can happen to it; it knows no sockets and no HTTP."""
