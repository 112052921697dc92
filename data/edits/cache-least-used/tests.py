def cached(arguments, capacity=3):
    cache = MemoCache(lambda n: n * n, capacity)
    for argument in arguments:
        assert cache(argument) == argument * argument
    return cache


def entries(cache):
    return {argument for argument in range(10) if argument in cache}


def new_read_entries_stay():
    assert entries(cached([1, 2, 3, 1, 1, 2, 4])) == {1, 2, 4}


def new_least_read_goes():
    assert entries(cached([1, 1, 1, 2, 3, 3, 4])) == {1, 3, 4}


def new_first_stored_of_equals():
    assert entries(cached([1, 2, 3, 3, 2, 1, 4])) == {2, 3, 4}
    assert entries(cached([1, 1, 1, 2, 3, 2, 3, 4])) == {1, 3, 4}


def new_newcomers_do_not_push_out_the_popular():
    cache = cached([1, 1, 2, 2, 3, 4, 5, 6])
    assert entries(cache) == {1, 2, 6}
    assert cache.calls == 6


def new_counts_start_again():
    cache = cached([1, 1, 1, 2, 3])
    cache.forget(1)
    cache(1)
    for argument in (2, 3):
        cache(argument)
    cache(4)
    assert entries(cache) == {2, 3, 4}
    assert len(cache) == 3


def kept_unread_entries_go_in_order():
    assert entries(cached([1, 2, 3, 4, 5])) == {3, 4, 5}
    assert len(cached([1, 2], capacity=1)) == 1


def kept_results_are_remembered():
    cache = cached([7, 7, 7])
    assert cache.calls == 1
    cache.forget(7)
    cache(7)
    assert cache.calls == 2
