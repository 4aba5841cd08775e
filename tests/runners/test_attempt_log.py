"""What a suite prints, however much of it, and in whatever form."""

from __future__ import annotations

import resource
from pathlib import Path

from slots import carried
from tickets import BYE, HELLO, ticket

from matrix.status import Status

MEBIBYTE = 1 << 20


def test_a_flood_neither_blocks_nor_eats_memory(tmp_path: Path) -> None:
    script = (
        HELLO + "yes 0123456789012345678901234567890123456789 | head -c 199999999; echo\n" + BYE
    )
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    found = carried(tmp_path, ticket(script, log_limit_bytes=8 * MEBIBYTE))
    (report,) = found.reports
    grown = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before
    assert report.status is Status.DONE
    assert report.log_bytes == 200_000_000
    assert report.log_lost_bytes == 200_000_000 - 8 * MEBIBYTE
    assert found.chunks[0].offset == 0
    assert found.chunks[-1].offset + len(found.chunks[-1].data) == 200_000_000
    assert grown < 64 * 1024  # KiB


def test_a_line_without_end_is_log_and_no_burden(tmp_path: Path) -> None:
    found = carried(tmp_path, ticket(HELLO + "head -c 30000000 /dev/zero\n" + "echo\n" + BYE))
    (report,) = found.reports
    assert (report.status, report.log_bytes) == (Status.DONE, 30_000_001)
