"""The outside of the desk: which teleservice it calls. The house connects it at start; nothing else here talks to
anyone.
"""

from dataclasses import dataclass
from weakref import WeakKeyDictionary

from socle.foundations.ins.model import TeleserviceINSi, VersionFRCore
from socle.kernel.outcome import Kind, Problem
from socle.kernel.search.repository import Repository


@dataclass(frozen=True, slots=True)
class Connection:
    """What a register of identities works with."""

    teleservice: TeleserviceINSi
    fr_core: VersionFRCore = VersionFRCore.V2_2


# One entry per register of a running house; it goes away with the register.
_connections: WeakKeyDictionary[Repository, Connection] = WeakKeyDictionary()


def connect(repository: Repository, connection: Connection) -> None:
    """Say, once at start, which teleservice the desk of `repository` calls."""
    _connections[repository] = connection


def connection_of(repository: Repository) -> Connection:
    """What `repository` works with. Raises: Problem(UNAVAILABLE) when the house has not connected it yet."""
    found = _connections.get(repository)
    if found is None:
        raise Problem.of(
            Kind.UNAVAILABLE,
            "Le guichet d'identité n'est pas encore relié au téléservice INSi : réessayez dans un instant.",
            "The identity desk is not connected to the INSi teleservice yet: try again in a moment.",
        )
    return found
