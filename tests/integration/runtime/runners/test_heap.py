# SPDX-License-Identifier: Apache-2.0
"""What a process gets after its holes were filled does not lie among what it had before."""

from __future__ import annotations

import json
import platform
import subprocess
import sys

import pytest

PROGRAM = """
import ctypes, json, sys
from barnabas.runtime.runners import heap
blocks = [bytearray(600) for _ in range(20_000)]
kept = blocks[::2]
del blocks
libc = ctypes.CDLL(None)
libc.malloc.restype = ctypes.c_void_p
taken = heap.fill_holes() if sys.argv[1] == "filled" else 0
libc.malloc.argtypes = [ctypes.c_size_t]
got = [libc.malloc(size) for size in (24, 100, 600, 5000) for _ in range(1000)]
last = ctypes.addressof(ctypes.c_char.from_buffer(kept[-1]))
between = [block for block in got if block < last]
print(json.dumps([taken, len(between)]))
"""


def run(how):
    answer = subprocess.run(
        [sys.executable, "-c", PROGRAM, how], capture_output=True, timeout=30, check=True
    )
    return json.loads(answer.stdout)


@pytest.mark.skipif(platform.libc_ver()[0] != "glibc", reason="other C libraries are left alone")
def test_what_is_asked_for_afterwards_lies_behind_the_holes():
    assert run("as it was")[1] > 1000
    taken, between = run("filled")
    assert taken > 5_000_000
    assert between == 0
