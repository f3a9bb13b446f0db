"""Places and their beds as the board reads them: rows that go with each version of a Location."""

from socle.foundations.care_offer.store import beds
from socle.kernel.store import Json

Statement = beds.Statement


def kept(location: Json) -> list[Statement]:
    """The statements that keep what the board shows of a location, with the commit of its new version."""
    return beds.kept(location)


def removed(id: str) -> list[Statement]:
    """The statements that forget a location that is deleted."""
    return beds.removed(id)
