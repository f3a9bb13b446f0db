"""The macro-planning as a table, by the date that counts."""

from datetime import date

from markupsafe import Markup

from socle.support.doctrine.forms.leaves.leaf import Leaf, Leaves, joined
from socle.support.doctrine.forms.words import addressees_words, date_words, dates_words, sources_words
from socle.support.doctrine.model import Edition, Milestone


def by_date(edition: Edition) -> list[Milestone]:
    """The milestones by the date that counts; those without a date come last."""
    return sorted(edition.milestones, key=lambda one: one.dates.due.on.first if one.dates.due else date.max)


def when(milestone: Milestone) -> tuple[str, ...]:
    """The dates of a milestone in words, with its end."""
    said = list(dates_words(milestone.dates)) or ["date inconnue"]
    if milestone.ends:
        said.append(f"fin : {date_words(milestone.ends)}")
    return tuple(said)


def slip(milestone: Milestone) -> str:
    """How far a milestone slipped, "" when it did not: "+14 mois"."""
    days = milestone.dates.slip_days
    if not days:
        return ""
    months = round(abs(days) / 30.44)
    sign = "+" if days > 0 else "−"
    return f"{sign}{months} mois" if months else f"{sign}{abs(days)} jours"


def planning(among: Leaves) -> Leaf:
    """The leaf of the macro-planning."""
    rows = [_row(among, one) for one in by_date(among.edition)]
    table = Markup(
        '<div class="scroll" role="group" aria-label="Macro-planning" tabindex="0"><table><thead><tr>'
        '<th scope="col">Jalon</th><th scope="col">Dates</th><th scope="col">Glissement</th><th scope="col">Qui</th>'
        '<th scope="col">Chapitres</th></tr></thead><tbody>{}</tbody></table></div>'
    ).format(joined(rows))
    return Leaf("calendrier", "Macro-planning", "", joined([Markup("<h1>Macro-planning</h1>"), table]))


def _row(among: Leaves, of: Milestone) -> Markup:
    chapters = Markup(", ").join(
        Markup('<a href="{}">{}</a>').format(among.link(name) or "", among.edition.chapter_by_id[name].number)
        for name in of.chapters
        if name in among.edition.chapter_by_id
    )
    told = [text for text in (of.note, f"Sources en désaccord : {of.conflict}" if of.conflict else "") if text]
    told += [f"Source : {source}" for source in sources_words(of.dates)]
    details = Markup("").join(Markup('<span class="detail">{}</span>').format(text) for text in told)
    return Markup(
        '<tr id="jalon-{}"><th scope="row">{}{}</th><td>{}</td><td>{}</td><td>{}</td><td>{}</td></tr>'
    ).format(
        of.id, of.title, details, " ; ".join(when(of)), slip(of), " ; ".join(addressees_words(of.addressees)), chapters
    )
