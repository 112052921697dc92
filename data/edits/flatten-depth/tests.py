NESTED = [1, [2, (3, [4])], [], [[5]]]


def new_one_level():
    assert flatten(NESTED, 1) == [1, 2, (3, [4]), [5]]
    assert flatten(NESTED, depth=1) == [1, 2, (3, [4]), [5]]


def new_two_levels():
    assert flatten(NESTED, depth=2) == [1, 2, 3, [4], 5]


def new_no_level():
    assert flatten(NESTED, depth=0) == NESTED
    assert flatten((1, (2,)), depth=0) == [1, (2,)]
    assert flatten(NESTED, depth=0) is not NESTED


def new_more_levels_than_there_are():
    assert flatten(NESTED, depth=50) == [1, 2, 3, 4, 5]
    assert flatten(NESTED, depth=None) == [1, 2, 3, 4, 5]


def new_negative():
    for items in (NESTED, []):
        try:
            flatten(items, depth=-1)
        except ValueError:
            continue
        raise AssertionError(items)


def kept_all_levels():
    assert flatten(NESTED) == [1, 2, 3, 4, 5]
    assert flatten([]) == []
    assert flatten(["ab", ("c",)]) == ["ab", "c"]


def kept_the_rest():
    assert depth_of(NESTED) == 4
    assert map_nested(str, [1, (2,)]) == ["1", ["2"]]
    assert outline([1, [2, [3]]]) == ["1", "  2", "    3"]
    assert chunked([1, 2, 3], 2) == [[1, 2], [3]]
