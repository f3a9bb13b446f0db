"""Does a resource conform to R4 and to its profiles? Everything that is wrong, and everything that could not be told.

The structural check comes first (`kernel.fhir.check`), then profiles (or the base type), then what stands anywhere:
extensions, codings, ids; then the rules of Bundles and questionnaires.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from socle.kernel.fhir.check import check
from socle.kernel.fhir.definitions import r4
from socle.kernel.fhir.fhirpath import Environment
from socle.kernel.fhir.knowledge import Codes, Library
from socle.kernel.fhir.packages.versions import answering
from socle.kernel.fhir.validation.bundles import bundle_rules, index
from socle.kernel.fhir.validation.codings import codings, listed
from socle.kernel.fhir.validation.definitions import definition_rules, search_parameters
from socle.kernel.fhir.validation.elements import SHAPES, compile_profile, in_slice
from socle.kernel.fhir.validation.extensions import extensions, unknown_url
from socle.kernel.fhir.validation.findings import (
    MOST,
    R4,
    Finding,
    Findings,
    add,
    arranged,
    climb,
    error,
    quoted,
    warning,
)
from socle.kernel.fhir.validation.mappings import mapped
from socle.kernel.fhir.validation.profiling import profiling_rules
from socle.kernel.fhir.validation.prose import prose
from socle.kernel.fhir.validation.questionnaires import agreeing, answers, conditions
from socle.kernel.fhir.validation.run import BUDGET, DEEPEST, Profile, Profiles, Run
from socle.kernel.fhir.validation.terminologies import terminology_rules
from socle.kernel.fhir.validation.walk import Met, path, walk
from socle.kernel.outcome import Issue, Problem, Text

Json = dict[str, Any]

PROFILES: Final = Profiles(compile_profile)
# What some types of resources ask for beyond their elements and their rules.
_OF_TYPE: Final[Mapping[str, Sequence[Callable[[Json, Run], Findings]]]] = {
    "CapabilityStatement": (search_parameters,),
    "CodeSystem": (terminology_rules,),
    "ConceptMap": (mapped,),
    "Questionnaire": (conditions, agreeing),
    "QuestionnaireResponse": (answers,),
    "SearchParameter": (definition_rules,),
    "StructureDefinition": (definition_rules, profiling_rules),
    "ValueSet": (listed, terminology_rules),
}
_DECLARED: Final = "FHIR R4 profiling.html#resources"
_IDS: Final = "FHIR R4 element.html#id"


@dataclass(frozen=True, slots=True)
class Report:
    """What a validation says.

    issues    errors first, then warnings, then informations; at most 500
    profiles  canonical URLs of the profiles by which the resource was judged (its type's own when it names none)
    unknown   definitions asked for and not held
    """

    issues: tuple[Issue, ...]
    profiles: tuple[str, ...]
    unknown: tuple[str, ...]

    @property
    def valid(self) -> bool:
        """Whether there is no error."""
        return not any(issue.severity in ("error", "fatal") for issue in self.issues)


def validate(
    resource: Any,
    library: Library,
    codes: Codes,
    *,
    profiles: Sequence[str] = (),
    now: datetime | None = None,
    resolve: Callable[[str], Json | None] | None = None,
    compiled: Profiles = PROFILES,
    language: str = "",
) -> Report:
    """What is wrong with a resource, as R4, by the profiles that it claims (meta.profile) and by `profiles`.

    now      clock of now() and today() in rules
    resolve  reference → resource, for those that are neither contained nor in the Bundle; at once, or None
    language in which displays of codes are looked for first

    Never raises for what the resource holds. What `library` or `codes` noted is to be fetched, then ask again.
    """
    faults, spoilt = _structure(resource)
    name = resource.get("resourceType") if type(resource) is dict else None
    if type(name) is not str or not r4().is_resource(name):
        return Report(tuple(faults), (), ())
    run = Run(library, codes, compiled, _enter, now=now, resolve=resolve, in_slice=in_slice, language=language)
    run.spoilt = spoilt
    judged: list[str] = []
    found = _resource(resource, run, resource, tuple(profiles), judged)
    issues = [*faults, *_issues(name, arranged(found or ()), {one.expression for one in faults})]
    ranked = sorted(issues, key=lambda one: ("fatal", "error", "warning", "information").index(one.severity))
    return Report(tuple(_bounded(ranked)), tuple(judged), tuple(run.unknown))


def knowing(
    resource: Json, library: Library, codes: Codes, *, now: datetime | None = None, budget: int = BUDGET
) -> Environment:
    """What expressions on a resource see, memberOf, conformsTo, slice and elementDefinition among them. What `library` or
    `codes` noted is to be fetched, then evaluate again.
    """
    run = Run(library, codes, PROFILES, _enter, now=now, resolve=None, in_slice=in_slice)
    run.left = budget
    return run.enter_at(resource, resource, budget)


def _structure(resource: Any) -> tuple[list[Issue], bool]:
    try:
        check(resource)
    except Problem as problem:
        return list(problem.issues), True
    return [], False


def _enter(resource: Json, run: Run, contained: bool) -> Findings:
    """A resource within another: an entry of a Bundle, a parameter, a contained one."""
    name = resource["resourceType"]
    if not r4().is_resource(name) or run.depth >= DEEPEST:
        return None
    with run.deeper():
        return _resource(resource, run, run.root if contained else resource, (), [])


def _resource(resource: Json, run: Run, root: Json, asked: tuple[str, ...], judged: list[str]) -> Findings:
    """A resource by its profiles, then what stands anywhere in it."""
    name = resource["resourceType"]
    found: Findings = None
    with run.within(resource, root):
        if name == "Bundle":
            held = index(resource)
            run.bundles.append(held)
            found = bundle_rules(resource, held)
        elif type(resource.get("contained")) is list:
            found = _contained(resource)
        applied, told = _applied(resource, name, asked, run)
        found = add(found, told)
        judged += [profile.url for profile in applied]
        for profile in applied:
            found = add(found, profile.check(resource, None, run))
        try:
            met = walk(resource)
        except (AttributeError, TypeError, KeyError):
            met = Met()  # shapes that are wrong: told
        for rule in _OF_TYPE.get(name, ()):
            try:
                found = add(found, rule(resource, run))
            except SHAPES:
                if not run.spoilt:
                    raise  # shapes that are wrong are told, and nothing else is to stumble on them
        found = add(found, extensions(met, run))
        found = add(found, codings(met, run))
        found = add(found, prose(met, resource))
        found = add(found, _repeated_ids(met))
        found = add(found, _unused(resource, met))
        if name == "Bundle":
            run.bundles.pop()
    return found


def _applied(resource: Json, name: str, asked: tuple[str, ...], run: Run) -> tuple[list[Profile], Findings]:
    """The profiles to judge by, the base type when nothing narrower is known; what is wrong with those that are named."""
    applied: dict[str, Profile] = {}
    found: Findings = None
    meta = resource.get("meta")
    claimed = meta.get("profile") if type(meta) is dict else None
    named = [(url, ".meta.profile") for url in (claimed if type(claimed) is list else ()) if type(url) is str]
    named += [(url, "") for url in asked]
    for url, place in named:
        profile = run.profile(url)
        if profile is None:
            found = climb(found, place, [unknown_url(url, run.library.problem(url), asked=not place)])
        elif profile.type != name and not (profile.abstract and r4().is_a(name, profile.type)):
            fr = f"le profil {quoted(url)} est fait pour {profile.type}, pas pour {name} ; retirez-le ou changez de profil"
            en = f"the profile {quoted(url)} is made for {profile.type}, not for {name}; leave it out or change it"
            found = add(found, error("value", _DECLARED, fr, en, path=place))
        else:
            applied[profile.url] = profile
            found = climb(found, place, _of_another_version(url, profile))
    if not any(profile.type == name for profile in applied.values()):
        base = run.profile(R4 + name)
        if base is not None:
            applied[base.url] = base
    narrow = [one for one in applied.values() if one.url != R4 + name]
    return [one for one in applied.values() if one in narrow or len(narrow) == 0], found


def _of_another_version(asked: str, profile: Profile) -> Findings:
    """A version that is not held is answered by another one, which is said."""
    version, held = asked.partition("|")[2], str(profile.structure.get("version", ""))
    match = answering(version, [held]) if version else None
    if match is None or match.how == "exact":
        return None
    shown = quoted(asked, 200)
    fr = f"cette version du profil n'est pas ici ({shown}) : {f'la version {held}' if held else 'celle sans numéro'} a servi ; "
    en = f"this version of the profile is not here ({shown}): {f'version {held}' if held else 'the one without a number'} was "
    fr, en = fr + "installez celle qui est citée", en + "used; install the one that is named"
    return [warning("not-found", _DECLARED, fr, en)]


def _contained(resource: Json) -> Findings:
    """Contained resources each have an id of their own."""
    found: Findings = None
    seen: set[str] = set()
    for rank, one in enumerate(resource["contained"]):
        id_ = one.get("id") if type(one) is dict else None
        place = f".contained[{rank}]"
        if type(id_) is not str:
            fr, en = "une ressource contenue a un id ; ajoutez-le", "a contained resource has an id; add it"
            found = add(found, error("required", "FHIR R4 references.html#contained", fr, en, path=place))
        elif id_ in seen:
            fr = f"deux ressources contenues ont l'id « {quoted(id_)} » ; changez l'un des deux"
            en = f'two contained resources have the id "{quoted(id_)}"; change one of them'
            found = add(found, error("value", "FHIR R4 references.html#contained", fr, en, path=place + ".id"))
        else:
            seen.add(id_)
    return found


def _unused(resource: Json, met: Met) -> Findings:
    """dom-3: what is contained is referred to, or refers to the resource that holds it."""
    found: Findings = None
    contained = resource.get("contained")
    for rank, one in enumerate(contained if type(contained) is list else ()):
        id_ = one.get("id") if type(one) is dict else None
        if type(id_) is str and id_ not in met.fragments and "" not in _fragments_of(one):
            fr = f"rien ne désigne cette ressource contenue (#{id_}) ; faites-y référence ou retirez-la"
            en = f"nothing refers to this contained resource (#{id_}); refer to it or leave it out"
            found = add(found, error("invariant", "dom-3", fr, en, path=f".contained[{rank}]"))
    return found


def _fragments_of(contained: Json) -> set[str]:
    if not r4().is_resource(str(contained.get("resourceType"))):
        return set()
    try:
        return walk(contained).fragments
    except (AttributeError, TypeError, KeyError):
        return set()


def _repeated_ids(met: Met) -> Findings:
    """The ids of elements are unique in a resource."""
    found: Findings = None
    seen: set[str] = set()
    for id_, trail in met.ids:
        if id_ in seen:
            fr = f"l'id « {quoted(id_)} » est déjà celui d'un autre élément de la ressource ; changez l'un des deux"
            en = f'the id "{quoted(id_)}" is already that of another element of the resource; change one of them'
            found = climb(found, path(trail) + ".id", [error("value", _IDS, fr, en)])
        seen.add(id_)
    return found


def _issues(name: str, found: list[Finding], told: set[tuple[str, ...]]) -> list[Issue]:
    """Findings as issues. What could not be judged is put together: one issue, all its places. A place where the structure
    is wrong is not told twice for want of a value.
    """
    out: list[Issue] = []
    together: dict[tuple[str, str, str, str], list[Finding]] = {}
    for one in found:
        if one.subject:
            together.setdefault((one.severity, one.code, one.rule, one.subject), []).append(one)
            continue
        expression = name + one.path
        if one.code in ("required", "code-invalid", "structure") and (expression,) in told:
            continue
        out.append(Issue(_placed(expression, one.text), (expression,), one.rule, one.code, one.severity))
    for group in together.values():
        first = group[0]
        places = tuple(dict.fromkeys(name + one.path for one in group))
        text = _placed(places[0], first.text)
        if len(places) > 1:
            others = len(places) - 1
            text = Text(
                f"{text.fr} Et {others} autre{'s' if others > 1 else ''} endroit{'s' if others > 1 else ''}.",
                f"{text.en} And {others} other place{'s' if others > 1 else ''}.",
            )
        out.append(Issue(text, places[:50], first.rule, first.code, first.severity))
    return out


def _placed(expression: str, text: Text) -> Text:
    return Text(f"{expression} : {text.fr}", f"{expression}: {text.en}")


def _bounded(issues: list[Issue]) -> list[Issue]:
    if len(issues) <= MOST:
        return issues
    left = len(issues) - MOST
    return [
        *issues[:MOST],
        Issue(
            Text(
                f"Et {left} autres remarques, qui ne sont pas listées : corrigez d'abord celles-ci.",
                f"And {left} other remarks, which are not listed: correct these first.",
            ),
            (),
            "SOCLE-VALIDATE-MOST",
            "too-long",
            "information",
        ),
    ]
