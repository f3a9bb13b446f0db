"""Words, in French: in the narrative, in every string, in what goes with codes. Source: FHIR R4 search.html#text."""

import asyncio
from typing import Any

import asyncpg
import pytest
from tests.kernel.search.conftest import REGISTER, SECRET, START, Finder

from socle.kernel.fhir.definitions import r4
from socle.kernel.outcome import Kind, Problem
from socle.kernel.search import feed, fulltext
from socle.kernel.search.parameter import Context
from socle.kernel.search.parameters import Parameters
from socle.kernel.search.parse import Parser

DIV = '<div xmlns="http://www.w3.org/1999/xhtml"><p>Œdème des <b>chevilles</b>, dyspn&#233;es nocturnes</p></div>'


def note(id: str, said: str, told: str = "", **more: Any) -> dict[str, Any]:
    narrative = {"text": {"status": "generated", "div": told}} if told else {}
    return {
        "resourceType": "Observation",
        "id": id,
        "status": "final",
        "code": {"coding": [{"system": "http://loinc.org", "code": "85354-9", "display": "Pression artérielle"}]},
        "note": [{"text": said}],
        **narrative,
        **more,
    }


@pytest.fixture
async def notes(finder: Finder) -> Finder:
    await finder.put(
        note("heart", "Le patient décrit des douleurs thoraciques à l'effort.", DIV),
        note("skin", "Éruption cutanée, pas de douleur.", code={"text": "Peau"}),
    )
    return finder


async def test_content_is_every_string_by_its_french_stem(notes: Finder) -> None:
    assert await notes.ids("Observation", "_content=douleur") == ["heart", "skin"]
    assert await notes.ids("Observation", "_content=DOULEURS thoracique") == ["heart"]
    assert await notes.ids("Observation", "_content=eruptions") == ["skin"]
    assert await notes.ids("Observation", "_content=oedème") == []
    assert await notes.ids(None, "_content=pressions arterielles") == ["heart"]


async def test_text_is_the_narrative_alone(notes: Finder) -> None:
    assert await notes.ids("Observation", "_text=oedèmes cheville dyspnee") == ["heart"]
    assert await notes.ids("Observation", "_text=douleur") == []


async def test_the_words_of_codes(notes: Finder) -> None:
    assert await notes.ids("Observation", "code:text=pression art") == ["heart"]
    assert await notes.ids("Observation", "code:text=Artérielle") == ["heart"]
    assert await notes.ids("Observation", "code:text=peau,pression") == ["heart", "skin"]
    assert await notes.ids("Observation", "code:text=rielle") == []
    assert await notes.ids("Observation", "combo-code:text=peau") == ["skin"]


async def test_it_follows_changes_and_deletions(notes: Finder) -> None:
    assert await notes.ids("Observation", "_content=thoracique") == ["heart"]
    await notes.put(note("heart", "Rien à signaler."))
    assert await notes.ids("Observation", "_content=thoracique") == []
    assert await notes.ids("Observation", "_content=signaler") == ["heart"]
    await notes.delete("Observation/heart")
    assert await notes.ids("Observation", "_content=signaler") == []


async def test_beside_a_rare_token_and_within_a_chain(notes: Finder) -> None:
    assert await notes.ids("Observation", "_id=skin&_content=douleur") == ["skin"]
    await notes.put({"resourceType": "Patient", "id": "p", "address": [{"city": "Orléans"}]})
    await notes.put(note("of", "Suivi.", subject={"reference": "Patient/p"}))
    assert await notes.ids("Observation", "subject:Patient._content=orleans") == ["of"]


async def test_what_is_being_committed_is_waited_for(notes: Finder) -> None:
    """A writer that has drawn its numbers before others commit theirs is not passed over."""
    await notes.ids("Observation", "_content=x")
    slow = await asyncpg.connect(notes.database.dsn)
    writing = slow.transaction()
    await writing.start()
    await slow.execute("LOCK TABLE sandbox.history IN ROW EXCLUSIVE MODE")
    await notes.put(note("later", "Vertiges."))
    searching = asyncio.ensure_future(feed.settled(notes.repository))
    await asyncio.sleep(0.05)
    assert not searching.done()
    await writing.commit()
    await slow.close()
    assert await searching > 0


async def test_too_far_behind_it_says_so_and_the_background_catches_up(
    notes: Finder, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(fulltext, "BATCH", 1)
    monkeypatch.setattr(fulltext, "MOST", 1)
    with pytest.raises(Problem) as caught:
        await notes.ids("Observation", "_content=douleur")
    assert (caught.value.kind, caught.value.issues[0].code) == (Kind.UNAVAILABLE, "transient")
    await fulltext.keep_up(notes.repository)
    assert await notes.ids("Observation", "_content=douleur") == ["heart", "skin"]


async def test_texts_too_long_to_be_taken_together_are_taken_apart(
    notes: Finder, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Two hundred long reports in one statement outlast the time of a search: the index would fail on them for ever."""
    told: list[int] = []
    query = notes.repository.store.query

    async def counted(sql: str, *arguments: Any) -> list[Any]:
        if "ix_text AS t" in sql:
            told.append(sum(map(len, [*arguments[2], *arguments[3], *arguments[4]])))
        return await query(sql, *arguments)

    monkeypatch.setattr(notes.repository.store, "query", counted)
    monkeypatch.setattr(fulltext, "AT_ONCE", 3_000)
    await notes.put(*(note(f"long{n}", f"récit{n} " + "suite " * 200) for n in range(6)))
    assert await notes.ids("Observation", "_content=recit5") == ["long5"]
    assert max(told) <= 3_000
    assert len(told) > 1


async def test_more_words_of_codes_than_postgresql_holds_do_not_stop_the_index(notes: Finder) -> None:
    items = [
        {
            "linkId": str(n),
            "type": "display",
            "code": [{"display": " ".join(f"mot{n * 14 + m}quelconque" for m in range(14))}],
        }
        for n in range(1_500)
    ]
    text = " ".join(f"語{n}" for n in range(60_000))
    await notes.put(
        {"resourceType": "Questionnaire", "id": "large", "status": "draft", "description": text, "item": items}
    )
    assert await notes.ids("Questionnaire", "code:text=mot0quelconque") == ["large"]
    assert await notes.ids("Questionnaire", "_content=語7") == ["large"]
    assert await notes.ids("Observation", "_content=douleur") == ["heart", "skin"]


async def test_while_a_write_lasts_a_search_by_text_does_not_pass_for_whole(
    notes: Finder, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def never(repository: Any) -> int:
        return -1

    monkeypatch.setattr(fulltext, "settled", never)
    with pytest.raises(Problem) as caught:
        await notes.ids("Observation", "_content=douleur")
    assert (caught.value.kind, caught.value.issues[0].code) == (Kind.UNAVAILABLE, "transient")


def test_a_register_that_does_not_offer_it_says_so() -> None:
    parser = Parser(Parameters(REGISTER, r4()), REGISTER.types)
    for name in ("_text", "_content", "code:text"):
        with pytest.raises(Problem) as caught:
            parser.parse([(name, "x")], "Observation", Context(START))
        assert caught.value.issues[0].code == "not-supported"


async def test_words_are_needed(finder: Finder) -> None:
    for name in ("_content", "code:text"):
        with pytest.raises(Problem):
            await finder.repository.search([(name, "--")], "Observation", now=START, secret=SECRET)
