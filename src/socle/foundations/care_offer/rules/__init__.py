"""What the ROR's rules say, as tables and pure functions."""
