"""Notices: to those who asked for them, tried again when the server is away, never lost."""

from collections.abc import Iterator
from email import message_from_bytes
from email.policy import default
from typing import Any

import pytest
from aiosmtpd.controller import Controller
from tests.house.running import free_port
from tests.support.consultation.support import ANNE, BRUNO, EDITOR, NOW, as_, filed, refused, step, trace

from socle.kernel.outbound.mail import Letter, Post, Smtp, Undelivered, post_of
from socle.kernel.outcome import Kind, Problem
from socle.support.consultation import actions
from socle.support.consultation.actions import Forum
from socle.support.consultation.model import Author, AuthorKind, NoticeKind, NoticeState

SENDER = "concertation@house.example"


class Mailbox:
    """What a mail server received; `answer` is what it says to a recipient."""

    def __init__(self) -> None:
        self.letters: list[Any] = []
        self.answer = "250 OK"

    async def handle_RCPT(self, server: Any, session: Any, envelope: Any, address: str, options: Any) -> str:
        if self.answer.startswith("250"):
            envelope.rcpt_tos.append(address)
        return self.answer

    async def handle_DATA(self, server: Any, session: Any, envelope: Any) -> str:
        self.letters.append(message_from_bytes(envelope.content, policy=default))
        return "250 OK"


@pytest.fixture
def mailbox() -> Mailbox:
    return Mailbox()


@pytest.fixture
def post(mailbox: Mailbox) -> Iterator[Post]:
    """A real SMTP server, and the way to it."""
    port = free_port()
    controller = Controller(mailbox, hostname="127.0.0.1", port=port)
    controller.start()
    found = post_of({"SOCLE_SMTP_URL": f"smtp://127.0.0.1:{port}", "SOCLE_SMTP_SENDER": SENDER})
    assert found is not None
    yield found
    controller.stop()


async def known(forum: Forum) -> None:
    await actions.register(forum, Author(AuthorKind.PERSON, "Anne"), "anne@test.example", **as_(ANNE))


async def outbox(forum: Forum) -> list[tuple[NoticeKind, NoticeState, int]]:
    found = await actions.notices(forum, **as_(EDITOR))
    return [(notice.kind, notice.state, notice.attempts) for notice in found.items]


async def test_who_left_an_address_is_told_and_nobody_else(forum: Forum, post: Post, mailbox: Mailbox) -> None:
    await known(forum)
    kept = await filed(forum, "Prévenez-moi.", ANNE)
    await filed(forum, "Pas moi.", BRUNO)
    await refused(forum, kept.id, answer="Le texte le dit.")
    assert await actions.send_notices(forum, post, trace(EDITOR)) == 2
    first, second = mailbox.letters
    assert (first["To"], first["From"]) == ("anne@test.example", SENDER)
    assert f"C-{kept.id}" in second["Subject"]
    assert "Le texte le dit." in second.get_content()
    assert f"http://house.example/concertation/c26/contributions/{kept.id}" in second.get_content()
    assert await outbox(forum) == [
        (NoticeKind.ANSWERED, NoticeState.SENT, 1),
        (NoticeKind.RECEIVED, NoticeState.SENT, 1),
    ]


async def test_a_letter_leaves_once(forum: Forum, post: Post, mailbox: Mailbox) -> None:
    await known(forum)
    await filed(forum, "Prévenez-moi.")
    await actions.send_notices(forum, post, trace(EDITOR))
    assert await actions.send_notices(forum, post, trace(EDITOR)) == 0
    assert len(mailbox.letters) == 1


async def test_without_a_server_letters_stay_in_the_outbox(forum: Forum) -> None:
    await known(forum)
    await filed(forum, "Prévenez-moi.")
    assert await actions.send_notices(forum, None, trace(EDITOR)) == 1
    assert await outbox(forum) == [(NoticeKind.RECEIVED, NoticeState.KEPT, 0)]


async def test_a_server_that_is_away_is_tried_again_then_given_up(forum: Forum, post: Post, mailbox: Mailbox) -> None:
    await known(forum)
    await filed(forum, "Prévenez-moi.")
    mailbox.answer = "451 later"
    for attempt in range(1, 5):
        with pytest.raises(Problem) as caught:
            await actions.send_notices(forum, post, trace(EDITOR))
        assert caught.value.kind is Kind.UNAVAILABLE
        assert await outbox(forum) == [(NoticeKind.RECEIVED, NoticeState.WAITING, attempt)]
    assert await actions.send_notices(forum, post, trace(EDITOR)) == 0
    assert await outbox(forum) == [(NoticeKind.RECEIVED, NoticeState.FAILED, 5)]


async def test_an_address_that_does_not_exist_is_not_tried_again(forum: Forum, post: Post, mailbox: Mailbox) -> None:
    await known(forum)
    await filed(forum, "Prévenez-moi.")
    mailbox.answer = "550 no such user"
    assert await actions.send_notices(forum, post, trace(EDITOR)) == 0
    assert await outbox(forum) == [(NoticeKind.RECEIVED, NoticeState.FAILED, 1)]


async def test_nobody_listening_is_told_as_a_failure_for_the_moment() -> None:
    nowhere = Smtp("smtp", "127.0.0.1", free_port(), SENDER)
    with pytest.raises(Undelivered) as caught:
        await nowhere.send(Letter("anne@test.example", "Bonjour", "…"))
    assert not caught.value.permanent


async def test_a_title_cannot_add_a_header(post: Post, mailbox: Mailbox) -> None:
    await post.send(Letter("anne@test.example", "Bonjour\r\nBcc: autre@test.example", "…"))
    assert mailbox.letters[0]["Bcc"] is None
    assert len(mailbox.letters) == 1


async def test_everyone_who_contributed_is_told_of_the_publication(forum: Forum) -> None:
    await known(forum)
    kept = await filed(forum, "Prévenez-moi.")
    await refused(forum, kept.id)
    await step(forum, "close", "freeze", "publish")
    assert (await outbox(forum))[0][0] is NoticeKind.PUBLISHED


async def test_the_outbox_is_not_for_everyone(forum: Forum) -> None:
    with pytest.raises(Problem) as caught:
        await actions.notices(forum, **as_(ANNE, NOW))
    assert caught.value.kind is Kind.FORBIDDEN


@pytest.mark.parametrize(
    "url",
    [
        "http://mail.example",
        "smtp://",
        "smtp://user:secret@mail.example",
        "smtps://mail.example/inbox",
        "smtp://x:port",
    ],
)
def test_a_configuration_that_cannot_work_is_refused_at_start(url: str) -> None:
    with pytest.raises(Problem) as caught:
        post_of({"SOCLE_SMTP_URL": url, "SOCLE_SMTP_SENDER": SENDER})
    assert "SOCLE_SMTP_URL" in str(caught.value)
    assert "secret" not in str(caught.value)


def test_a_configuration_says_how_to_reach_the_server() -> None:
    found = post_of({"SOCLE_SMTP_URL": "smtps://me%40x.example:p%40ss@mail.example", "SOCLE_SMTP_SENDER": SENDER})
    assert found == Smtp("smtps", "mail.example", 465, SENDER, "me@x.example", "p@ss")


def test_no_configuration_means_no_server() -> None:
    assert post_of({}) is None
