"""What every page is sent with, and from where a form is accepted."""

from urllib.parse import urlsplit

from starlette.requests import Request

from socle.kernel.outcome import Kind, Problem

# No inline script, no inline style, nothing from elsewhere: a name typed into a form can never become code.
HEADERS = {
    "Content-Security-Policy": (
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; "
        "form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
    ),
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cache-Control": "no-store",
}


def refuse_foreign_form(request: Request) -> None:
    """Refuse a form that another site makes the browser send (no token needed: browsers say where a form comes from).

    Raises: Problem(FORBIDDEN). Source: W3C Fetch Metadata, RFC 6454 (Origin).
    """
    site = request.headers.get("sec-fetch-site")
    origin = request.headers.get("origin")
    if site is not None:
        foreign = site not in ("same-origin", "none")
    elif origin is not None:
        foreign = urlsplit(origin).netloc != request.headers.get("host", "")
    else:
        foreign = False  # not a browser: it carries no cookie that it was not given on purpose
    if foreign:
        raise Problem.of(
            Kind.FORBIDDEN,
            "Ce formulaire vient d'un autre site : il a été refusé. Ouvrez la page depuis Socle et recommencez.",
            "This form comes from another site: it was refused. Open the page from Socle and try again.",
            rule="SOCLE-FORM-ORIGIN",
        )


def safe_next(url: str) -> str:
    """`url` when it is a path of this site, else "/": a link never sends elsewhere after login."""
    parts = urlsplit(url)
    local = url.startswith("/") and not url.startswith(("//", "/\\")) and not parts.scheme and not parts.netloc
    return url if local and url.isprintable() else "/"
