"""What the database (or a bug of ours) answered, as who asked is told."""

import asyncpg

from socle.kernel.outcome import Kind, Problem
from socle.kernel.store.postgres.values import UNFIT


class TooSlow(Exception):
    """`decide` held the writer too long."""


def busy() -> Problem:
    """Others wrote the same at each try."""
    return Problem.of(
        Kind.CONFLICT,
        "D'autres écritures touchent les mêmes données en même temps. Réessayez dans un instant.",
        "Other writes touch the same data at the same time. Try again in a moment.",
    )


def explained(error: Exception) -> BaseException:
    """The Problem for what the database (or a bug of ours) answered; never a value of a row."""
    if isinstance(error, (asyncpg.UniqueViolationError, asyncpg.ExclusionViolationError)):
        name = error.constraint_name or "?"
        return Problem.of(
            Kind.CONFLICT,
            f"Cette donnée existe déjà (règle d'unicité « {name} »).",
            f"This is already there (uniqueness rule “{name}”).",
            rule=name,
        )
    if isinstance(error, asyncpg.IntegrityConstraintViolationError):
        name = error.constraint_name or error.column_name or "?"
        return Problem.of(
            Kind.RULE_VIOLATED,
            f"Une règle de la base refuse cette donnée (« {name} »).",
            f"A rule of the database refuses this (“{name}”).",
            rule=name,
        )
    if isinstance(error, (asyncpg.DataError, asyncpg.InterfaceError, *UNFIT)):
        return Problem.of(
            Kind.INVALID,
            "Une valeur ne peut pas être conservée (caractère nul, nombre ou date hors limites).",
            "A value cannot be kept (null character, number or date out of range).",
        )
    if isinstance(error, TooSlow):
        return Problem.of(
            Kind.TOO_COSTLY,
            "La décision a pris trop de temps ; rien n'a été écrit.",
            "The decision took too long; nothing was written.",
        )
    return error
