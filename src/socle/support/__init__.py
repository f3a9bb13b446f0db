"""Support to the actors: the doctrine itself, its consultation, and the grader."""
