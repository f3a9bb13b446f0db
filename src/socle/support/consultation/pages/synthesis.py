"""`/concertation/<id>/synthese`: the consultation in figures, what it speaks of, what it changed."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Final

from starlette.responses import Response

from socle.kernel.outcome import Language
from socle.kernel.pages import Markup, Page, Slice, bars, day, only, share
from socle.support.consultation.actions import reading, statistics
from socle.support.consultation.model import AuthorKind, ContributionKind
from socle.support.consultation.pages.frame import Room, show
from socle.support.consultation.pages.overview import answers
from socle.support.consultation.pages.speaking import themes_of
from socle.support.consultation.store.contributions import Wanted

MOST_CHANGES: Final = 30  # on the page; all of them are in the data
_WIDE: Final = 1000
_HIGH: Final = 100


@dataclass(frozen=True, slots=True)
class Chart:
    """A picture and the table behind it: (label, value, share)."""

    title: str
    picture: Markup
    rows: Sequence[tuple[str, int, str]]


async def show_synthesis(page: Page, room: Room) -> Response:
    """The whole page; figures come from counters, themes from a memory of a minute."""
    only(page)
    id = room.consultation.id
    figures = await statistics(room.forum, id)
    chapters = [
        (room.edition.chapter_by_id[name].title if name in room.edition.chapter_by_id else name or "—", n)
        for name, n in figures.per_chapter.items()
    ]
    if "" in figures.per_chapter:
        chapters = [(page.text("public.whole") if label == "—" else label, n) for label, n in chapters]
    changes = await reading.changes(room.forum, id)
    supported = await reading.page(room.forum, Wanted(id, sort="supports"), count=10, by=page.actor)
    return show(
        page,
        "synthesis.html",
        room,
        "synthesis",
        figures=figures,
        answers=answers(page, figures),
        by_chapter=_chart(page, page.text("public.synthesis.by_chapter"), chapters, "support"),
        by_kind=_chart(
            page,
            page.text("public.synthesis.by_kind"),
            [(page.text(f"public.kind.{one.value}"), figures.per_kind.get(one, 0)) for one in ContributionKind],
            "foundations",
        ),
        by_author=_chart(
            page,
            page.text("public.synthesis.by_author"),
            [(page.text(f"public.author.{one.value}"), figures.per_author.get(one, 0)) for one in AuthorKind],
            "foundations",
        ),
        over_time=over_time(figures.per_day, page.text("public.synthesis.over_time"), page.language),
        days=[(day(date.fromisoformat(one), page.language), n) for one, n in figures.per_day.items()],
        themes=await themes_of(room.forum, id, page.now),
        supported=[one for one in supported.items if one.supports.total],
        changes=changes[:MOST_CHANGES],
        all_changes=len(changes),
    )


def _chart(page: Page, title: str, counted: Sequence[tuple[str, int]], tone: str) -> Chart:
    total = sum(n for _, n in counted)
    slices = [Slice(_short(label), n, tone) for label, n in counted if n]
    return Chart(
        title,
        bars(slices, title, page.language) if slices else Markup(""),
        [(label, n, share(n, total, page.language)) for label, n in counted],
    )


def _short(label: str, most: int = 56) -> str:
    return label if len(label) <= most else label[: most - 1].rstrip() + "…"


def over_time(per_day: Mapping[str, int], title: str, language: Language) -> Markup:
    """Contributions received, a column a day (a week or a month when there are many); three of them are named."""
    if not per_day:
        return Markup("")
    first, last = date.fromisoformat(min(per_day)), date.fromisoformat(max(per_day))
    days = (last - first).days + 1
    step = 1 if days <= 100 else 7 if days <= 700 else 30
    columns = [0] * (-(-days // step))
    for one, n in per_day.items():
        columns[(date.fromisoformat(one) - first).days // step] += n
    most = max(columns)
    width = _WIDE / len(columns)
    drawn = Markup("").join(
        Markup('<rect x="{x:.1f}" y="{y:.1f}" width="{w:.1f}" height="{h:.1f}"/>').format(
            x=rank * width + width * 0.1, y=_HIGH - _HIGH * n / most, w=width * 0.8, h=_HIGH * n / most
        )
        for rank, n in enumerate(columns)
        if n
    )
    peak = day(first + timedelta(days=columns.index(most) * step), language)
    ends = (day(first, language), f"{peak} : {most}", day(last, language))
    return Markup(
        '<svg class="days tone-support" viewBox="0 0 {wide} {high}" preserveAspectRatio="none" role="img" '
        'aria-label="{title}. {said}"><path class="ground" d="M0 {high}H{wide}"/>{drawn}</svg>'
        '<p class="ends"><span>{first}</span> <span>{peak}</span> <span>{last}</span></p>'
    ).format(
        wide=_WIDE,
        high=_HIGH,
        title=title,
        said=", ".join(ends),
        drawn=drawn,
        first=ends[0],
        peak=_peak(language, ends[1]),
        last=ends[2],
    )


def _peak(language: Language, said: str) -> str:
    return f"au plus : {said}" if language == "fr" else f"at most: {said}"
