"""Facts of a FHIR package written as JSON lines under zstd: what the compilers here share."""

import argparse
import json
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import zstandard


def command(description: str | None, output: Path, lines: Callable[[Path], Sequence[Any]]) -> None:
    """The command line of a compiler: reads the package, writes `lines` of it."""
    parser = argparse.ArgumentParser(description=description, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("package", type=Path, help="hl7.fhir.r4.core-4.0.1.tgz")
    parser.add_argument("--output", type=Path, default=output)
    arguments = parser.parse_args()
    text = "\n".join(json.dumps(line, separators=(",", ":"), ensure_ascii=False) for line in lines(arguments.package))
    data = zstandard.ZstdCompressor(level=19).compress(text.encode())
    arguments.output.write_bytes(data)
    print(f"{arguments.output}: {len(text):,} characters, {len(data):,} bytes compressed")
