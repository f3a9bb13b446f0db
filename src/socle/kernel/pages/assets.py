"""Static files: named by the hash of their content, so that browsers keep them for ever and never keep an old one."""

import gzip
import hashlib
from dataclasses import dataclass
from functools import cache
from importlib import resources

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

KERNEL = "socle.kernel.pages"
_MEDIA = {"css": "text/css; charset=utf-8", "js": "text/javascript; charset=utf-8", "svg": "image/svg+xml"}


@dataclass(frozen=True, slots=True)
class Asset:
    """One file, ready for the socket."""

    name: str
    media: str
    body: bytes
    gzipped: bytes

    @property
    def url(self) -> str:
        """Where it is served: `/static/socle.1a2b3c4d.css`."""
        stem, extension = self.name.rsplit(".", 1)
        return f"/static/{stem}.{hashlib.sha256(self.body).hexdigest()[:8]}.{extension}"


_by_url: dict[str, Asset] = {}


@cache
def assets(package: str = KERNEL) -> dict[str, Asset]:
    """Every static file of a package (its `static/` folder), by plain name; from then on they are served."""
    folder = resources.files(package).joinpath("static")
    found = {}
    for file in folder.iterdir() if folder.is_dir() else ():
        extension = file.name.rsplit(".", 1)[-1]
        if extension in _MEDIA:
            body = file.read_bytes()
            found[file.name] = Asset(file.name, _MEDIA[extension], body, gzip.compress(body, 9, mtime=0))
    _by_url.update({asset.url: asset for asset in found.values()})
    return found


@cache
def asset_url(name: str, package: str = KERNEL) -> str:
    """The address of a static file of the package or of the kernel. Raises: KeyError when there is none of that name."""
    return (assets(package).get(name) or assets()[name]).url


async def serve(request: Request) -> Response:
    """Answer with a static file, to be kept a year; an unknown name is 404."""
    asset = _by_url.get(request.url.path)
    if asset is None:
        raise HTTPException(404)
    headers = {"Cache-Control": "public, max-age=31536000, immutable", "Vary": "Accept-Encoding"}
    if "gzip" in request.headers.get("accept-encoding", ""):
        return Response(asset.gzipped, media_type=asset.media, headers={**headers, "Content-Encoding": "gzip"})
    return Response(asset.body, media_type=asset.media, headers=headers)
