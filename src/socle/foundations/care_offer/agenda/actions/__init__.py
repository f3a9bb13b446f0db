"""What one can do with agendas: permit → facts → rule → commit with its trace. Raises `Problem`, nothing else."""
