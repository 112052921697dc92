def make():
    now = [0.0]
    cache = TTLCache(10, clock=lambda: now[0])
    cache.put("a", 1)
    now[0] = 5.0
    cache.put("b", 2)
    return cache, now


def new_removes_only_what_expired():
    cache, now = make()
    now[0] = 12.0
    assert cache.purge() == 1
    assert len(cache) == 1
    assert cache.get("b") == 2


def new_removes_at_the_very_moment():
    cache, now = make()
    now[0] = 15.0
    assert cache.purge() == 2
    assert len(cache) == 0


def new_nothing_to_remove():
    cache, _ = make()
    assert cache.purge() == 0
    assert len(cache) == 2


def new_counters_stay():
    cache, now = make()
    now[0] = 100.0
    cache.purge()
    assert (cache.hits, cache.misses) == (0, 0)


def kept_get_counts():
    cache, now = make()
    assert cache.get("a") == 1
    now[0] = 11.0
    assert cache.get("a", "gone") == "gone"
    assert (cache.hits, cache.misses) == (1, 1)
