"""Lists, threads, counters, near texts and themes: whatever the number, a page costs a page."""

import tracemalloc
from datetime import timedelta

import pytest
from tests.support.consultation.support import (
    ANNE,
    BRUNO,
    CHLOE,
    EDITOR,
    ID,
    MODERATOR,
    NOW,
    as_,
    events,
    filed,
    refused,
    trace,
)

from socle.kernel.outcome import Problem
from socle.support.consultation import actions
from socle.support.consultation.actions import Forum, Wanted
from socle.support.consultation.model import Anchor, AuthorKind, ContributionKind, ModerationRule, Outcome, Side, State
from socle.support.consultation.store import demonstration

LONG_THREAD = 10_000


async def every_page(forum: Forum, wanted: Wanted, count: int) -> list[int]:
    found: list[int] = []
    after = ""
    while True:
        page = await actions.page(forum, wanted, after=after, count=count)
        found += [one.id for one in page.items]
        if not page.next:
            return found
        after = page.next


@pytest.mark.parametrize("sort", ["recent", "oldest", "supports"])
async def test_pages_follow_each_other_without_gap_nor_repetition(forum: Forum, sort: str) -> None:
    ids = [(await filed(forum, f"Texte {n}", at=NOW + timedelta(minutes=n // 2))).id for n in range(7)]
    for by in (BRUNO, CHLOE):
        await actions.support(forum, ids[3], **as_(by))
    wanted = Wanted(ID, sort=sort)  # type: ignore[arg-type]
    whole = await every_page(forum, wanted, 200)
    assert await every_page(forum, wanted, 2) == whole
    assert sorted(whole) == ids
    assert whole[0] == {"recent": ids[6], "oldest": ids[0], "supports": ids[3]}[sort]


@pytest.mark.parametrize("after", ["x", "~", "2026~1", "2026-11-03T10:00:00+00:00~x", "a" * 300, "2026-11-03~1"])
async def test_a_place_in_the_list_that_cannot_be_read_is_said(forum: Forum, after: str) -> None:
    with pytest.raises(Problem) as caught:
        await actions.page(forum, Wanted(ID), after=after)
    assert caught.value.issues[0].expression == ("after",)


async def test_a_filter_keeps_what_it_says_and_counters_agree(forum: Forum) -> None:
    first = await filed(forum, "Les établissements attendent.", anchor=Anchor("ins", "", "INS-005"))
    await filed(forum, "Une question.", BRUNO, anchor=Anchor("dmp"), kind=ContributionKind.QUESTION)
    await refused(forum, first.id)
    for wanted, n in (
        (Wanted(ID), 2),
        (Wanted(ID, chapter="ins"), 1),
        (Wanted(ID, kind=ContributionKind.QUESTION), 1),
        (Wanted(ID, outcome=Outcome.REFUSED), 1),
        (Wanted(ID, answered=False), 1),
        (Wanted(ID, author_kind=AuthorKind.ORGANISATION), 0),
        (Wanted(ID, states=(State.HIDDEN,)), 0),
    ):
        assert len(await every_page(forum, wanted, 10)) == n == await actions.count_of(forum, wanted)
    assert await every_page(forum, Wanted(ID, text="etablissement, attendent !"), 10) == [first.id]
    assert await actions.count_of(forum, Wanted(ID, text="établissement")) is None


async def test_the_margin_of_a_chapter_shows_how_many_speak_of_each_place(forum: Forum) -> None:
    place = Anchor("ins", "", "INS-005")
    await filed(forum, "Un.", anchor=place)
    kept = await filed(forum, "Deux.", anchor=place)
    await filed(forum, "Trois.", anchor=Anchor("ins"))
    await actions.hide(forum, kept.id, ModerationRule.FLOOD, "Répété.", 1, **as_(MODERATOR))
    assert await actions.counts_by_anchor(forum, ID, "ins") == {place: 1, Anchor("ins"): 1}


async def test_what_is_hidden_keeps_its_place_without_its_text_and_can_be_shown_again(forum: Forum) -> None:
    kept = await filed(forum, "Une injure.")
    hidden = await actions.hide(forum, kept.id, ModerationRule.INSULT, "Vise une personne.", 1, **as_(MODERATOR))
    public = await actions.contribution(forum, kept.id)
    assert (public.state, public.text) == (State.HIDDEN, "")
    assert public.moderation is not None
    assert (public.moderation.rule, public.moderation.words) == (ModerationRule.INSULT, "Vise une personne.")
    await actions.restore(forum, kept.id, hidden.version, **as_(MODERATOR))
    assert (await actions.contribution(forum, kept.id)).text == "Une injure."
    assert (await actions.statistics(forum, ID)).hidden == 0


async def test_a_moderator_reads_what_is_hidden_and_that_is_traced(forum: Forum) -> None:
    kept = await filed(forum, "Une injure.")
    await actions.hide(forum, kept.id, ModerationRule.INSULT, "Vise une personne.", 1, **as_(MODERATOR))
    read = await actions.contribution(forum, kept.id, by=MODERATOR, trace=trace(MODERATOR))
    assert read.text == "Une injure."
    [latest, *_] = await events(forum)
    assert (latest.action, latest.concerns) == ("R", (f"participant/{ANNE.id}",))


async def test_only_a_moderator_hides(forum: Forum) -> None:
    kept = await filed(forum, "Une critique.")
    with pytest.raises(Problem):
        await actions.hide(forum, kept.id, ModerationRule.INSULT, "Non.", 1, **as_(EDITOR))


async def test_a_hidden_argument_is_no_longer_counted(forum: Forum) -> None:
    kept = await filed(forum, "Discutons.")
    argument = await actions.argue(forum, kept.id, Side.FOR, "Une injure.", "k", **as_(BRUNO))
    await actions.hide_argument(forum, argument.id, ModerationRule.INSULT, "Vise.", **as_(MODERATOR))
    assert (await actions.contribution(forum, kept.id)).arguments_for == 0
    [shown] = (await actions.arguments(forum, kept.id)).items
    assert (shown.text, shown.state) == ("", State.HIDDEN)
    await actions.restore_argument(forum, argument.id, **as_(MODERATOR))
    assert (await actions.contribution(forum, kept.id)).arguments_for == 1


async def test_a_thread_of_ten_thousand_is_read_page_by_page_in_constant_memory(forum: Forum) -> None:
    kept = await filed(forum, "Un long débat.")
    await filed(forum, "Bruno existe.", BRUNO)
    numbers = await forum.contributions.numbers(LONG_THREAD)
    rows = [
        (n, kept.id, BRUNO.id, Side.FOR if n % 3 else Side.AGAINST, f"Argument {n} " + "mot " * 40, NOW)
        for n in numbers
    ]
    await forum.database.write("consultation", [demonstration.argue_many(rows)], trace(EDITOR))
    read = await actions.contribution(forum, kept.id)
    assert read.arguments_for + read.arguments_against == LONG_THREAD
    seen, after, peak = 0, "", 0
    tracemalloc.start()
    try:
        while True:
            tracemalloc.reset_peak()
            page = await actions.arguments(forum, kept.id, after=after, count=100)
            peak = max(peak, tracemalloc.get_traced_memory()[1])
            seen += len(page.items)
            if not page.next:
                break
            after = page.next
    finally:
        tracemalloc.stop()
    assert seen == LONG_THREAD
    assert peak < 2_000_000  # bytes: a page, not the thread


async def test_the_export_of_ten_thousand_arguments_holds_in_constant_memory(forum: Forum) -> None:
    kept = await filed(forum, "Un long débat.")
    await filed(forum, "Bruno existe.", BRUNO)
    numbers = await forum.contributions.numbers(LONG_THREAD)
    rows = [(n, kept.id, BRUNO.id, Side.FOR, "mot " * 100, NOW) for n in numbers]
    await forum.database.write("consultation", [demonstration.argue_many(rows)], trace(EDITOR))
    size = 0
    tracemalloc.start()
    try:
        async for chunk in actions.export_json(forum, ID):
            size += len(chunk)
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert size > 5_000_000
    assert peak < 4_000_000


async def test_near_duplicates_are_found_by_the_rare_words_that_they_share(forum: Forum) -> None:
    for n in range(20):
        await filed(forum, f"Remarque générale numéro {n} sur le chapitre et ses exigences.", title=f"Avis {n}")
    first = await filed(forum, "Les apostrophes et les tirets bloquent le rapprochement des traits stricts.")
    near = await filed(forum, "Le rapprochement des traits échoue à cause d'un tiret ou d'une apostrophe.", BRUNO)
    found = await actions.neighbours(forum, first.id)
    assert found[0].id == near.id
    assert "apostrophe" in " ".join(found[0].common)
    assert found[0].score > 0.2
    writing = await actions.neighbours_of_text(forum, ID, "Un tiret ou une apostrophe, et le rapprochement échoue.")
    assert {one.id for one in writing[:2]} == {first.id, near.id}


async def test_themes_gather_what_speaks_of_the_same_thing(forum: Forum) -> None:
    people = (ANNE, BRUNO, CHLOE)
    for n in range(9):
        await filed(forum, f"La messagerie sécurisée du secrétariat déborde, cas {n}.", people[n % 3], title="Boîte")
        await filed(forum, f"L'ordonnance numérique sans réseau, situation {n}.", people[n % 3], title="Hors ligne")
    found = await actions.themes(forum, ID)
    assert len(found) == 2
    assert {len(theme.contributions) for theme in found} == {9}
    words = {word for theme in found for word in theme.words}
    assert words & {"messagerie", "sécurisée", "secrétariat", "déborde", "boîte"}
    assert words & {"ordonnance", "numérique", "réseau", "situation", "ligne"}


async def test_a_text_that_goes_leaves_the_words_and_the_counters(forum: Forum) -> None:
    kept = await filed(forum, "Apostrophe.")
    await filed(forum, "Tiret.")
    await actions.withdraw(forum, kept.id, 1, **as_(ANNE))
    rows = await forum.database.query("SELECT stem, n FROM consultation.word WHERE stem LIKE 'apostroph%'")
    assert [row["n"] for row in rows] == [0]
    said = await actions.statistics(forum, ID)
    assert (said.contributions, said.withdrawn, sum(said.per_day.values())) == (1, 1, 1)
