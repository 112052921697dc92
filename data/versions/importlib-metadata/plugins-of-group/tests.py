import pathlib
import sys
import tempfile


def names(group, **distributions):
    with tempfile.TemporaryDirectory() as folder:
        for name, points in distributions.items():
            info = pathlib.Path(folder, f"{name}-1.0.dist-info")
            info.mkdir()
            (info / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {name}\nVersion: 1.0\n")
            (info / "entry_points.txt").write_text(points)
        sys.path.insert(0, folder)
        try:
            return plugin_names(group)
        finally:
            sys.path.remove(folder)


def test_two_distributions():
    one, two = "[my.plugins]\nzebra = m:f\n[other]\nx = m:g\n", "[my.plugins]\nant = n:f\n"
    assert names("my.plugins", one=one, two=two) == ["ant", "zebra"]


def test_no_such_group():
    assert names("nobody.has.this", one="[other]\nx = m:g\n") == []


def test_one_group():
    assert names("other", one="[my.plugins]\nzebra = m:f\n[other]\nx = m:g\n") == ["x"]
