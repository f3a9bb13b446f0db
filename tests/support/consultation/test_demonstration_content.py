"""The demonstration contributions bear on the 2026 edition as it is written: when a statement changes, so do they."""

from datetime import UTC, datetime
from importlib.resources import files
from typing import Any

import pytest
import yaml

from socle.support.consultation.model import AuthorKind, ContributionKind, Outcome, Side
from socle.support.doctrine.model import Edition
from socle.support.doctrine.rules.reading import load
from socle.support.doctrine.store import shipped

OPENS = datetime(2026, 10, 5, tzinfo=UTC)
CLOSES = datetime(2026, 12, 18, tzinfo=UTC)


@pytest.fixture(scope="module")
def edition() -> Edition:
    return load(shipped.read("2026"))


@pytest.fixture(scope="module")
def contributions() -> list[dict[str, Any]]:
    text = files("socle.support.consultation").joinpath("demonstration.yaml").read_text("utf-8")
    read: list[dict[str, Any]] = yaml.safe_load(text)
    return read


def test_the_file_says_that_it_is_synthetic() -> None:
    text = files("socle.support.consultation").joinpath("demonstration.yaml").read_text("utf-8")
    assert "SYNTHÉTIQUE" in text.splitlines()[0]


def test_every_chapter_receives_one(edition: Edition, contributions: list[dict[str, Any]]) -> None:
    assert {one["chapter"] for one in contributions} == set(edition.chapter_by_id)


def test_what_a_contribution_bears_on_exists(edition: Edition, contributions: list[dict[str, Any]]) -> None:
    for one in contributions:
        chapter = edition.chapter_by_id[one["chapter"]]
        if "requirement" in one:
            assert one["requirement"] in {requirement.id for requirement in chapter.requirements}, one["id"]
        if "block" in one:
            assert one["block"] in {block.anchor for section in chapter.sections for block in section.blocks}, one["id"]


def test_a_rewording_starts_from_the_statement_as_it_is(edition: Edition, contributions: list[dict[str, Any]]) -> None:
    for one in contributions:
        if "proposal" in one:
            assert one["proposal"]["before"] == edition.requirement_by_id[one["requirement"]].statement, one["id"]
            assert one["proposal"]["after"] != one["proposal"]["before"], one["id"]


def test_a_change_starts_from_the_edition_as_it_is(edition: Edition, contributions: list[dict[str, Any]]) -> None:
    texts = shipped.read("2026")
    for change in (one["disposition"]["change"] for one in contributions if "change" in one.get("disposition", {})):
        if change["requirement"]:
            assert change["before"] == edition.requirement_by_id[change["requirement"]].statement
        else:
            assert change["before"] in " ".join(texts[change["path"]].split())


def test_a_contribution_is_accepted_if_and_only_if_it_caused_a_change(contributions: list[dict[str, Any]]) -> None:
    for answer in (one["disposition"] for one in contributions if "disposition" in one):
        assert ("change" in answer) == (Outcome(answer["outcome"]) in {Outcome.ACCEPTED, Outcome.PARTLY})
        assert ("duplicate_of" in answer) == (Outcome(answer["outcome"]) is Outcome.DUPLICATE)


def test_a_duplicate_names_a_contribution_that_came_before(contributions: list[dict[str, Any]]) -> None:
    chapters = {one["id"]: one["chapter"] for one in contributions}
    for one in contributions:
        original = one.get("disposition", {}).get("duplicate_of")
        if original is not None:
            assert original < one["id"]
            assert chapters[original] == one["chapter"]


def test_words_are_those_of_the_model(contributions: list[dict[str, Any]]) -> None:
    for one in contributions:
        ContributionKind(one["kind"])
        AuthorKind(one["author"]["kind"])
        for argument in one["arguments"]:
            Side(argument["side"])


def test_all_is_said_in_order_within_the_window(contributions: list[dict[str, Any]]) -> None:
    received = [datetime.fromisoformat(one["at"]) for one in contributions]
    assert received == sorted(received)
    assert [one["id"] for one in contributions] == list(range(1, len(contributions) + 1))
    for one, at in zip(contributions, received, strict=True):
        after = [argument["at"] for argument in one["arguments"]] + [one.get("disposition", {}).get("at", one["at"])]
        assert OPENS <= at < CLOSES
        assert all(at <= datetime.fromisoformat(said) < CLOSES for said in after), one["id"]


def test_nobody_supports_their_own_and_everybody_is_introduced(contributions: list[dict[str, Any]]) -> None:
    said = [one["author"] for one in contributions] + [a["author"] for one in contributions for a in one["arguments"]]
    known = {author["id"]: author for author in said}
    assert all(known[author["id"]] == author for author in said)
    for one in contributions:
        assert one["author"]["id"] not in one["supports"]
        assert len(set(one["supports"])) == len(one["supports"])
        assert set(one["supports"]) <= set(known)
