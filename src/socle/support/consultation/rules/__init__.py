"""The rules of a consultation. Pure: no clock, no storage. Requirement numbers are those of requirements.toml."""
