"""URIs, compared to the letter; a URL also by the path that it stands below. Source: FHIR R4 search.html#uri."""

from collections.abc import Sequence
from functools import lru_cache
from typing import Any, Final

from socle.kernel.fhir.keys import frequent_key, key
from socle.kernel.search.conditions import Condition, HasToken, either
from socle.kernel.search.escapes import unescape
from socle.kernel.search.parameter import Context, Parameter
from socle.kernel.search.refusal import refuse, unsupported
from socle.kernel.store.contract import Keys

MODIFIERS = frozenset({"above", "below"})
DEEPEST: Final = 12  # segments of a path that `:below` may name


def keys(parameter: Parameter, values: Sequence[tuple[str, Any]], into: Keys, /) -> None:
    """Add the token of each URI; a canonical with its version is found with and without it; of URLs, what they are below.

    `_profile` and `_source`, which every resource may carry, keep no such tokens: see `condition`.
    """
    of, name = parameter.resource_type, parameter.name
    for kind, value in values:
        into.toks.append(frequent_key("u", of, name, value))
        bare = value
        if kind == "canonical" and "|" in value:
            bare = value.partition("|")[0]
            into.toks.append(frequent_key("u", of, name, bare))
        if not name.startswith("_"):
            into.toks += _below(of, name, bare)


@lru_cache(maxsize=4096)
def _below(of: str, name: str, url: str) -> tuple[int, ...]:
    return tuple(key("ub", of, name, above) for above in lineage(url)[-DEEPEST:])


def lineage(url: str) -> list[str]:
    """A URL and the URLs above it, the longest first, each without a final slash; [] for what is no URL (a URN).

    "http://a.fr/b/c" gives "http://a.fr/b/c", "http://a.fr/b", "http://a.fr".
    """
    scheme, found, path = url.partition("://")
    if not found:
        return []
    segments = path.rstrip("/").split("/")
    return [f"{scheme}://{'/'.join(segments[:count])}" for count in range(len(segments), 0, -1)]


def condition(parameter: Parameter, modifier: str, values: Sequence[str], context: Context, /) -> Condition:
    """The URI itself, to the letter; `:below`: a URL at or under the path given; `:above`: the contrary."""
    of, name = parameter.resource_type, parameter.name
    if not modifier:
        return HasToken(tuple(key("u", of, name, unescape(text)) for text in values))
    if name.startswith("_") and modifier == "below":
        raise unsupported(
            f"{name}:below",
            f"« {name}:below » n'est pas offert : « {name} » compare à la lettre ; donnez plusieurs URL, séparées par des "
            "virgules.",
            f"“{name}:below” is not offered: “{name}” compares to the letter; give several URLs, with commas between them.",
        )
    return either([_on_the_path(of, name, modifier, unescape(text)) for text in values])


def _on_the_path(of: str, name: str, modifier: str, url: str) -> Condition:
    paths = lineage(url)
    if not paths or len(paths) > DEEPEST:
        raise refuse(
            f"{name}:{modifier}",
            f"« {name}:{modifier} » demande une URL (avec « :// ») d'au plus {DEEPEST} segments, pas un URN.",
            f"“{name}:{modifier}” takes a URL (with “://”) of at most {DEEPEST} segments, not a URN.",
            rule="FHIR R4 search.html#uri",
        )
    if modifier == "below":
        return HasToken((key("ub", of, name, paths[0]),))
    return HasToken(tuple(key("u", of, name, form) for path in paths for form in (path, path + "/")))
