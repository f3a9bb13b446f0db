"""Core services: they exchange and share health data, and meet only in the record."""
