"""Extensions: are they known, is what they hold right? Source: FHIR R4 extensibility.html."""

from typing import Any, Final

from socle.kernel.fhir.validation.contexts import placed
from socle.kernel.fhir.validation.findings import Finding, Findings, add, climb, error, quoted, warning
from socle.kernel.fhir.validation.run import DEEPEST, Profile, Run
from socle.kernel.fhir.validation.slicing import extension_url
from socle.kernel.fhir.validation.tree import Node
from socle.kernel.fhir.validation.walk import Met, Trail, path
from socle.kernel.outcome import Problem
from socle.kernel.outcome.problem import Severity

Json = dict[str, Any]
_RULE: Final = "FHIR R4 extensibility.html"


def extensions(met: Met, run: Run) -> Findings:
    """What is wrong with the extensions of one resource."""
    found: Findings = None
    for extension, trail, modifier in met.extensions:
        below = _extension(extension, trail, modifier, run)
        if below is not None:
            found = climb(found, path(trail), below)
    return found


def _extension(extension: Json, trail: Trail, modifier: bool, run: Run) -> Findings:
    url = extension.get("url")
    if type(url) is not str or not url:
        return None  # told by the structural check
    within = _holder(trail)
    if within is not None and ":" not in url:
        return _plain(extension, run)  # a part of a complex extension: its definition is its holder's
    if ":" not in url:
        fr = f"l'url d'une extension est absolue ; « {quoted(url)} » n'a de sens que dans une extension complexe"
        en = f'the url of an extension is absolute; "{quoted(url)}" only makes sense within a complex extension'
        return add(_plain(extension, run), error("extension", _RULE, fr, en, path=".url"))
    definition = run.profile(url)
    if definition is None:
        return add(_plain(extension, run), _not_known(url, modifier))
    if definition.type != "Extension":
        fr = f"{quoted(url)} n'est pas la définition d'une extension mais de {definition.type} ; corrigez url"
        en = f"{quoted(url)} is not the definition of an extension but of {definition.type}; correct url"
        return [error("extension", _RULE, fr, en)]
    found: Findings = None
    if run.depth < DEEPEST:
        with run.deeper():
            found = definition.check(extension, None, run)
    found = add(found, _strangers(definition.root, extension, url))
    found = add(found, _modifier(definition, url, modifier))
    return add(found, placed(definition, extension, trail, run))


def _holder(trail: Trail) -> Json | None:
    """The trail's owner when it is an extension itself."""
    owner = trail[0]
    return {} if owner is not None and owner[3] == "Extension" else None


def _plain(extension: Json, run: Run) -> Findings:
    """An extension by the base definition alone: the types of what it holds have their own rules."""
    base = run.type("Extension")
    return base.check(extension, None, run) if base is not None and run.depth < DEEPEST else None


def _not_known(url: str, modifier: bool) -> Finding:
    if modifier:
        return warning(
            "extension",
            _RULE,
            f"l'extension {quoted(url)} change le sens de l'élément et n'est pas connue ici ; retirez-la, ou installez le "
            "paquet qui la définit (socle fhir install)",
            f"the extension {quoted(url)} changes the meaning of the element and is not known here; leave it out, or install "
            "the package that defines it (socle fhir install)",
        )
    return Finding(
        "information",
        "extension",
        _RULE,
        f"l'extension {quoted(url)} n'est pas connue ici : son contenu n'a pas été vérifié ; installez le paquet qui la "
        "définit (socle fhir install)",
        f"the extension {quoted(url)} is not known here: its content was not checked; install the package that defines it "
        "(socle fhir install)",
        subject=url,
    )


def _strangers(node: Node, extension: Json, url: str) -> Findings:
    """The parts of a complex extension that its definition does not name."""
    held = node.child("extension")
    parts = {} if held is None else {extension_url(one): one for one in held.slices}
    if not parts or None in parts:
        return None
    found: Findings = None
    inside = extension.get("extension")
    for rank, one in enumerate(inside if type(inside) is list else ()):
        name = one.get("url") if type(one) is dict else None
        if type(name) is not str or ":" in name or not name:
            continue  # an extension of its own, or told by the structural check
        if name in parts:
            below = _strangers(parts[name], one, url)
        else:
            listed = ", ".join(str(part) for part in parts)
            fr = f"« {quoted(name)} » n'est pas une partie de l'extension {quoted(url)} ; parties : {listed}"
            en = f'"{quoted(name)}" is no part of the extension {quoted(url)}; parts: {listed}'
            below = [error("extension", _RULE, fr, en, path=".url")]
        found = climb(found, f".extension[{rank}]", below)
    return found


def _modifier(definition: Profile, url: str, modifier: bool) -> Finding | None:
    stated = bool(definition.root.definition.get("isModifier"))
    if stated and not modifier:
        fr = f"l'extension {quoted(url)} change le sens de l'élément : écrivez-la dans modifierExtension"
        en = f"the extension {quoted(url)} changes the meaning of the element: write it in modifierExtension"
        return error("extension", _RULE, fr, en)
    if modifier and not stated:
        fr = f"l'extension {quoted(url)} ne change pas le sens de l'élément : écrivez-la dans extension"
        en = f"the extension {quoted(url)} does not change the meaning of the element: write it in extension"
        return error("extension", _RULE, fr, en)
    return None


def unknown_url(url: str, problem: Problem | None, *, asked: bool) -> Finding:
    """What is said of a profile that nothing here defines, or whose definition cannot be used: a warning when the resource
    claims it, an error when who asks wants it judged by it. Source: FHIR R4 resource-operation-validate.html (profile).
    """
    severity: Severity = "error" if asked else "warning"
    if problem is not None:
        why = problem.issues[0].text
        return Finding(
            severity,
            "processing",
            "FHIR R4 profiling.html",
            f"le profil {quoted(url, 200)} est ici, mais ne peut pas servir : la conformité n'a pas été vérifiée. {why.fr}",
            f"the profile {quoted(url, 200)} is here, but cannot be used: conformance was not checked. {why.en}",
            subject=url,
        )
    return Finding(
        severity,
        "not-found",
        "FHIR R4 profiling.html",
        f"le profil {quoted(url, 200)} n'est pas connu ici : la conformité n'a pas été vérifiée ; installez le paquet qui le "
        "définit (socle fhir install)",
        f"the profile {quoted(url, 200)} is not known here: conformance was not checked; install the package that defines it "
        "(socle fhir install)",
        subject=url,
    )
