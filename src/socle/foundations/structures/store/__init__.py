"""How structures are kept: the facts of the files in tables, and the resources that show them."""
