def new_units():
    assert human_size(1024) == "1.0 KiB"
    assert human_size(1536) == "1.5 KiB"
    assert human_size(5 * 1024**2) == "5.0 MiB"
    assert human_size(int(2.5 * 1024**3)) == "2.5 GiB"
    assert human_size(3 * 1024**4) == "3.0 TiB"


def new_bytes_up_to_1023():
    assert human_size(1000) == "1000 B"
    assert human_size(1023) == "1023 B"


def new_rounding_at_the_border():
    assert human_size(1024**2 - 1) == "1.0 MiB"
    assert human_size(1024**3 - 1) == "1.0 GiB"
    assert human_size(1024**4 - 1) == "1.0 TiB"
    assert human_size(1024**2 - 103) == "1023.9 KiB"


def new_last_unit_goes_on():
    assert human_size(2048 * 1024**4) == "2048.0 TiB"


def new_reports():
    top = Folder("top", {"a": 1024}, [Folder("small", {"b": 1}), Folder("big", {"c": 2048})])
    assert top.report() == ["top: 3.0 KiB", "  big: 2.0 KiB", "  small: 1 B"]


def kept_small_ones():
    assert human_size(0) == "0 B"
    assert human_size(999) == "999 B"


def kept_negative():
    try:
        human_size(-1)
    except ValueError:
        return
    raise AssertionError("accepted")
