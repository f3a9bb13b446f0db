"""The rules of the doctrine: what a well-formed edition is, what changed between two, whom a requirement concerns. Pure."""
