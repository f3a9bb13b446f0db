"""An edition is published by the house: checked whole, kept whole, traced, and shown without restart."""

import asyncio
from typing import Any

import pytest
from tests.conftest import OpenDatabase
from tests.support.doctrine.homes import EDITOR, READER, home, trace
from tests.support.doctrine.small import FILES, edited, small

from socle.kernel.module import House
from socle.kernel.outcome import Kind, Problem
from socle.kernel.policy import ANONYMOUS, Actor
from socle.kernel.store import traces
from socle.support.doctrine.actions import current, edition_of, editions, files_of, publish
from socle.support.doctrine.model import EditionStatus
from socle.support.doctrine.rules.writing import write
from socle.support.doctrine.store import shipped

DRAFT = edited("edition.yaml", 'status: current\npublished: "2030-06"\n', "status: draft\n")


@pytest.fixture
async def house(open_house: OpenDatabase) -> House:
    return home(await open_house("doctrine", modules=[("doctrine", "socle.support.doctrine")]))


async def published(house: House, files: Any = FILES, *, by: Actor = EDITOR, replace_draft: bool = False) -> None:
    await publish(house, files, replace_draft=replace_draft, by=by, trace=trace(by))


async def refused(house: House, files: Any = FILES, **how: Any) -> Problem:
    with pytest.raises(Problem) as caught:
        await published(house, files, **how)
    return caught.value


async def events(house: House) -> list[Any]:
    page = await traces.page(house.database, traces.Wanted(schemas=frozenset({"doctrine"})), 20)
    return [written.event for written in page.found]


async def test_the_house_shows_the_editions_shipped(house: House) -> None:
    assert tuple(await editions(house)) == shipped.editions()
    assert current(await editions(house)).id == "2026"


async def test_a_published_edition_is_shown_at_once_and_comes_into_force(house: House) -> None:
    before = await editions(house)
    await published(house)
    there = await editions(house)
    assert there["2030"] == small()
    assert current(there).id == "2030"
    assert there["2026"].status is EditionStatus.PAST
    assert "2030" not in before


async def test_another_worker_sees_it_without_restart(open_house: OpenDatabase) -> None:
    modules = [("doctrine", "socle.support.doctrine")]
    here = home(await open_house("doctrine", modules=modules))
    there = home(await open_house("doctrine", modules=modules))
    assert "2030" not in await editions(there)
    await published(here)
    assert "2030" in await editions(there, fresh=True)


async def test_its_files_are_kept_as_they_were_written(house: House) -> None:
    commented = {**FILES, "milestones.yaml": "# à relire\n" + FILES["milestones.yaml"]}
    await published(house, commented)
    assert await files_of(house, "2030") == commented
    assert await files_of(house, "2026") == shipped.read("2026")


async def test_an_edition_made_by_the_house_from_another_is_accepted(house: House) -> None:
    await published(house, write(small()))
    assert (await editions(house))["2030"] == small()


async def test_a_publication_leaves_its_trace(house: House) -> None:
    await published(house)
    [event] = await events(house)
    assert (event.trace.who, event.entities, event.outcome) == ("editor-1", ("edition/2030/_history/1",), "0")
    assert "doctrine.publish" in event.trace.ground


async def test_an_edition_with_faults_is_refused_with_all_of_them_and_nothing_is_kept(house: House) -> None:
    files = edited("requirements/ins.yaml", "force: should", "force: may")
    files = edited("edition.yaml", "platforms: Plateformes", "platform: Plateformes", files=files)
    problem = await refused(house, files)
    assert problem.kind is Kind.INVALID
    assert [issue.expression for issue in problem.issues] == [
        ("edition.yaml:6",),
        ("edition.yaml:6",),
        ("requirements/ins.yaml:18",),
    ]
    assert "2030" not in await editions(house, fresh=True)


async def test_an_edition_that_names_a_module_that_the_house_has_not_is_refused(house: House) -> None:
    problem = await refused(house, edited("requirements/ins.yaml", "[foundations.ins]", "[foundations.inz]"))
    assert "foundations.inz" in str(problem)


async def test_a_published_edition_no_longer_changes(house: House) -> None:
    await published(house)
    assert (await refused(house)).kind is Kind.CONFLICT
    assert (await refused(house, replace_draft=True)).kind is Kind.CONFLICT


async def test_a_shipped_edition_is_never_replaced(house: House) -> None:
    assert (await refused(house, shipped.read("2026"), replace_draft=True)).kind is Kind.CONFLICT


async def test_a_draft_is_replaced_only_when_that_is_asked(house: House) -> None:
    await published(house, DRAFT)
    assert current(await editions(house)).id == "2026"
    assert (await refused(house, DRAFT)).kind is Kind.CONFLICT
    await published(house, {**DRAFT, "synthesis.md": "Revue."}, replace_draft=True)
    assert (await editions(house))["2030"].synthesis.blocks[0].markdown == "Revue."
    await published(house, FILES, replace_draft=True)
    assert current(await editions(house)).id == "2030"


async def test_two_editors_who_publish_at_once_do_not_both_succeed(house: House) -> None:
    done = await asyncio.gather(published(house), published(house), return_exceptions=True)
    problems = [one for one in done if isinstance(one, Problem)]
    assert [problem.kind for problem in problems] == [Kind.CONFLICT]
    assert (await editions(house))["2030"] == small()


async def test_an_edition_based_on_one_that_is_not_there_is_refused(house: House) -> None:
    problem = await refused(house, edited("edition.yaml", 'based_on: "2026"', 'based_on: "2001"'))
    assert "2001" in str(problem)


@pytest.mark.parametrize(("by", "kind"), [(ANONYMOUS, Kind.UNAUTHENTICATED), (READER, Kind.FORBIDDEN)])
async def test_only_an_editor_of_the_doctrine_publishes_and_a_refusal_is_traced(
    house: House, by: Actor, kind: Kind
) -> None:
    assert (await refused(house, by=by)).kind is kind
    [event] = await events(house)
    assert (event.trace.who, event.outcome) == (by.id, "4")


async def test_an_edition_out_of_proportion_is_refused(house: House) -> None:
    problem = await refused(house, {**FILES, "synthesis.md": "x" * 20_000_001})
    assert problem.kind is Kind.TOO_LARGE


async def test_an_unknown_edition_is_refused_with_the_names_of_those_there_are(house: House) -> None:
    with pytest.raises(Problem, match="2019, 2026"):
        edition_of(await editions(house), "1999")
