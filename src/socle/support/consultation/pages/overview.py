"""`/concertation`: what is open, until when, what was received and answered, and how it works."""

from dataclasses import dataclass
from urllib.parse import urlencode

from starlette.responses import Response

from socle.kernel.outcome import Kind, Problem
from socle.kernel.pages import Markup, Page, Slice, bars, only, share
from socle.support.consultation.actions import statistics
from socle.support.consultation.actions.forum import Forum
from socle.support.consultation.actions.reading import consultations
from socle.support.consultation.model import Consultation, ModerationRule, Outcome, Statistics, Step
from socle.support.consultation.pages import cycle
from socle.support.consultation.pages.frame import ROOT, TONES, room_of, show
from socle.support.consultation.rules.cycle import TRANSITIONS
from socle.support.doctrine.actions import editions

_MOST = 5  # consultations whose figures are drawn


@dataclass(frozen=True, slots=True)
class Answers:
    """How contributions were answered: the picture, and its table."""

    picture: Markup
    rows: list[tuple[str, int, str]]
    received: int
    answered: int


async def show_overview(page: Page, forum: Forum) -> Response:
    """Every consultation. With `chapter` (and `block`, `requirement`), straight to that place of the one that is open."""
    only(page, "chapter", "block", "requirement")
    found = await consultations(forum)
    if page.query("chapter"):
        return await _to_chapter(page, forum, found)
    open_now = [one for one in found if one.step is Step.OPEN and one.opens <= page.now < one.closes]
    return show(
        page,
        "overview.html",
        None,
        open_now=open_now,
        consultations=found,
        answers={one.id: answers(page, await statistics(forum, one.id)) for one in found[:_MOST]},
        editions=await editions(forum.house),
        cycle=cycle.picture(page.text("public.cycle.picture"), page.language),
        transitions=TRANSITIONS,
        moderation_rules=list(ModerationRule),
    )


def answers(page: Page, figures: Statistics) -> Answers:
    """The contributions of a consultation by answer, as a picture and as a table."""
    counts = [
        (page.text(f"public.outcome.{outcome.value}"), figures.per_outcome.get(outcome, 0), TONES[outcome])
        for outcome in Outcome
    ]
    counts.append((page.text("public.outcome.waiting"), figures.per_outcome.get(None, 0), "support"))
    total = sum(count for _, count, _ in counts)
    slices = [Slice(label, count, tone) for label, count, tone in counts if count]
    return Answers(
        bars(slices, page.text("public.answers"), page.language) if slices else Markup(""),
        [(label, count, share(count, total, page.language)) for label, count, _ in counts],
        total,
        figures.answered,
    )


async def _to_chapter(page: Page, forum: Forum, found: tuple[Consultation, ...]) -> Response:
    """Where the doctrine's « contribuer » leads: the chapter in the consultation that is open, else in the latest."""
    if not found:
        raise Problem.of(
            Kind.NOT_FOUND,
            "Aucune concertation n'a été ouverte dans cette maison. La page /concertation dit comment cela se passe.",
            "No consultation has been opened in this house. The page /concertation says how it goes.",
        )
    ordered = sorted(found, key=lambda one: one.step is not Step.OPEN)
    chapter = page.query("chapter")
    chosen = next((one for one in ordered if one.concerns(chapter)), ordered[0])
    room = await room_of(forum, chosen.id)
    if chapter not in room.edition.chapter_by_id:
        raise Problem.of(
            Kind.NOT_FOUND,
            f"L'édition {room.edition.id} n'a pas de chapitre « {chapter[:60]} » : {room.path} en donne la liste.",
            f"Edition {room.edition.id} has no chapter “{chapter[:60]}”: {room.path} lists them.",
        )
    anchors = {name: page.query(name) for name in ("block", "requirement") if page.query(name)}
    if anchors and room.takes(page, chapter):
        return page.redirect(f"{room.path}/contribuer?{urlencode({'chapter': chapter, **anchors})}")
    return page.redirect(f"{ROOT}/{chosen.id}/{chapter}")
