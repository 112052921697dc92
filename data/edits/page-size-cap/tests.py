def rows(count):
    return [{"name": f"{n:05d}", "size": n} for n in range(count)]


def new_limit_above_the_old_one():
    assert parse_listing("limit=101").limit == 101
    assert parse_listing("limit=250000").limit == 250000


def new_that_many_rows():
    assert len(parse_listing("limit=300").apply(rows(500))) == 300


def new_all_rows():
    assert len(parse_listing("limit=9999&sort=-size").apply(rows(500))) == 500


def kept_default():
    assert parse_listing("").limit == 20
    assert len(parse_listing("").apply(rows(50))) == 20


def kept_small_limits():
    found = parse_listing("limit=2&offset=1&sort=-size").apply(rows(5))
    assert [row["size"] for row in found] == [3, 2]
    assert parse_listing("limit=100").limit == 100


def kept_errors():
    for query in ("limit=0", "limit=-5", "limit=many", "sort=color", "offset=x"):
        try:
            parse_listing(query)
        except QueryError:
            continue
        raise AssertionError(query)
