def new_a_changed_price_counts():
    prices = PriceList({"tea": 300, "cup": 500})
    order = {"tea": 2, "cup": 1}
    assert prices.total(order) == 1100
    prices.set_price("tea", 250)
    assert prices.total(order) == 1000


def new_a_removed_price_is_noticed():
    prices = PriceList({"tea": 300})
    prices.total({"tea": 1})
    prices._prices.clear()
    try:
        prices.total({"tea": 1})
    except UnknownItem:
        return
    raise AssertionError("still remembered")


def new_nothing_is_kept():
    prices = PriceList({"tea": 300})
    before = vars(prices).keys()
    prices.total({"tea": 1})
    assert vars(prices).keys() == before == {"_prices"}


def new_orders_that_cannot_be_sorted():
    assert PriceList({"a": 1, 2: 5}).total({"a": 3, 2: 1}) == 8


def kept_bulk():
    prices = PriceList({"pen": 99})
    assert prices.total({"pen": 9}) == 891
    assert prices.total({"pen": 10}) == 941
    assert prices.total({}) == 0


def kept_unknown_and_cheapest():
    prices = PriceList({"b": 2, "a": 2, "c": 9})
    assert prices.cheapest() == "a"
    try:
        prices.total({"x": 1})
    except UnknownItem:
        return
    raise AssertionError("accepted")
