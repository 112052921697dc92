def new_from_the_first_item_on():
    assert list(moving_average([2, 4, 6, 8], 3)) == [2, 3, 4, 6]


def new_fewer_items_than_the_window():
    assert list(moving_average([1, 3], 10)) == [1, 2]


def new_as_many_results_as_items():
    for count in range(8):
        for size in range(1, 6):
            assert len(list(moving_average(range(count), size))) == count


def new_first_result_needs_one_item():
    taken = []

    def numbers():
        for number in range(100):
            taken.append(number)
            yield number

    averages = moving_average(numbers(), 5)
    assert next(averages) == 0
    assert taken == [0]


def kept_window_of_one():
    assert list(moving_average([3, 1, 4], 1)) == [3, 1, 4]
    assert list(moving_average([], 3)) == []


def kept_window_size_is_checked():
    try:
        list(moving_average([1], 0))
    except ValueError:
        return
    raise AssertionError("accepted")


def kept_the_rest():
    assert list(cumulative_average([2, 4, 9])) == [2, 3, 5]
    assert crossings([1, 3, 1, 3], [2, 2, 2, 2]) == [1, 3]
