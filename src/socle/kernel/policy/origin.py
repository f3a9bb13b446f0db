"""Where a request was made: a browser says it, and another site must not act in the reader's name.

Sources: W3C Fetch Metadata (Sec-Fetch-Site), RFC 6454 (Origin), OWASP Cross-Site Request Forgery Prevention.
"""

from collections.abc import Mapping
from typing import Final
from urllib.parse import urlsplit

from socle.kernel.outcome import Kind, Problem

RULE: Final = "SOCLE-FORM-ORIGIN"


def is_foreign(headers: Mapping[str, str]) -> bool:
    """Whether a browser says that the request comes from elsewhere than this very origin.

    `headers` has lower-case names. Sec-Fetch-Site decides when it is there ("none" is the reader's own doing: address
    bar, bookmark); else Origin against Host; a request with neither was not made by a browser.
    """
    site = headers.get("sec-fetch-site")
    if site is not None:
        return site not in ("same-origin", "none")
    origin = headers.get("origin")
    if origin is not None:
        return urlsplit(origin).netloc.lower() != headers.get("host", "").lower()
    return False


def foreign_request() -> Problem:
    """The refusal."""
    return Problem.of(
        Kind.FORBIDDEN,
        "Cette requête vient d'un autre site, qui utilise votre session à votre insu : elle a été refusée. "
        "Ouvrez la page depuis Socle et recommencez.",
        "This request comes from another site that uses your session behind your back: it was refused. "
        "Open the page from Socle and try again.",
        rule=RULE,
    )
