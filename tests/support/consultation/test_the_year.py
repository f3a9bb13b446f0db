"""A year of the doctrine: opened, answered, frozen, published; and what two editors may do to each other."""

import asyncio

import pytest
from tests.support.consultation.support import (
    ANNE,
    BRUNO,
    CLOSES,
    EDITOR,
    ID,
    LATER,
    NOW,
    OTHER_EDITOR,
    as_,
    changed,
    consultation,
    events,
    filed,
    prepared,
    refused,
    step,
    trace,
)

from socle.kernel.outcome import Kind, Problem
from socle.support.consultation import actions
from socle.support.consultation.actions import Answer, Forum, Reason, Wanted
from socle.support.consultation.actions.cycle import next_files
from socle.support.consultation.model import CannedAnswer, Outcome, Returned, Step
from socle.support.consultation.rules.cycle import TRANSITIONS
from socle.support.doctrine import actions as doctrine
from socle.support.doctrine.model import EditionStatus

NEW = "Le logiciel compare les traits rendus, sans tenir compte des accents, et montre celui qui bloque."


async def test_a_consultation_is_prepared_then_opened(empty_forum: Forum) -> None:
    new = await actions.prepare(empty_forum, consultation(), **as_(EDITOR))
    assert (new.step, new.next_edition) == (Step.PREPARATION, "2027")
    assert (await prepared(empty_forum, id="autre")).step is Step.OPEN


async def test_everything_wrong_with_a_consultation_is_told_at_once(empty_forum: Forum) -> None:
    wrong = consultation(id="Pas Bon", edition="1999", opens=CLOSES, closes=NOW)
    with pytest.raises(Problem) as caught:
        await actions.prepare(empty_forum, wrong, **as_(EDITOR))
    assert {issue.expression for issue in caught.value.issues} == {("id",), ("edition",), ("closes",)}


async def test_only_chapters_that_are_open_take_contributions(empty_forum: Forum) -> None:
    await prepared(empty_forum, chapters=("dmp",))
    with pytest.raises(Returned) as caught:
        await filed(empty_forum, "Sur l'INS.")
    assert caught.value.issues[0].expression == ("chapter",)


async def test_it_closes_by_itself_at_the_end_of_its_window(forum: Forum) -> None:
    house = trace(EDITOR, LATER)
    assert not await actions.close_by_clock(forum, {"consultation": ID}, trace(EDITOR, NOW))
    assert await actions.close_by_clock(forum, {"consultation": ID}, house)
    assert (await actions.consultation(forum, ID)).step is Step.TREATMENT
    assert not await actions.close_by_clock(forum, {"consultation": ID}, house)


async def test_the_job_that_closes_it_is_put_at_its_opening(forum: Forum) -> None:
    rows = await forum.database.query("SELECT name, due FROM house.job")
    assert [(row["name"], row["due"]) for row in rows] == [(actions.CLOSE_JOB, CLOSES)]


async def test_nothing_jumps_a_step(forum: Forum) -> None:
    for transition in TRANSITIONS:
        if transition.source is not Step.OPEN:
            with pytest.raises(Problem) as caught:
                await step(forum, transition.name)
            assert caught.value.kind is Kind.RULE_VIOLATED


async def test_what_is_not_answered_prevents_the_freeze(forum: Forum) -> None:
    kept = await filed(forum, "Répondez-moi.")
    await step(forum, "close")
    with pytest.raises(Problem) as caught:
        await step(forum, "freeze")
    assert (caught.value.issues[0].rule, kept.reference in str(caught.value)) == ("CONS-007", True)
    await refused(forum, kept.id)
    assert (await step(forum, "freeze")).step is Step.FROZEN


async def test_an_accepted_contribution_names_its_change(forum: Forum) -> None:
    kept = await filed(forum, "Sans tenir compte des accents.")
    with pytest.raises(Problem) as caught:
        await actions.dispose(forum, kept.id, Answer(Outcome.ACCEPTED, "Oui."), 0, **as_(EDITOR))
    assert caught.value.issues[0].rule == "CONS-008"
    change = await changed(forum, "INS-005", NEW)
    answered = await actions.dispose(forum, kept.id, Answer(Outcome.ACCEPTED, "Oui.", change), 0, **as_(EDITOR))
    assert answered.disposition is not None
    assert answered.disposition.change == change
    [caused] = await actions.changes(forum, ID, contribution=kept.id)
    assert (caused.requirement, caused.after, caused.contributions) == ("INS-005", NEW, (kept.id,))


async def test_an_answer_that_changes_its_mind_no_longer_names_the_change(forum: Forum) -> None:
    kept = await filed(forum, "Sans tenir compte des accents.")
    change = await changed(forum, "INS-005", NEW)
    await actions.dispose(forum, kept.id, Answer(Outcome.ACCEPTED, "Oui.", change), 0, **as_(EDITOR))
    await actions.dispose(forum, kept.id, Answer(Outcome.REFUSED, "Non, finalement."), 1, **as_(EDITOR))
    assert await actions.changes(forum, ID, contribution=kept.id) == ()


@pytest.mark.parametrize("answer", ["", "   "])
async def test_an_answer_says_something(forum: Forum, answer: str) -> None:
    kept = await filed(forum, "Répondez-moi.")
    with pytest.raises(Returned):
        await refused(forum, kept.id, answer=answer)


async def test_duplicates_are_merged_all_or_none(forum: Forum) -> None:
    first, second, third = [await filed(forum, f"Texte {number}", ANNE) for number in range(3)]
    assert await actions.merge(forum, [second.id, third.id], first.id, "Voir C-1.", **as_(EDITOR)) == 2
    assert await actions.duplicates_of(forum, first.id) == (second.id, third.id)
    other, another = await filed(forum, "Autre", BRUNO), await filed(forum, "Une autre encore", BRUNO)
    with pytest.raises(Problem) as caught:  # one of the two cannot: it has duplicates of its own
        await actions.merge(forum, [first.id, another.id], other.id, "Voir.", **as_(EDITOR))
    assert caught.value.issues[0].rule == "CONS-009"
    assert (await actions.contribution(forum, another.id)).disposition is None


async def test_a_duplicate_of_a_duplicate_names_the_original(forum: Forum) -> None:
    one, two, three = [await filed(forum, f"Texte {number}") for number in range(3)]
    await actions.merge(forum, [two.id], one.id, "Voir l'autre.", **as_(EDITOR))
    answer = Answer(Outcome.DUPLICATE, "Voir.", original=two.id)
    with pytest.raises(Problem) as caught:
        await actions.dispose(forum, three.id, answer, 0, **as_(EDITOR))
    assert f"C-{one.id}" in str(caught.value)


async def test_two_editors_answer_at_once_and_no_answer_is_lost(forum: Forum) -> None:
    kept = await filed(forum, "Répondez-moi.")
    outcomes = await asyncio.gather(
        refused(forum, kept.id, EDITOR, "La réponse de Rémi."),
        refused(forum, kept.id, OTHER_EDITOR, "La réponse de Sofia."),
        return_exceptions=True,
    )
    [lost] = [one for one in outcomes if isinstance(one, Returned)]
    stands = (await actions.contribution(forum, kept.id)).disposition
    assert stands is not None
    assert {lost.yours, lost.theirs} == {"La réponse de Rémi.", "La réponse de Sofia."}
    assert (lost.kind, lost.theirs, lost.version) == (Kind.CONFLICT, stands.answer, 1)
    again = await actions.dispose(forum, kept.id, Answer(Outcome.REFUSED, "Les deux."), lost.version, **as_(EDITOR))
    assert again.disposition is not None
    assert again.disposition.answer == "Les deux."


async def test_two_editors_write_in_the_same_file_and_no_text_is_lost(forum: Forum) -> None:
    file = await actions.draft_file(forum, ID, "requirements/ins.yaml", by=EDITOR)
    mine, theirs = file.text + "\n# Rémi\n", file.text + "\n# Sofia\n"
    outcomes = await asyncio.gather(
        actions.edit_file(forum, ID, file.path, mine, 0, Reason("Rémi"), **as_(EDITOR)),
        actions.edit_file(forum, ID, file.path, theirs, 0, Reason("Sofia"), **as_(OTHER_EDITOR)),
        return_exceptions=True,
    )
    [lost] = [one for one in outcomes if isinstance(one, Returned)]
    assert {lost.yours, lost.theirs} == {mine, theirs}
    stands = await actions.draft_file(forum, ID, file.path, by=EDITOR)
    assert (stands.text, stands.version) == (lost.theirs, 1)


async def test_two_editors_keep_a_note_and_no_text_is_lost(forum: Forum) -> None:
    kept = await filed(forum, "Répondez-moi.")
    await actions.keep_note(forum, kept.id, "Première.", 0, **as_(EDITOR))
    with pytest.raises(Returned) as caught:
        await actions.keep_note(forum, kept.id, "Seconde.", 0, **as_(OTHER_EDITOR))
    assert (caught.value.yours, caught.value.theirs, caught.value.version) == ("Seconde.", "Première.", 1)


async def test_a_draft_with_a_fault_is_refused_with_its_file_and_line(forum: Forum) -> None:
    file = await actions.draft_file(forum, ID, "requirements/ins.yaml", by=EDITOR)
    text = file.text.replace("force: must", "force: peut-être", 1)
    with pytest.raises(Problem) as caught:
        await actions.edit_file(forum, ID, file.path, text, 0, Reason("Essai"), **as_(EDITOR))
    assert caught.value.kind is Kind.INVALID
    assert "requirements/ins.yaml:3" in str(caught.value)
    assert (await actions.draft_file(forum, ID, file.path, by=EDITOR)).version == 0


async def test_a_requirement_changes_and_the_rest_of_its_file_does_not(forum: Forum) -> None:
    before = await actions.draft_file(forum, ID, "requirements/ins.yaml", by=EDITOR)
    await changed(forum, "INS-005", NEW)
    after = await actions.draft_file(forum, ID, "requirements/ins.yaml", by=EDITOR)
    gone = [line for line in before.text.splitlines() if line not in after.text.splitlines()]
    assert all("Avant de rattacher" in line or line.startswith("    ") or "statement" in line for line in gone)
    edition = await actions.draft(forum, ID, by=EDITOR)
    assert edition.requirement_by_id["INS-005"].statement == NEW
    assert (edition.id, edition.status) == ("2027", EditionStatus.DRAFT)


async def test_the_draft_is_the_editors_until_it_is_published(forum: Forum) -> None:
    with pytest.raises(Problem) as caught:
        await actions.draft_file(forum, ID, "synthesis.md", by=ANNE)
    assert caught.value.kind is Kind.FORBIDDEN


async def test_a_whole_year_ends_with_an_edition_that_says_what_changed_and_why(forum: Forum) -> None:
    asked = await filed(forum, "Les accents bloquent tout.", BRUNO)
    other = await filed(forum, "Rien à voir.", ANNE)
    change = await changed(forum, "INS-005", NEW, asked.id)
    await actions.dispose(forum, asked.id, Answer(Outcome.ACCEPTED, "Reprise.", change), 0, **as_(EDITOR))
    await refused(forum, other.id)
    published = await step(forum, "close", "freeze", "publish")
    assert published.step is Step.PUBLISHED
    editions = await doctrine.editions(forum.house)
    edition = editions["2027"]
    assert edition.requirement_by_id["INS-005"].statement == NEW
    assert (edition.status, edition.based_on, str(edition.published)) == (EditionStatus.CURRENT, "2026", "2026-11-03")
    assert editions["2026"].status is EditionStatus.PAST
    assert edition.thanks == ("Anne", "Bruno (Fédération de Test)")
    told = edition.synthesis.blocks[-1].markdown
    assert "[INS-005](INS-005)" in told
    assert f"(C-{asked.id})" in told
    [latest, *_] = await events(forum)
    assert "edition/2027" in latest.entities


async def test_a_publication_that_was_cut_in_the_middle_is_finished_by_asking_again(forum: Forum) -> None:
    frozen = await step(forum, "close", "freeze")
    whole = await next_files(forum, frozen, "2026-11-02")  # the day before: the house stopped, then came back
    await doctrine.publish(forum.house, whole, **as_(EDITOR))
    assert (await step(forum, "publish")).step is Step.PUBLISHED


async def test_an_edition_of_that_year_that_is_another_prevents_the_publication(forum: Forum) -> None:
    frozen = await step(forum, "close", "freeze")
    whole = await next_files(forum, frozen, "2026-11-02")
    await doctrine.publish(forum.house, {**whole, "synthesis.md": "Une autre synthèse.\n"}, **as_(EDITOR))
    with pytest.raises(Problem) as caught:
        await step(forum, "publish")
    assert caught.value.kind is Kind.CONFLICT
    assert (await actions.consultation(forum, ID)).step is Step.FROZEN


async def test_what_is_frozen_does_not_move_any_more(forum: Forum) -> None:
    kept = await filed(forum, "Répondez-moi.")
    await refused(forum, kept.id)
    await step(forum, "close", "freeze")
    with pytest.raises(Problem):
        await actions.dispose(forum, kept.id, Answer(Outcome.OUT_OF_SCOPE, "Enfin."), 1, **as_(EDITOR))
    with pytest.raises(Problem):
        await changed(forum, "INS-005", NEW)
    await step(forum, "thaw")
    await changed(forum, "INS-005", NEW)


async def test_the_desk_knows_who_is_in_charge_and_the_public_does_not(forum: Forum) -> None:
    ids = [(await filed(forum, f"Texte {number}")).id for number in range(3)]
    assert await actions.assign(forum, ids[:2], EDITOR.id, EDITOR.name, **as_(EDITOR)) == 2
    mine = Wanted(ID, assignee=EDITOR.id)
    assert [one.assignee for one in (await actions.queue(forum, mine, **as_(EDITOR))).items] == ["Rémi", "Rémi"]
    assert (await actions.contribution(forum, ids[0], by=ANNE)).assignee == ""
    await refused(forum, ids[0])
    progress = await actions.progress(forum, ID, **as_(EDITOR))
    assert (progress.answered, progress.waiting, progress.last_day) == (1, 2, 1)
    assert {(load.editor, load.answered, load.waiting) for load in progress.loads} == {("", 0, 1), ("Rémi", 1, 1)}


async def test_a_canned_answer_is_kept_changed_and_dropped(forum: Forum) -> None:
    new = CannedAnswer(0, "Déjà dit", Outcome.REFUSED, "Le texte le dit déjà.", 0)
    kept = await actions.save_canned(forum, new, **as_(EDITOR))
    assert await actions.canned_answers(forum, **as_(EDITOR)) == (kept,)
    await actions.delete_canned(forum, kept, **as_(EDITOR))
    assert await actions.canned_answers(forum, **as_(EDITOR)) == ()
