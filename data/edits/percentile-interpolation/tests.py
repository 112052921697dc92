import math


def new_between_two_values():
    assert math.isclose(percentile([10, 20], 25), 12.5)
    assert math.isclose(percentile([10, 20], 90), 19)


def new_median_of_an_even_number():
    assert median([4, 1, 3, 2]) == 2.5


def new_quartiles():
    assert math.isclose(spread([1, 2, 3, 4]), 1.5)
    assert math.isclose(percentile([0, 10, 20, 30, 40, 50], 35), 17.5)


def new_report():
    times = list(range(100, 0, -1))
    assert report(times)[:2] == ["count: 100", "p50: 50.5 ms"]
    assert report([100, 200])[2] == "p95: 195.0 ms"


def kept_exact_positions():
    assert median([5, 1, 9]) == 5
    assert percentile([3, 1, 2], 0) == 1
    assert percentile([3, 1, 2], 100) == 3
    assert percentile([7], 33) == 7


def kept_errors():
    try:
        percentile([], 50)
    except NoData:
        pass
    else:
        raise AssertionError("accepted")
    for p in (-1, 101):
        try:
            percentile([1], p)
        except ValueError:
            continue
        raise AssertionError(p)


def kept_histogram():
    assert histogram([1, 2, 11, 25], 10) == {0: 2, 10: 1, 20: 1}
