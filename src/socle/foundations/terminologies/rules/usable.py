"""What of a published terminology resource can be served, when the whole cannot. Source: FHIR R4 references.html#canonical,
codesystem.html.

What comes by FHIR is refused instead: who writes it can mend it. A package that is published can only be read as it is.
"""

from socle.foundations.terminologies.model import Json
from socle.kernel.outcome import Text
from socle.kernel.terminology.versions import joined, split


def usable(resource: Json) -> tuple[Json, list[Text]]:
    """The resource as it can be served, and what was read otherwise or left out; the same resource when nothing was.

    An address that carries its version (`url|version`) is read as both, whatever `version` says besides.
    A concept without a code is left out; those below it go up to where it was.
    """
    found: list[Text] = []
    url, version = split(resource.get("url") or "")
    if url and version and not set("|#") & set(version) and "#" not in url:
        found.append(
            Text(
                f"L'adresse porte sa version : retenue comme {url}, version {version}.",
                f"The address carries its version: kept as {url}, version {version}.",
            )
        )
        resource = {**resource, "url": url, "version": version}
    if resource["resourceType"] == "CodeSystem" and "concept" in resource:
        without: list[str] = []
        concepts = _coded(resource["concept"], "CodeSystem.concept", without)
        if without:
            some = ", ".join(without[:3]) + ("…" if len(without) > 3 else "")
            found.append(
                Text(
                    f"Concepts sans code, laissés : {len(without)} ({some}).",
                    f"Concepts without a code, left out: {len(without)} ({some}).",
                )
            )
            resource = {**resource, "concept": concepts}
    return resource, found


def named(resource: Json) -> str:
    """How lists name a resource: its canonical, or its id when it has none."""
    return joined(resource.get("url", ""), resource.get("version", "")) or (
        f"{resource.get('resourceType')}/{resource.get('id', '?')}"
    )


def _coded(concepts: list[Json], place: str, without: list[str]) -> list[Json]:
    """The concepts that have a code, at every level; the places of the others are added to `without`."""
    kept: list[Json] = []
    for i, concept in enumerate(concepts):
        here = f"{place}[{i}]"
        below = _coded(concept["concept"], f"{here}.concept", without) if "concept" in concept else []
        if not concept.get("code", "").strip():
            without.append(here)
            kept += below
        else:
            kept.append(
                {**concept, "concept": below} if below else {k: v for k, v in concept.items() if k != "concept"}
            )
    return kept
