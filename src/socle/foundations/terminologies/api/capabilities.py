"""What the terminology service says of itself, beside its CapabilityStatement. Source: terminologycapabilities.html."""

from typing import Final

from socle.foundations.terminologies.api.operations import EXPAND
from socle.foundations.terminologies.model import Json
from socle.foundations.terminologies.store import Held
from socle.kernel.search.repository import Repository

_MOST: Final = 20_000  # code systems told


async def capabilities(register: Repository) -> Json:
    """The parts of TerminologyCapabilities that depend on what is loaded: code systems with their versions, parameters."""
    snapshot = await Held.at(register).snapshot()
    by_url: dict[str, list[Json]] = {}
    for editions in list(snapshot.catalogue.systems.values())[:_MOST]:
        for edition in editions:
            version: Json = {"isDefault": edition is snapshot.editions(edition.url)[0] and len(editions) == 1}
            if edition.version:
                version["code"] = edition.version
            by_url.setdefault(edition.url, []).append(version)
    return {
        "codeSystem": [{"uri": url, "version": versions} for url, versions in sorted(by_url.items())],
        "expansion": {
            "hierarchical": True,
            "paging": True,
            "incomplete": False,
            "parameter": [{"name": name} for name in EXPAND],
            "textFilter": "Words without case or accents, each the beginning of a word of the code or of one of its names.",
        },
        "codeSearch": "all",
        "validateCode": {"translations": True},
        "translation": {"needsMap": False},
        "closure": {"translation": False},
    }
