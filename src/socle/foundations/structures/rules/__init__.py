"""What the texts say of structures. Pure."""
