import datetime
import struct
import tempfile
from pathlib import Path

from dateutil.tz import gettz


def write(path, seconds, name):
    """A file of the database: one type of local time, no transition."""
    header = struct.pack(">4s16x6l", b"TZif", 0, 0, 0, 0, 1, len(name) + 1)
    body = struct.pack(">lbb", seconds, 0, 0) + name.encode() + b"\0"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(header + body)


def offset(name):
    zone = gettz(name)
    assert zone is not None, f"{name} is not found"
    return datetime.datetime(2020, 1, 1, tzinfo=zone).utcoffset().total_seconds()


def test_found():
    with tempfile.TemporaryDirectory() as folder:
        write(Path(folder) / "Moonbase", 3600, "MBT")
        assert gettz("Moonbase") is None
        add_zones(folder)
        assert offset("Moonbase") == 3600


def test_in_a_subfolder():
    with tempfile.TemporaryDirectory() as folder:
        write(Path(folder) / "Mars" / "Olympus", -7200, "OMT")
        add_zones(folder)
        assert offset("Mars/Olympus") == -7200


def test_the_last_folder_comes_first():
    with tempfile.TemporaryDirectory() as one, tempfile.TemporaryDirectory() as other:
        write(Path(one) / "Ceres", 60, "ONE")
        write(Path(other) / "Ceres", 120, "TWO")
        add_zones(one)
        add_zones(other)
        assert offset("Ceres") == 120


def test_others_are_found():
    with tempfile.TemporaryDirectory() as folder:
        add_zones(folder)
        assert offset("Asia/Tokyo") == 9 * 3600
