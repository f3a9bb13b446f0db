"""Bodies, packed: zstd with a dictionary trained on FHIR (`scripts/train_dictionary.py`).

A frame names its dictionary, so it can be unpacked alone; dictionaries are never changed nor removed, only added.
"""

from functools import cache
from importlib.resources import files
from typing import Final

import zstandard

# Level 1: its tables are 32 kB where those of level 3 are 384, most of a core's cache, swept by each body; the frames
# are 2 % larger.
_LEVEL: Final = 1
_FOLDER: Final = "dictionaries"


def _known() -> dict[int, bytes]:
    folder = files(__package__) / _FOLDER
    trained = (item for item in folder.iterdir() if item.name.endswith(".zdict"))
    return {int(item.name.partition(".")[0]): item.read_bytes() for item in trained}


@cache
def _dictionaries() -> dict[int, zstandard.ZstdCompressionDict]:
    return {number: zstandard.ZstdCompressionDict(content) for number, content in _known().items()}


@cache
def _prepared(dictionary: int) -> zstandard.ZstdCompressionDict:
    """A dictionary made ready to compress, once: made ready again, it frees what a compressor in use still reads."""
    trained = zstandard.ZstdCompressionDict(_dictionaries()[dictionary].as_bytes())
    trained.precompute_compress(level=_LEVEL)
    return trained


class Packer:
    """Packs with one dictionary; `dictionary` 0 means none. Not for several threads."""

    def __init__(self, dictionary: int) -> None:
        self.dictionary: Final = dictionary
        if dictionary:
            self._zstd = zstandard.ZstdCompressor(level=_LEVEL, dict_data=_prepared(dictionary))
        else:
            self._zstd = zstandard.ZstdCompressor(level=_LEVEL)

    def __call__(self, data: bytes) -> bytes:
        """The frame that holds `data`."""
        return self._zstd.compress(data)


@cache
def _decompressor(dictionary: int) -> zstandard.ZstdDecompressor:
    if not dictionary:
        return zstandard.ZstdDecompressor()
    return zstandard.ZstdDecompressor(dict_data=_dictionaries()[dictionary])


def unpack(frame: bytes) -> bytes:
    """What was packed; b"" for b"" (a tombstone).

    Raises: KeyError when the frame needs a dictionary that this version of the house does not have.
    """
    if not frame:
        return b""
    return _decompressor(dictionary_of(frame)).decompress(frame)


def dictionary_of(frame: bytes) -> int:
    """The number of the dictionary that a frame was packed with, 0 when none."""
    # Descriptor byte after the magic number: its two low bits say how many bytes the number takes, bit 5 whether a
    # window byte comes before it. Source: RFC 8878 section 3.1.1.1. The library's own reader costs ten times more.
    descriptor = frame[4]
    size = (0, 1, 2, 4)[descriptor & 3]
    begin = 5 if descriptor & 0x20 else 6
    return int.from_bytes(frame[begin : begin + size], "little")


LATEST: Final = max(_known(), default=0)
