"""What several operations read of a call: resources brought, versions, languages, the value set."""

from typing import Final

from socle.foundations.terminologies.api.arguments import Arguments, missing
from socle.foundations.terminologies.model import Json
from socle.foundations.terminologies.store import Lent, Snapshot
from socle.kernel.outcome import Kind, Problem
from socle.kernel.rest.endpoint import Call
from socle.kernel.terminology.displays import are_languages, languages
from socle.kernel.terminology.planning import unknown_system
from socle.kernel.terminology.versions import VersionRules, joined, newest, rules, split

VERSIONS: Final = ("system-version", "check-system-version", "force-system-version")
# What clients of the HL7 terminology ecosystem add: resources, supplements, versions; and the names of their own caches, of
# which nothing is kept here.
BROUGHT: Final = ("tx-resource", "useSupplement", "cache-id", "x-system-cache-id", "profile-url")
SETS: Final = ("default-valueset-version",)
MOST_CODINGS: Final = 100


def over(snapshot: Snapshot, given: Arguments, *more: Json) -> Snapshot:
    """The snapshot, and over it what the request brings.

    Raises: Problem(NOT_FOUND) for a supplement that is to be used and is not held; as `Lent` for what is brought.
    """
    if more or given.has("tx-resource"):
        snapshot = Lent(snapshot, [*more, *given.structures("tx-resource")])
    for wanted in given.texts("useSupplement"):
        url, version = split(wanted)
        held = snapshot.supplements_at(url)
        if newest(held, version) is None:
            raise unknown_system(url, version, held, "Parameters.parameter.where(name = 'useSupplement')")
    return snapshot


def value_set_of(snapshot: Snapshot, given: Arguments, call: Call) -> str | Json:
    """The value set: by its URL, given whole, or the one of the address."""
    resource = given.resource("valueSet", "ValueSet")
    if resource is not None:
        return resource
    if call.resource_id:
        headline = snapshot.catalogue.by_id.get(("ValueSet", call.resource_id))
        if headline is None:
            raise no_resource(call)
        return joined(headline.url, headline.version)
    url = given.text("url")
    if not url:
        raise missing(
            "url",
            "« url », l'adresse du jeu de valeurs, ou « valueSet »",
            "“url”, the URL of the value set, or “valueSet”",
        )
    bare, version = split(url)
    return joined(bare, given.text("valueSetVersion") or version)


def rules_of(snapshot: Snapshot, given: Arguments) -> VersionRules:
    """Which versions to use. Raises: Problem(INVALID) for one that names no version."""
    default, check, force = (given.texts(name) for name in VERSIONS)
    sets, latest = given.texts("default-valueset-version"), given.flag("default-to-latest-version", False)
    said = default or check or force or sets or latest
    return rules(default, check, force, sets=sets, latest=latest).by_all(snapshot.names) if said else _NO_RULES


_NO_RULES: Final = VersionRules()


def languages_of(given: Arguments, call: Call) -> tuple[str, ...]:
    """In which languages displays are wanted, best first. Raises: Problem(INVALID) for what is no language."""
    said = given.text("displayLanguage")
    if said and not are_languages(said):
        raise Problem.of(
            Kind.INVALID,
            f"« displayLanguage » est une langue (BCP 47), ou plusieurs comme dans Accept-Language (reçu : {said[:100]}).",
            f"“displayLanguage” is a language (BCP 47), or several as in Accept-Language (received: {said[:100]}).",
            expression="Parameters.parameter.where(name = 'displayLanguage')",
            rule="FHIR R4 valueset-operation-validate-code.html",
            code="processing",
            topic="invalid-display",
        )
    return languages(said or call.spoken) if said or call.spoken else ()


def no_context(given: Arguments) -> None:
    """Refuse `context`. Raises: Problem(INVALID)."""
    if given.has("context") or given.has("contextDirection"):
        raise Problem.of(
            Kind.INVALID,
            "« context » n'est pas offert : nommez le jeu de valeurs par « url ».",
            "“context” is not offered: name the value set by “url”.",
            expression="Parameters.parameter.where(name = 'context')",
            rule="SOCLE-TERMINOLOGY-CONTEXT",
            code="not-supported",
        )


def no_resource(call: Call) -> Problem:
    """The resource of the address is not there."""
    return Problem.of(
        Kind.NOT_FOUND,
        f"La ressource {call.resource_type}/{call.resource_id} n'existe pas.",
        f"The resource {call.resource_type}/{call.resource_id} does not exist.",
        rule="FHIR R4 http.html#read",
    )
