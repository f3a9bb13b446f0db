"""The modules of Socle as components, and the requirements that each implements."""

from collections.abc import Mapping

from socle.support.doctrine.forms.oscal.catalog import METHODS
from socle.support.doctrine.forms.oscal.pieces import Json, full, identifier, metadata, one_line, prop, props, sealed
from socle.support.doctrine.model import Edition, Requirement


def to_component_definition(
    edition: Edition, titles: Mapping[str, str] | None = None, *, source: str = "catalog.json"
) -> Json:
    """The component definition of an edition: {"component-definition": {…}}.

    titles  what modules are called, by name; a module without one is called by its name
    source  where the catalog stands, relative to the component definition
    """
    implemented: dict[str, list[Requirement]] = {
        module: [] for chapter in edition.chapters for module in chapter.modules
    }
    for requirement in edition.requirements:
        for module in requirement.modules:
            implemented.setdefault(module, []).append(requirement)
    content = full(
        metadata=metadata(edition, f"Socle et la {_lowered(edition.title)}"),
        components=[
            _component(edition, module, (titles or {}).get(module, module), implemented[module], source)
            for module in sorted(implemented)
        ],
    )
    return sealed("component-definition", edition, content)


def _component(edition: Edition, module: str, title: str, requirements: list[Requirement], source: str) -> Json:
    chapters = [chapter for chapter in edition.chapters if module in chapter.modules]
    told = ", ".join(f"{chapter.number} {chapter.title}" for chapter in chapters)
    return full(
        uuid=identifier("component", module),
        type="software",
        title=one_line(title),
        description=f"Module {module} de Socle." + (f" Chapitres : {told}." if told else ""),
        props=[prop("module", module), *props("chapter", (chapter.id for chapter in chapters))],
        control_implementations=[
            full(
                uuid=identifier("implementation", edition.id, module),
                source=source,
                description=f"Exigences de l'édition {edition.id} auxquelles le module {module} répond.",
                implemented_requirements=[_implemented(edition, module, requirement) for requirement in requirements],
            )
        ]
        if requirements
        else [],
    )


def _implemented(edition: Edition, module: str, requirement: Requirement) -> Json:
    verified = requirement.verified
    return full(
        uuid=identifier("implemented", edition.id, module, requirement.id),
        control_id=requirement.id,
        description=verified.how if verified else f"Non vérifié : {requirement.not_verified}",
        props=[
            prop("verified", METHODS[verified.by].lower() if verified else "no"),
            *([prop("reference", verified.reference)] if verified and verified.reference else []),
        ],
    )


def _lowered(title: str) -> str:
    return title[:1].lower() + title[1:]
