"""Imports of large packages are not stopped to look for garbage."""

import gc
import subprocess
import sys

from outlearn.core import importing


def test_no_search_for_garbage_starts_within_and_it_goes_on_afterwards() -> None:
    assert gc.isenabled()
    with importing():
        assert not gc.isenabled()
        with importing():
            assert not gc.isenabled()
        assert not gc.isenabled()
    assert gc.isenabled()


def test_whoever_searches_for_no_garbage_is_left_in_peace() -> None:
    gc.disable()
    try:
        with importing():
            pass
        assert not gc.isenabled()
    finally:
        gc.enable()


def test_what_is_imported_counts_as_old_and_garbage_among_it_is_still_found() -> None:
    program = (
        "import gc\n"
        "from outlearn.core import importing\n"
        "found = []\n"
        "class Kept:\n"
        "    def __del__(self): found.append('found')\n"
        "with importing():\n"
        "    one = Kept(); one.itself = one\n"
        "old = {id(each) for each in gc.get_objects(generation=2)}\n"
        "print(id(one) in old, gc.get_freeze_count())\n"
        "del one\n"
        "gc.collect()\n"
        "print(*found)\n"
    )
    done = subprocess.run([sys.executable, "-c", program], check=True, capture_output=True, text=True)
    assert done.stdout.split() == ["True", "0", "found"]
