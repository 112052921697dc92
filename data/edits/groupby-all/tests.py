ROWS = [
    {"city": "Bonn", "sum": 1},
    {"city": "Aachen", "sum": 2},
    {"city": "Bonn", "sum": 4},
    {"city": "Bonn", "sum": 8},
    {"city": "Aachen", "sum": 16},
]


def new_one_group_a_key():
    assert group([1, 4, 2, 3, 6], key=lambda n: n % 2) == [(1, [1, 3]), (0, [4, 2, 6])]


def new_counts_and_sums():
    assert count_by(ROWS, "city") == [("Bonn", 3), ("Aachen", 2)]
    assert sum_by(ROWS, "city", "sum") == [("Bonn", 13), ("Aachen", 18)]


def new_keys_that_cannot_be_hashed():
    assert group(["ab", "b", "ba"], key=sorted) == [(["a", "b"], ["ab", "ba"]), (["b"], ["b"])]


def new_largest():
    assert largest_group("abcacab", key=str) == ["a", "a", "a"]


def kept_neighbours():
    assert group("aab", key=str) == [("a", ["a", "a"]), ("b", ["b"])]
    assert group([[1], [1]], key=list) == [([1], [[1], [1]])]


def kept_nothing():
    assert group([], key=str) == []
    assert largest_group([], key=str) == []


def kept_items_can_come_from_an_iterator():
    assert group(iter("ab"), key=str) == [("a", ["a"]), ("b", ["b"])]
