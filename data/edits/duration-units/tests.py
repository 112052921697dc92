def refused(text):
    try:
        parse_duration(text)
    except ValueError:
        return True
    return False


def new_combinations():
    assert parse_duration("1h30m") == 5400
    assert parse_duration("1d2h3m4s") == 93784
    assert parse_duration("10m5s") == 605


def new_spaces_between():
    assert parse_duration("2d 4h 10s") == 187210
    assert parse_duration(" 1h  5m ") == 3900


def new_what_is_written_can_be_read():
    for seconds in (0, 1, 59, 60, 61, 3599, 3661, 86400, 90061, 1_000_000):
        assert parse_duration(format_duration(seconds)) == seconds


def new_budgets():
    assert Budget("1h30m").spend("45m 30s") == "44m30s"


def kept_single_units():
    assert [parse_duration(text) for text in ("90", "90s", "5m", "2h", "1d")] == [
        90,
        90,
        300,
        7200,
        86400,
    ]


def kept_order_and_repeats_are_refused():
    for text in ("30m1h", "1h1h", "5s 1m", "1h30", "30 1h"):
        assert refused(text), text


def kept_nonsense_is_refused():
    for text in ("", "h", "1.5h", "-5m", "5 weeks", "1h,5m", "1 h", "2d4"):
        assert refused(text), text
