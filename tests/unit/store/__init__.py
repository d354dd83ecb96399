"""What of the store is arithmetic and touches no disk."""
