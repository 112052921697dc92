import datetime as dt

PLUS_TWO = dt.timezone(dt.timedelta(hours=2))


def at(hour, zone=dt.timezone.utc):
    return dt.datetime(2024, 5, 1, hour, tzinfo=zone)


def new_naive_times_are_refused():
    naive = dt.datetime(2024, 5, 1, 10)
    for start, end in [
        (naive, naive.replace(hour=11)),
        (at(10), naive.replace(hour=11)),
        (naive, at(11)),
    ]:
        try:
            Event("x", start, end)
        except ValueError:
            continue
        raise AssertionError((start, end))


def new_stored_in_utc():
    event = Event("x", at(10, PLUS_TWO), at(12, PLUS_TWO))
    assert (event.start.hour, event.end.hour) == (8, 10)
    assert event.start.utcoffset() == dt.timedelta(0)
    assert event == Event("x", at(8), at(10))


def new_offsets_are_read():
    event = parse_event("2024-05-01T10:00+02:00 | 2024-05-01T10:00Z | x")
    assert event.length == dt.timedelta(hours=2)
    assert event.format() == "2024-05-01 08:00Z - 2024-05-01 10:00Z x"


def new_text_without_offset_is_utc():
    event = parse_event("2024-05-01T10:00 | 30 | tea")
    assert event == Event("tea", at(10), at(10) + dt.timedelta(minutes=30))
    assert (
        event.moved(dt.timedelta(hours=14)).format() == "2024-05-02 00:00Z - 2024-05-02 00:30Z tea"
    )


def new_conflicts_across_zones():
    events = [
        parse_event("2024-05-01T10:00+02:00 | 60 | early"),
        parse_event("2024-05-01T08:30 | 60 | late"),
        parse_event("2024-05-01T10:00 | 60 | other"),
    ]
    assert conflicts(events) == [("early", "late")]


def kept_order_of_times():
    for line in ("2024-05-01T10:00Z | 2024-05-01T10:00Z | x", "2024-05-01T10:00Z | 0 | x"):
        try:
            parse_event(line)
        except ValueError:
            continue
        raise AssertionError(line)


def kept_conflicts():
    lines = [
        "2024-05-01T10:00 | 60 | a",
        "2024-05-01T11:00 | 60 | c",
        "2024-05-01T10:59 | 5 | b | b",
    ]
    assert conflicts(map(parse_event, lines)) == [("a", "b | b"), ("b | b", "c")]
