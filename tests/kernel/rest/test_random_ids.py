"""The identifiers that a server draws for new resources. Source: RFC 9562 section 5.4."""

from itertools import islice
from uuid import RFC_4122, UUID

from socle.kernel.rest.pipeline import random_ids


def test_they_are_random_uuids_as_the_rfc_writes_them() -> None:
    for text in islice(random_ids(), 1_000):
        read = UUID(text)
        assert (read.version, read.variant, str(read)) == (4, RFC_4122, text)


def test_none_comes_twice() -> None:
    drawn = [*islice(random_ids(), 1_000), *islice(random_ids(), 1_000)]
    assert len(set(drawn)) == 2_000
