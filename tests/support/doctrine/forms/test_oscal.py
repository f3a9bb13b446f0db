"""OSCAL: what independent tools accept, and nothing lost on the way."""

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from tests.support.doctrine.forms.sample import EDITION, editions
from trestle.cli import Trestle
from trestle.core.catalog.catalog_interface import CatalogInterface
from trestle.oscal.catalog import Catalog
from trestle.oscal.component import ComponentDefinition
from trestle.oscal.profile import Profile

from socle.kernel.outcome import Problem
from socle.support.doctrine.forms.oscal import from_catalog, to_catalog, to_component_definition, to_profile
from socle.support.doctrine.model import Addressee, Edition

CASES: list[tuple[type[Any], dict[str, Any]]] = [
    (Catalog, to_catalog(EDITION)),
    (Profile, to_profile(EDITION)),
    (Profile, to_profile(EDITION, Addressee.EDITEUR_DPI)),
    (Profile, to_profile(EDITION, Addressee.HEBERGEUR)),  # has nothing to do: an empty selection
    (ComponentDefinition, to_component_definition(EDITION)),
]


@given(editions())
@settings(max_examples=60, deadline=None)
def test_nothing_is_lost_between_an_edition_and_its_catalog(edition: Edition) -> None:
    assert from_catalog(json.loads(json.dumps(to_catalog(edition)))) == edition


def test_the_sample_edition_comes_back_whole() -> None:
    assert from_catalog(to_catalog(EDITION)) == EDITION


def test_trestle_imports_and_validates_every_document(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    space = tmp_path / "space"
    space.mkdir()
    monkeypatch.chdir(space)

    def trestle(*arguments: str) -> int:
        monkeypatch.setattr("sys.argv", ["trestle", *arguments])
        return int(Trestle().run())

    assert trestle("init", "--local") == 0
    for rank, (_, document) in enumerate(CASES):
        path = tmp_path / f"{rank}.json"
        path.write_text(json.dumps(document, ensure_ascii=False), encoding="utf-8")
        assert trestle("import", "-f", str(path), "-o", f"document-{rank}") == 0
    assert trestle("validate", "--all") == 0
    assert len(list(space.glob("*/document-*/*.json"))) == len(CASES)


@pytest.mark.parametrize(("model", "document"), CASES)
def test_what_trestle_writes_again_says_the_same(model: type[Any], document: dict[str, Any], tmp_path: Path) -> None:
    (tmp_path / "document.json").write_text(json.dumps(document, ensure_ascii=False), encoding="utf-8")
    model.oscal_read(tmp_path / "document.json").oscal_write(tmp_path / "again.json")
    again = json.loads((tmp_path / "again.json").read_text(encoding="utf-8"))
    assert again == document


@given(editions())
@settings(max_examples=15, deadline=None)
def test_trestle_accepts_the_catalog_of_any_edition(edition: Edition) -> None:
    content = to_catalog(edition)["catalog"]
    assert Catalog(**content).uuid == content["uuid"]
    assert ComponentDefinition(**to_component_definition(edition)["component-definition"]).metadata.version is not None


def test_trestle_finds_each_requirement_in_its_chapter() -> None:
    interface = CatalogInterface(Catalog(**to_catalog(EDITION)["catalog"]))
    assert sorted(control.id for control in interface.get_all_controls_from_dict()) == ["INS-001", "INS-002", "PER-001"]
    assert interface.get_group_info_by_control("INS-001")[0] == "ins"


def test_a_profile_takes_the_requirements_of_its_addressee() -> None:
    chosen = to_profile(EDITION, Addressee.EDITEUR_DPI)["profile"]["imports"]
    assert chosen == [{"href": "catalog.json", "include-controls": [{"with-ids": ["INS-001", "PER-001"]}]}]


def test_the_profile_of_someone_who_must_do_nothing_takes_nothing() -> None:
    chosen = to_profile(EDITION, Addressee.HEBERGEUR)["profile"]["imports"]
    assert chosen[0]["exclude-controls"] == [{"matching": [{"pattern": "*"}]}]


def test_a_module_is_a_component_that_says_how_each_requirement_is_verified() -> None:
    components = to_component_definition(EDITION, {"foundations.ins": "Identité"})["component-definition"]["components"]
    assert [component["title"] for component in components] == ["foundations.directory", "Identité"]
    (implemented,) = components[1]["control-implementations"][0]["implemented-requirements"]
    assert implemented["control-id"] == "INS-001"
    assert implemented["description"] == "Le scénario lit le statut."


def test_the_same_edition_gives_the_same_document_and_another_another() -> None:
    assert to_catalog(EDITION) == to_catalog(replace(EDITION))
    other = replace(EDITION, note="Autre chose.")
    assert to_catalog(other)["catalog"]["uuid"] != to_catalog(EDITION)["catalog"]["uuid"]


@pytest.mark.parametrize(
    "document", [{}, {"catalog": {}}, {"catalog": {"metadata": {}, "groups": [{}]}}, {"catalog": []}]
)
def test_a_catalog_that_is_not_ours_is_refused_in_words(document: dict[str, Any]) -> None:
    with pytest.raises(Problem, match="OSCAL"):
        from_catalog(document)
