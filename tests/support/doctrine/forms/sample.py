"""A small edition that holds something of everything, and a strategy of arbitrary ones."""

from datetime import date

from hypothesis import strategies as st

from socle.support.doctrine.model import (
    Addressee,
    Band,
    Block,
    Certainty,
    Chapter,
    Dated,
    Dates,
    Diagram,
    DiagramBlock,
    Edition,
    EditionStatus,
    Flow,
    Force,
    FrontDoor,
    Milestone,
    Orientation,
    PartialDate,
    Requirement,
    Section,
    Users,
    Verification,
    Verified,
)


def day(text: str) -> PartialDate:
    """A partial date as written in an edition."""
    return PartialDate(date.fromisoformat((text + "-01-01")[:10]), {4: "year", 7: "month", 10: "day"}[len(text)])


INS = Chapter(
    id="ins",
    number="2.4.5",
    orientation=Orientation.FOUNDATIONS,
    title="Identité nationale de santé (INS)",
    summary="Chaque personne est soignée sous une identité vérifiée & unique.",
    target="Toute donnée de santé est rangée sous l'INS.",
    trajectory="L'INS est obligatoire depuis 2021 ; les logiciels suivent.",
    certainty=Certainty.A,
    sections=(
        Section(
            "contexte",
            "Contexte",
            (
                Block(
                    "contexte-1",
                    "Une erreur d'identité est une **erreur de soins**. Voir [l'annuaire](people) et [INS-002].",
                ),
                Block("contexte-2", "- le matricule\n- cinq *traits* :\n  1. le nom\n  2. les prénoms"),
                Block("contexte-3", "| statut | sens |\n|---|--:|\n| provisoire | `0` |\n| qualifiée | `1` |"),
            ),
        ),
        Section(
            "cible",
            "Cible",
            (Block("cible-1", "### Détail\n\n> L'identité suit la personne.\n\n```\n1 < 2 & $x$ #y\n```"),),
        ),
    ),
    requirements=(
        Requirement(
            id="INS-001",
            chapter="ins",
            addressees=(Addressee.EDITEUR_DPI, Addressee.ETABLISSEMENT),
            force=Force.MUST,
            statement="L'établissement de santé référence chaque donnée par l'INS qualifiée de la personne.",
            certainty=Certainty.B,
            source="Référentiel INS v2.0 (juin 2021)",
            legal="Code de la santé publique, article L.1111-8-1",
            note="Une identité provisoire ne suffit pas.",
            users=(Users.USAGERS,),
            regions=("93", "11"),
            modules=("foundations.ins",),
            dates=Dates(
                Dated(day("2020-01-01"), "Doctrine 2019", Certainty.A),
                (Dated(day("2020-07"), "Presse", Certainty.B), Dated(day("2021"), "", Certainty.C)),
                Dated(day("2021-01-01"), "Arrêté", Certainty.B),
            ),
            verified=Verified(Verification.SCENARIO, "Le scénario lit le statut.", "foundations.ins#INS-012"),
        ),
        Requirement(
            id="INS-002",
            chapter="ins",
            addressees=(Addressee.ETAT,),
            force=Force.SHOULD,
            statement="L'État publie les chiffres de l'INS.\n\nChaque année.",
            certainty=Certainty.C,
            source="Proposition de Socle",
            not_verified="personne ne peut le jouer",
        ),
    ),
    modules=("foundations.ins",),
    guides=("docs/guides/insi.md",),
    sources=("Doctrine 2019, chapitre 4.5", "Référentiel INS"),
)
SPACE = Chapter(
    id="citizen_space",
    number="4.1",
    orientation=Orientation.PLATFORMS,
    title="Mon espace santé",
    summary="L'espace de chacun.",
    target="Chacun a son espace.",
    trajectory="Ouvert en 2022.",
    certainty=Certainty.C,
    sections=(Section("contexte", "Contexte", (Block("contexte-1", "Un seul paragraphe."),)),),
    requirements=(),
    reconstruction=True,
)
PEOPLE = Chapter(
    id="people",
    number="2.4.2",
    orientation=Orientation.FOUNDATIONS,
    title="Annuaire des personnes",
    summary="Le RPPS.",
    target="Un seul répertoire.",
    trajectory="ADELI s'arrête.",
    certainty=Certainty.B,
    sections=(Section("contexte", "Contexte", (Block("contexte-1", "Le RPPS."),)),),
    requirements=(
        Requirement(
            id="PER-001",
            chapter="people",
            addressees=tuple(addressee for addressee in Addressee if addressee.is_publisher),
            force=Force.MUST,
            statement="L'éditeur identifie chaque professionnel par son numéro RPPS.",
            certainty=Certainty.B,
            source="RIE",
            verified=Verified(Verification.DECLARATION, "L'éditeur le déclare."),
            modules=("foundations.directory",),
        ),
    ),
)
DIAGRAM = Diagram(
    bands=(Band("plateformes", "Plateformes"), Band("socle", "Socle")),
    doors=(FrontDoor("usager", "Mon espace santé", "Pour chacun", "plateformes"),),
    blocks=(
        DiagramBlock("mes", "Messagerie", "plateformes", "citizen_space", "usager", (), "Une note."),
        DiagramBlock("ins", "INS", "socle", "ins", modules=("foundations.ins",)),
        DiagramBlock("rpps", "RPPS", "socle", "people"),
    ),
    flows=(Flow("ins", "mes", "identité"), Flow("rpps", "ins", "", both_ways=True)),
)
EDITION = Edition(
    id="2026",
    title="Doctrine technique d'essai, édition 2026",
    status=EditionStatus.CURRENT,
    published=day("2026-06"),
    based_on="2019",
    orientations={
        Orientation.FOUNDATIONS: "Fondations",
        Orientation.SERVICES: "Services socles",
        Orientation.PLATFORMS: "Plateformes",
        Orientation.SUPPORT: "Soutien",
    },
    synthesis=Section(
        "synthese", "Synthèse", (Block("synthese-1", "## L'essentiel"), Block("synthese-2", "Tout [INS](ins)."))
    ),
    chapters=(INS, SPACE, PEOPLE),  # orientations do not follow each other: the order of the text is kept all the same
    milestones=(
        Milestone(
            "ins-obligatoire",
            "INS obligatoire",
            Dates(Dated(day("2020"), "Loi", Certainty.B), (), Dated(day("2021-01-01"), "Arrêté", Certainty.B)),
            ("ins",),
            (Addressee.ETABLISSEMENT,),
            day("2021-12-31"),
            "Le premier jalon.",
            "Deux sources se contredisent.",
        ),
        Milestone("sans-date", "Jalon sans date", Dates(), ("people",)),
    ),
    diagram=DIAGRAM,
    note="Tout est inventé.",
    thanks=("Camille", "Dominique"),
)

WORDS = st.text(st.characters(codec="utf-8", exclude_categories=("Cs", "Cc")), min_size=1, max_size=30)
LINES = WORDS.map(lambda text: " ".join(text.split())).filter(bool)  # a title, a name: on one line
PROSE = st.one_of(LINES, st.just("un\n\ndeux"), st.just("- a\n- b"), st.just('"quotes" & <tags>'))
IDS = st.from_regex(r"[a-z][a-z0-9-]{0,8}", fullmatch=True)
DAYS = st.builds(
    lambda on, length: day(on.isoformat()[:length]),
    st.dates(date(1950, 1, 1), date(2099, 12, 31)),
    st.sampled_from([4, 7, 10]),
)
DATED = st.builds(Dated, DAYS, st.one_of(st.just(""), LINES), st.sampled_from(Certainty))
DATES = st.builds(Dates, st.none() | DATED, st.lists(DATED, max_size=2).map(tuple), st.none() | DATED)


def several(what: st.SearchStrategy[str]) -> st.SearchStrategy[tuple[str, ...]]:
    """A few, each once."""
    return st.lists(what, max_size=3, unique=True).map(tuple)


@st.composite
def requirements(draw: st.DrawFn, chapter: str, number: int) -> Requirement:
    """One requirement, verified or not."""
    verified = draw(st.none() | st.builds(Verified, st.sampled_from(Verification), LINES, st.just("") | LINES))
    return Requirement(
        id=f"{chapter[:3].upper().replace('-', 'X')}-{number:03}",
        chapter=chapter,
        addressees=draw(st.lists(st.sampled_from(Addressee), min_size=1, max_size=4, unique=True).map(tuple)),
        force=draw(st.sampled_from(Force)),
        statement=draw(PROSE),
        certainty=draw(st.sampled_from(Certainty)),
        source=draw(LINES),
        legal=draw(st.just("") | LINES),
        note=draw(st.just("") | PROSE),
        users=draw(st.lists(st.sampled_from(Users), max_size=2, unique=True).map(tuple)),
        regions=draw(several(st.sampled_from(["11", "93", "2A"]))),
        modules=draw(several(st.sampled_from(["foundations.ins", "services.dmp"]))),
        dates=draw(DATES),
        verified=verified,
        not_verified="" if verified else draw(LINES),
    )


@st.composite
def editions(draw: st.DrawFn) -> Edition:
    """An arbitrary edition."""
    chapters = []
    for name in draw(st.lists(IDS, max_size=4, unique=True)):
        sections = tuple(
            Section(
                section,
                draw(LINES),
                tuple(Block(f"{section}-{n}", draw(PROSE)) for n in range(1, draw(st.integers(2, 3)))),
            )
            for section in draw(st.lists(IDS, max_size=2, unique=True))
        )
        chapters.append(
            Chapter(
                id=name,
                number=draw(LINES),
                orientation=draw(st.sampled_from(Orientation)),
                title=draw(LINES),
                summary=draw(PROSE),
                target=draw(PROSE),
                trajectory=draw(PROSE),
                certainty=draw(st.sampled_from(Certainty)),
                sections=sections,
                requirements=tuple(draw(requirements(name, n)) for n in range(draw(st.integers(0, 2)))),
                modules=draw(several(st.sampled_from(["foundations.ins", "services.dmp"]))),
                guides=draw(several(st.just("docs/guides/insi.md"))),
                sources=draw(several(LINES)),
                reconstruction=draw(st.booleans()),
            )
        )
    names = draw(st.lists(IDS, max_size=3, unique=True))
    return Edition(
        id=draw(st.sampled_from(["2019", "2026", "2027"])),
        title=draw(LINES),
        status=draw(st.sampled_from(EditionStatus)),
        published=draw(st.none() | DAYS),
        based_on=draw(st.sampled_from(["", "2019"])),
        orientations={orientation: draw(LINES) for orientation in Orientation},
        synthesis=Section("synthese", draw(LINES), (Block("synthese-1", draw(PROSE)),)),
        chapters=tuple(chapters),
        milestones=tuple(
            Milestone(
                name,
                draw(LINES),
                draw(DATES),
                draw(several(IDS)),
                (),
                draw(st.none() | DAYS),
                draw(st.just("") | PROSE),
                "",
            )
            for name in names
        ),
        diagram=Diagram(
            bands=tuple(Band(name, draw(LINES)) for name in names),
            doors=tuple(FrontDoor(name, draw(LINES), draw(LINES), draw(IDS)) for name in names),
            blocks=tuple(DiagramBlock(name, draw(LINES), draw(IDS), note=draw(st.just("") | PROSE)) for name in names),
            flows=tuple(Flow(name, name, draw(st.just("") | LINES), draw(st.booleans())) for name in names),
        ),
        note=draw(st.just("") | PROSE),
        thanks=draw(several(LINES)),
    )
