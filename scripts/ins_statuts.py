"""Write docs/guides/ins-statuts.md from the table of transitions: `python scripts/ins_statuts.py`; a test tells when stale."""

from pathlib import Path

from socle.foundations.ins.model import Attribut, StatutIdentite
from socle.foundations.ins.rules import TRANSITIONS, Evenement, mermaid

PAGE = Path(__file__).parent.parent / "docs" / "guides" / "ins-statuts.md"


def page() -> str:
    """The page, whole."""
    heads = " | ".join(StatutIdentite)
    rows = [
        f"| {event.value} | " + " | ".join(TRANSITIONS.get((event, s), "refusé") for s in StatutIdentite) + " |"
        for event in Evenement
    ]
    return "\n".join(
        [
            "# Les statuts d'une identité",
            "",
            "<!-- Written by scripts/ins_statuts.py from foundations/ins/rules/statut.py: do not edit. -->",
            "",
            "Quatre statuts exclusifs (RNIV EXI SI 07) : ils disent si INSi a répondu et si une pièce a été contrôlée.",
            "Seule l'identité qualifiée porte le matricule INS à l'extérieur (EXI SI 08).",
            "",
            "```mermaid",
            mermaid().rstrip(),
            "```",
            "",
            f"| Événement | {heads} |",
            "|---|---|---|---|---|",
            *rows,
            "",
            f"Avec l'attribut {Attribut.DOUT} (douteuse) ou {Attribut.FICT} (fictive), une identité est forcément",
            "provisoire : INSi ne peut pas être appelé, aucune pièce ne la valide (EXI SI 09). Lever l'attribut ne rend ni",
            "l'INS ni le contrôle : on recommence. Douteuse et homonyme peuvent aller ensemble ; fictive ne se cumule avec",
            "rien.",
            "",
        ]
    )


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")
