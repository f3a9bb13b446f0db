"""What one can do with the care offer."""
