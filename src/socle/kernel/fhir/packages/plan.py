"""What an installation will do, decided before anything is written: order, what is missing, what is only near."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from socle.kernel.fhir.packages.manifest import Manifest
from socle.kernel.fhir.packages.versions import answering
from socle.kernel.outcome import Kind, Problem

CORE: Final = "hl7.fhir.r4.core"
BUILT_IN: Final = "4.0.1"  # the house knows the core of R4 by itself (kernel.fhir.definitions): never missing
RULE: Final = "SOCLE-PACKAGE-DEPENDENCY"


@dataclass(frozen=True, slots=True)
class Wanted:
    """A dependency that is not answered as it was asked. `answer` is the version taken instead, "" when there is none."""

    by: str
    name: str
    asked: str
    answer: str = ""


@dataclass(frozen=True, slots=True)
class Plan:
    """Packages to install, dependencies first; dependencies that nothing answers; those that another version answers."""

    order: tuple[Manifest, ...]
    missing: tuple[Wanted, ...]
    near: tuple[Wanted, ...]

    def or_raise(self) -> "Plan":
        """Itself when nothing is missing. Raises: Problem(RULE_VIOLATED) that names every missing dependency."""
        if not self.missing:
            return self
        asked = sorted({f"{one.name} {one.asked}" for one in self.missing})
        by = sorted({one.by for one in self.missing})
        raise Problem.of(
            Kind.RULE_VIOLATED,
            f"Dépendances absentes : {', '.join(asked)} (demandées par {', '.join(by)}). Rien n'a été installé. Placez ces "
            "paquets à côté des fichiers donnés, ou installez sans eux avec --allow-missing : ce qui en dépend ne pourra "
            "pas être vérifié, et sera signalé.",
            f"Missing dependencies: {', '.join(asked)} (asked by {', '.join(by)}). Nothing was installed. Put these packages "
            "beside the files given, or install without them with --allow-missing: what depends on them cannot be checked, "
            "and will be reported.",
            rule=RULE,
        )


def plan(wanted: Sequence[Manifest], at_hand: Iterable[Manifest], installed: Iterable[tuple[str, str]]) -> Plan:
    """How to install `wanted` with what they depend on.

    at_hand    packages that may be installed too, if something depends on them
    installed  (name, version) of what the house holds already
    Cycles are no fault: hl7.terminology and hl7.fhir.uv.extensions depend on each other.
    """
    offered: dict[str, dict[str, Manifest]] = {}
    for manifest in (*at_hand, *wanted):
        offered.setdefault(manifest.name, {})[manifest.version] = manifest
    held: dict[str, set[str]] = {CORE: {BUILT_IN}}
    for name, version in installed:
        held.setdefault(name, set()).add(version)
    order: dict[str, Manifest] = {}
    missing: list[Wanted] = []
    near: list[Wanted] = []
    entered: set[str] = set()
    # By hand rather than by recursion: a chain of dependencies is as long as its author likes.
    stack: list[tuple[Manifest, bool]] = [(manifest, False) for manifest in reversed(wanted)]
    while stack:
        manifest, ready = stack.pop()
        if ready:
            order.setdefault(manifest.id, manifest)
            continue
        if manifest.id in entered:
            continue
        entered.add(manifest.id)
        stack.append((manifest, True))
        for name, asked in sorted(manifest.dependencies.items(), reverse=True):
            candidates = offered.get(name, {})
            match = answering(asked, {*candidates, *held.get(name, ())})
            if match is None:
                missing.append(Wanted(manifest.id, name, asked))
                continue
            if match.how == "near":
                near.append(Wanted(manifest.id, name, asked, match.version))
            if match.version in candidates and match.version not in held.get(name, ()):
                stack.append((candidates[match.version], False))
    return Plan(tuple(order.values()), tuple(sorted(missing, key=_place)), tuple(sorted(near, key=_place)))


def closure(
    name: str, version: str, dependencies: Mapping[tuple[str, str], Mapping[str, str]]
) -> tuple[tuple[str, str], ...]:
    """The packages in which a definition of (name, version) looks for others: itself, then what it depends on, nearest
    first, each in the version that answers it.

    dependencies  {(name, version): {name: version asked}} of every package held
    """
    versions: dict[str, list[str]] = {}
    for held_name, held_version in dependencies:
        versions.setdefault(held_name, []).append(held_version)
    found = {(name, version): None}
    level = [(name, version)]
    while level:
        following = []
        for one in level:
            for asked_name, asked in sorted(dependencies.get(one, {}).items()):
                match = answering(asked, versions.get(asked_name, ()))
                if match is not None and (asked_name, match.version) not in found:
                    found[asked_name, match.version] = None
                    following.append((asked_name, match.version))
        level = following
    return tuple(found)


def _place(wanted: Wanted) -> tuple[str, str, str]:
    return wanted.by, wanted.name, wanted.asked
