from datetime import date as day

import pydantic


def refused(**fields):
    try:
        Stay(**fields)
    except pydantic.ValidationError:
        return True
    return False


def test_in_order():
    stay = Stay(arrival="2024-05-01", departure=day(2024, 5, 3))
    assert (stay.departure - stay.arrival).days == 2


def test_out_of_order():
    assert refused(arrival="2024-05-03", departure="2024-05-01")
    assert refused(arrival="2024-05-03", departure="2024-05-03")


def test_no_dates():
    assert refused(arrival="x", departure="2024-05-01")
    assert refused(arrival="2024-05-01")
