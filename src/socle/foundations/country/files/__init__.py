"""The synthetic country in the formats that the national registers publish, and identities with known errors."""
