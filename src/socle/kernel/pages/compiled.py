"""Templates compiled once: kept in memory for every language and module, read once a start, and on disk for the next.

On disk they lie beside their source in `__pycache__`, as Python's own modules do and under the same switches:
`PYTHONDONTWRITEBYTECODE` keeps them from being written, `PYTHONPYCACHEPREFIX` puts them elsewhere. A folder that cannot
be written costs the next start its time, nothing else.
"""

import os
import sys
from contextlib import suppress
from hashlib import sha256
from importlib.util import cache_from_source
from pathlib import Path
from types import CodeType

import jinja2
from jinja2.bccache import Bucket


class CompiledTemplates(jinja2.BytecodeCache):
    """What Jinja2 asks before it compiles. A form made from another source is not taken: Jinja2 compares checksums."""

    def __init__(self) -> None:
        self._code: dict[tuple[str, str], CodeType] = {}  # by name and by checksum of the source
        self._files: dict[str, Path] = {}

    def get_bucket(self, environment: jinja2.Environment, name: str, filename: str | None, source: str) -> Bucket:
        """The compiled form of a template, empty when there is none; `filename` says where it is kept."""
        if filename:
            self._files[self.get_cache_key(name, filename)] = kept_at(environment, filename)
        return super().get_bucket(environment, name, filename, source)

    def load_bytecode(self, bucket: Bucket) -> None:
        """From memory, else from the disk."""
        bucket.code = self._code.get((bucket.key, bucket.checksum))
        if bucket.code is None and bucket.key in self._files:
            with suppress(OSError):
                bucket.bytecode_from_string(self._files[bucket.key].read_bytes())
        if bucket.code is not None:
            self._code[bucket.key, bucket.checksum] = bucket.code

    def dump_bytecode(self, bucket: Bucket) -> None:
        """In memory, and on the disk whole or not at all."""
        if bucket.code is not None:
            self._code[bucket.key, bucket.checksum] = bucket.code
        if sys.dont_write_bytecode or bucket.key not in self._files:
            return
        file = self._files[bucket.key]
        unfinished = file.with_name(f"{file.name}.{os.getpid()}")
        with suppress(OSError):
            file.parent.mkdir(parents=True, exist_ok=True)
            unfinished.write_bytes(bucket.bytecode_to_string())
            unfinished.replace(file)


def kept_at(environment: jinja2.Environment, filename: str) -> Path:
    """Where the compiled form of the template in `filename` is kept: another Jinja2 or Python, or other options of the
    environment that change what is compiled, keep theirs elsewhere.
    """
    options = (environment.trim_blocks, environment.lstrip_blocks, bool(environment.autoescape))
    made_by = sha256(repr((jinja2.__version__, sys.implementation.cache_tag, options)).encode()).hexdigest()[:12]
    return Path(cache_from_source(filename)).with_name(f"{Path(filename).name}.{made_by}")
