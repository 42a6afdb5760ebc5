# SPDX-License-Identifier: Apache-2.0
"""What a process gets after its holes were filled does not lie among what it had before."""

from __future__ import annotations

import json
import platform
import subprocess
import sys

import pytest

GLIBC = """
import ctypes, json, sys
from barnabas.runtime.runners import heap
blocks = [bytearray(600) for _ in range(20_000)]
kept = blocks[::2]
del blocks
libc = ctypes.CDLL(None)
libc.malloc.restype = ctypes.c_void_p
libc.malloc.argtypes = [ctypes.c_size_t]
taken = heap.fill_holes() if sys.argv[1] == "filled" else 0
got = [libc.malloc(size) for size in (24, 100, 600, 5000) for _ in range(1000)]
last = ctypes.addressof(ctypes.c_char.from_buffer(kept[-1]))
between = [block for block in got if block < last]
print(json.dumps([taken, len(between)]))
"""

PYTHON = """
import json, sys
from barnabas.runtime.runners import heap
objects = [[bytes(size) for _ in range(500)] for size in (8, 60, 300, 470)]
kept = [some[::2] for some in objects]
places = [sorted(map(id, some)) for some in kept]
del objects
taken = heap.fill_holes() if sys.argv[1] == "filled" else 0
got = [[id(item) for item in [bytes(size) for _ in range(200)]] for size in (8, 60, 300, 470)]
pages = {place >> 12 for some in places for place in some}
print(json.dumps([taken, sum(place >> 12 in pages for some in got for place in some)]))
"""


def run(program, how):
    answer = subprocess.run(
        [sys.executable, "-c", program, how], capture_output=True, timeout=30, check=True
    )
    return json.loads(answer.stdout)


@pytest.mark.skipif(platform.libc_ver()[0] != "glibc", reason="other C libraries are left alone")
def test_what_is_asked_for_afterwards_lies_behind_the_holes():
    assert run(GLIBC, "as it was")[1] > 1000
    taken, between = run(GLIBC, "filled")
    assert taken > 5_000_000
    assert between < 10  # where the filling itself let go of something at its end


@pytest.mark.skipif(platform.libc_ver()[0] != "glibc", reason="other C libraries are left alone")
def test_small_objects_made_afterwards_share_no_page_with_older_ones():
    assert run(PYTHON, "as it was")[1] > 500
    taken, shared = run(PYTHON, "filled")
    assert taken > 500_000
    assert shared < 10  # small things that the filling itself let go of at its end
