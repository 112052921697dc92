def table(keys):
    return SortedTable([(key, number) for number, key in enumerate(keys)], key=lambda row: row[0])


def new_first_of_several():
    assert table([1, 2, 2, 2, 3]).find(2) == 1
    assert table([2] * 9).find(2) == 0
    assert table([1, 1, 2, 2, 2, 2]).find(2) == 2


def new_first_in_every_table():
    for ones in range(5):
        for twos in range(1, 6):
            for threes in range(5):
                assert table([1] * ones + [2] * twos + [3] * threes).find(2) == ones


def new_equal_rows_stay_in_order():
    made = table([5, 5, 5])
    assert made[made.find(5)] == (5, 0)


def kept_logarithmic():
    calls = []
    rows = list(range(100_000))
    made = SortedTable(rows, key=lambda row: calls.append(row) or row)
    calls.clear()
    assert made.find(77_777) == 77_777
    assert len(calls) < 40


def kept_missing():
    made = table([1, 3, 5])
    assert [made.find(key) for key in (0, 2, 4, 6)] == [-1] * 4
    assert table([]).find(1) == -1


def kept_insert_and_keys():
    made = table([1, 3])
    made.insert((1, "new"))
    assert [made[i] for i in range(3)] == [(1, 0), (1, "new"), (3, 1)]
    assert made.keys() == [1, 3]
