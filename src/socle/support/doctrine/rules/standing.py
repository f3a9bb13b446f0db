"""Which edition counts, when several are there."""

from collections.abc import Iterable, Mapping
from dataclasses import replace

from socle.kernel.outcome import Kind, Problem
from socle.support.doctrine.model import Edition, EditionStatus


def standing(editions: Iterable[Edition]) -> Mapping[str, Edition]:
    """Editions by id, the oldest first. One is in force: the latest that says so; those before it are past."""
    ordered = sorted(editions, key=lambda edition: edition.id)
    in_force = [edition.id for edition in ordered if edition.status is EditionStatus.CURRENT][-1:]
    return {
        edition.id: replace(edition, status=EditionStatus.PAST)
        if edition.status is EditionStatus.CURRENT and edition.id not in in_force
        else edition
        for edition in ordered
    }


def current(editions: Mapping[str, Edition]) -> Edition:
    """The edition in force. Raises: Problem(NOT_FOUND) when none is."""
    found = next((edition for edition in editions.values() if edition.status is EditionStatus.CURRENT), None)
    if found is None:
        raise Problem.of(Kind.NOT_FOUND, "Aucune édition n'est en vigueur.", "No edition is in force.")
    return found


def edition_of(editions: Mapping[str, Edition], id: str) -> Edition:
    """The edition of a year. Raises: Problem(NOT_FOUND) that names those there are."""
    found = editions.get(id)
    if found is None:
        there = ", ".join(editions)
        raise Problem.of(
            Kind.NOT_FOUND,
            f"Il n'y a pas d'édition « {id} » ; éditions : {there}.",
            f"There is no edition “{id}”; editions: {there}.",
        )
    return found
