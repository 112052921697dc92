def new_first_line_counts():
    assert list(read_values(["1.5\n", "2\n"])) == [1.5, 2.0]
    assert list(read_values(["7"])) == [7.0]


def new_summary_has_all():
    assert summary(["4", "1", "1"]) == {"count": 3, "smallest": 1, "largest": 4, "mean": 2.0}


def new_faulty_first_line():
    try:
        list(read_values(["value", "1"]))
    except ReadingError as error:
        assert "line 1" in str(error)
        return
    raise AssertionError("skipped")


def new_line_numbers_fit():
    try:
        list(read_values(iter(["1", "", "x"])))
    except ReadingError as error:
        assert "line 3" in str(error)
        return
    raise AssertionError("accepted")


def kept_blank_lines_and_comments():
    assert list(read_values(["# values", "", "3 # good", "nan", "   "])) == [3.0]


def kept_nothing():
    assert summary([]) == {"count": 0}
    assert summary(["# empty"]) == {"count": 0}


def kept_smoothing():
    assert list(smooth([4, 8, 8])) == [4, 6, 7]
