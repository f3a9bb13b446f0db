"""How the care offer is kept and found."""
