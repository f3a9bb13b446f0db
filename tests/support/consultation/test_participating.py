"""Contributing, supporting, arguing: once, in time, and nothing that was sent is lost."""

import asyncio
from datetime import timedelta

import pytest
from tests.support.consultation.support import (
    ANNE,
    BRUNO,
    CHLOE,
    CLOSES,
    EDITOR,
    ID,
    LATER,
    MODERATOR,
    NOW,
    OPENS,
    HouseOfTests,
    as_,
    events,
    filed,
    refused,
    said,
)

from socle.kernel.outcome import Kind, Problem
from socle.kernel.policy import ANONYMOUS
from socle.kernel.store.postgres import open_database
from socle.support.consultation import actions
from socle.support.consultation.actions import Forum, Wanted
from socle.support.consultation.model import (
    Anchor,
    Author,
    AuthorKind,
    Returned,
    Rewording,
    Side,
    State,
)
from socle.support.consultation.rules import contributing


async def test_a_contribution_is_kept_as_it_was_said_and_anyone_reads_it(forum: Forum) -> None:
    rewording = Rewording("Le logiciel contrôle.", "Le logiciel contrôle, puis le dit.")
    sent = said("Dire le résultat.", anchor=Anchor("ins", "", "INS-005"), rewording=rewording)
    kept = await actions.contribute(forum, ID, sent, "once", **as_(ANNE))
    read = await actions.contribution(forum, kept.id)
    assert (read.text, read.anchor, read.rewording) == ("Dire le résultat.", sent.anchor, rewording)
    assert (read.author, read.at, read.mine) == (Author(AuthorKind.PERSON, "Anne"), NOW, False)
    assert kept.mine


async def test_script_is_kept_as_the_text_that_it_is(forum: Forum) -> None:
    text = "<script>alert('x')</script> {{ 7*7 }} '; DROP TABLE contribution; --"
    assert (await filed(forum, text)).text == text


async def test_the_same_form_sent_twice_files_one_contribution(forum: Forum) -> None:
    one, two = await asyncio.gather(
        actions.contribute(forum, ID, said(), "double", **as_(ANNE)),
        actions.contribute(forum, ID, said(), "double", **as_(ANNE)),
    )
    assert one == two
    assert (await actions.statistics(forum, ID)).contributions == 1


async def test_the_same_form_sent_to_two_workers_files_one_contribution(forum: Forum, forum_dsn: str) -> None:
    other = await open_database(forum_dsn)
    try:
        workers = (forum, Forum(HouseOfTests(other)))
        sent = [actions.contribute(each, ID, said(), "double", **as_(ANNE)) for each in workers]
        one, two = await asyncio.gather(*sent)
    finally:
        await other.close()
    assert one == two
    assert (await actions.statistics(forum, ID)).contributions == 1


async def test_one_supports_once_even_through_two_workers(forum: Forum, forum_dsn: str) -> None:
    kept = await filed(forum, "Soutenez-moi.")
    other = await open_database(forum_dsn)
    try:
        workers = (forum, Forum(HouseOfTests(other)))
        await asyncio.gather(*(actions.support(each, kept.id, **as_(BRUNO)) for each in workers))
    finally:
        await other.close()
    assert (await actions.contribution(forum, kept.id)).supports.total == 1


async def test_the_same_words_sent_with_another_form_file_one_contribution(forum: Forum) -> None:
    assert (await filed(forum, "Les mêmes mots.")).id == (await filed(forum, "Les mêmes mots.")).id


async def test_two_people_may_say_the_same(forum: Forum) -> None:
    assert (await filed(forum, "Les mêmes mots.", ANNE)).id != (await filed(forum, "Les mêmes mots.", BRUNO)).id


async def test_a_form_already_used_for_another_text_hands_both_back(forum: Forum) -> None:
    await actions.contribute(forum, ID, said("Premier texte."), "used", **as_(ANNE))
    with pytest.raises(Returned) as caught:
        await actions.contribute(forum, ID, said("Second texte."), "used", **as_(ANNE))
    assert (caught.value.kind, caught.value.yours, caught.value.theirs) == (
        Kind.CONFLICT,
        "Second texte.",
        "Premier texte.",
    )


@pytest.mark.parametrize("at", [OPENS - timedelta(seconds=1), CLOSES, LATER])
async def test_out_of_the_window_the_text_is_handed_back(forum: Forum, at: object) -> None:
    with pytest.raises(Returned) as caught:
        await actions.contribute(forum, ID, said("Trop tard."), "late", **as_(ANNE, at))  # type: ignore[arg-type]
    assert caught.value.kind is Kind.RULE_VIOLATED
    assert (caught.value.yours, caught.value.issues[0].rule) == ("Trop tard.", "CONS-001")


async def test_five_megabytes_of_text_are_refused_and_kept_for_the_form(forum: Forum) -> None:
    text = "é" * 2_500_000
    with pytest.raises(Returned) as caught:
        await filed(forum, text)
    assert (caught.value.kind, caught.value.yours) == (Kind.TOO_LARGE, text)
    assert "20" in caught.value.issues[0].text.fr
    assert len(caught.value.issues) == 1


@pytest.mark.parametrize(
    ("anchor", "wrong"),
    [
        (Anchor("poesie"), "chapter"),
        (Anchor("ins", "cible-999"), "block"),
        (Anchor("ins", "", "XXX-001"), "requirement"),
        (Anchor("dmp", "", "INS-005"), "requirement"),
    ],
)
async def test_what_a_contribution_bears_on_must_exist(forum: Forum, anchor: Anchor, wrong: str) -> None:
    with pytest.raises(Returned) as caught:
        await filed(forum, "Sur quoi ?", anchor=anchor)
    assert caught.value.issues[0].expression == (wrong,)


async def test_nobody_contributes_without_saying_who_they_are(forum: Forum) -> None:
    with pytest.raises(Problem) as caught:
        await filed(forum, "Anonyme.", ANONYMOUS)
    assert caught.value.kind is Kind.UNAUTHENTICATED


async def test_a_moderator_does_not_contribute_and_the_refusal_is_traced(forum: Forum) -> None:
    with pytest.raises(Problem) as caught:
        await filed(forum, "Moi aussi.", MODERATOR)
    assert caught.value.kind is Kind.FORBIDDEN
    [latest, *_] = await events(forum)
    assert (latest.trace.who, latest.outcome) == (MODERATOR.id, "4")


async def test_every_write_leaves_its_trace_with_whose_data_it_is(forum: Forum) -> None:
    kept = await filed(forum, "Tracé.")
    [latest, *_] = await events(forum)
    assert (latest.action, latest.entities, latest.concerns) == (
        "C",
        (f"contribution/{kept.id}",),
        (f"participant/{ANNE.id}",),
    )


async def test_one_may_not_flood(forum: Forum, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(contributing, "CONTRIBUTIONS", contributing.Rate(contributing.CONTRIBUTIONS.what, 3))
    for number in range(3):
        await filed(forum, f"Texte {number}")
    with pytest.raises(Returned) as caught:
        await filed(forum, "Encore")
    assert (caught.value.kind, caught.value.yours) == (Kind.THROTTLED, "Encore")
    await filed(forum, "Une heure après", at=NOW + timedelta(hours=1, seconds=1))


async def test_an_amended_contribution_keeps_its_former_text(forum: Forum) -> None:
    first = await filed(forum, "Avant.")
    second = await actions.amend(forum, first.id, said("Après."), first.version, **as_(ANNE))
    assert (second.text, second.version) == ("Après.", 2)
    assert [version.text for version in await actions.versions(forum, first.id)] == ["Avant."]


async def test_two_windows_of_one_author_lose_no_text(forum: Forum) -> None:
    kept = await filed(forum, "Départ.")
    await actions.amend(forum, kept.id, said("Depuis le bureau."), kept.version, **as_(ANNE))
    with pytest.raises(Returned) as caught:
        await actions.amend(forum, kept.id, said("Depuis le train."), kept.version, **as_(ANNE))
    assert (caught.value.yours, caught.value.theirs, caught.value.version) == (
        "Depuis le train.",
        "Depuis le bureau.",
        2,
    )


async def test_only_its_author_amends_and_only_until_the_answer(forum: Forum) -> None:
    kept = await filed(forum, "La mienne.")
    with pytest.raises(Returned):
        await actions.amend(forum, kept.id, said("À moi."), 1, **as_(BRUNO))
    await refused(forum, kept.id)
    with pytest.raises(Returned) as caught:
        await actions.amend(forum, kept.id, said("Trop tard."), 1, **as_(ANNE))
    assert caught.value.yours == "Trop tard."


async def test_a_withdrawn_contribution_shows_its_text_to_its_author_alone(forum: Forum) -> None:
    kept = await filed(forum, "Je retire.")
    await actions.withdraw(forum, kept.id, 1, **as_(ANNE))
    public = await actions.contribution(forum, kept.id)
    assert (public.state, public.text, public.title, public.author.name) == (State.WITHDRAWN, "", "", "")
    assert (await actions.contribution(forum, kept.id, by=ANNE)).text == "Je retire."
    assert (await actions.page(forum, Wanted(ID))).items == ()


async def test_one_supports_once_whatever_the_insistence(forum: Forum) -> None:
    kept = await filed(forum, "Soutenez-moi.")
    await asyncio.gather(*(actions.support(forum, kept.id, **as_(BRUNO)) for _ in range(5)))
    assert (await actions.support(forum, kept.id, **as_(BRUNO))).total == 1
    assert await actions.supports_of(forum, [kept.id], by=BRUNO) == {kept.id}


async def test_nobody_supports_their_own(forum: Forum) -> None:
    kept = await filed(forum, "Moi.")
    with pytest.raises(Problem) as caught:
        await actions.support(forum, kept.id, **as_(ANNE))
    assert caught.value.issues[0].rule == "CONS-023"


async def test_verified_supports_are_counted_apart_and_follow_the_verification(forum: Forum) -> None:
    kept = await filed(forum, "Soutenez-moi.")
    await actions.support(forum, kept.id, **as_(BRUNO))
    await actions.support(forum, kept.id, **as_(CHLOE))
    await actions.verify(forum, BRUNO.id, True, **as_(MODERATOR))
    supports = (await actions.contribution(forum, kept.id)).supports
    assert (supports.verified, supports.unverified) == (1, 1)
    assert (await actions.statistics(forum, ID)).supports == supports
    await actions.verify(forum, BRUNO.id, False, **as_(MODERATOR))
    assert (await actions.contribution(forum, kept.id)).supports.unverified == 2


async def test_a_support_can_be_taken_back(forum: Forum) -> None:
    kept = await filed(forum, "Soutenez-moi.")
    await actions.support(forum, kept.id, **as_(BRUNO))
    assert (await actions.withdraw_support(forum, kept.id, **as_(BRUNO))).total == 0


async def test_another_name_is_verified_anew(forum: Forum) -> None:
    await actions.register(forum, Author(AuthorKind.PERSON, "Anne A."), "anne@test.example", **as_(ANNE))
    await actions.verify(forum, ANNE.id, True, **as_(MODERATOR))
    same = await actions.register(forum, Author(AuthorKind.PERSON, "Anne A."), "", **as_(ANNE))
    other = await actions.register(forum, Author(AuthorKind.ORGANISATION, "A", "L'État"), "", **as_(ANNE))
    assert (same.author.verified, other.author.verified) == (True, False)


@pytest.mark.parametrize(
    "email", ["anne", "anne@", "anne@test", "a b@test.example", "a@test.example\nBcc: x@y.example"]
)
async def test_an_address_must_be_one(forum: Forum, email: str) -> None:
    with pytest.raises(Returned):
        await actions.register(forum, Author(AuthorKind.PERSON, "Anne"), email, **as_(ANNE))


async def test_arguments_are_counted_by_side_and_filed_once(forum: Forum) -> None:
    kept = await filed(forum, "Discutons.")
    await actions.argue(forum, kept.id, Side.FOR, "Oui.", "k1", **as_(BRUNO))
    await actions.argue(forum, kept.id, Side.FOR, "Oui.", "k1", **as_(BRUNO))
    against = await actions.argue(forum, kept.id, Side.AGAINST, "Non.", "k2", **as_(CHLOE))
    read = await actions.contribution(forum, kept.id)
    assert (read.arguments_for, read.arguments_against) == (1, 1)
    await actions.withdraw_argument(forum, against.id, **as_(CHLOE))
    read = await actions.contribution(forum, kept.id)
    assert (read.arguments_for, read.arguments_against) == (1, 0)
    assert [argument.text for argument in (await actions.arguments(forum, kept.id)).items] == ["Oui."]


async def test_contact_details_are_read_by_permission_and_the_reading_is_traced(forum: Forum) -> None:
    await actions.register(forum, Author(AuthorKind.PERSON, "Anne"), "anne@test.example", **as_(ANNE))
    kept = await filed(forum, "Bonjour.")
    with pytest.raises(Problem):
        await actions.author_of(forum, kept.id, **as_(BRUNO))
    found = await actions.author_of(forum, kept.id, **as_(EDITOR))
    assert found.email == "anne@test.example"
    [latest, *_] = await events(forum)
    assert (latest.action, latest.trace.who, latest.concerns) == ("R", EDITOR.id, (f"participant/{ANNE.id}",))


async def test_reading_in_public_leaves_no_trace_of_who(forum: Forum) -> None:
    kept = await filed(forum, "Lisez-moi.")
    before = len(await events(forum))
    await actions.contribution(forum, kept.id)
    await actions.page(forum, Wanted(ID))
    assert len(await events(forum)) == before
