from decimal import Decimal as D


def cart(*entries, discount=0):
    made = Cart(discount)
    for entry in entries:
        made.add(*entry)
    return made


def amounts(made):
    return [str(a) for a in (made.subtotal(), made.reduction(), made.shipping(), made.total())]


def new_everything_is_decimal():
    made = cart(("pen", "1.10", 3), discount=10)
    assert amounts(made) == ["3.30", "0.33", "4.90", "7.87"]
    assert isinstance(made.total(), D)
    assert made.items[0].amount == D("3.30")


def new_half_up():
    assert cart(("x", "2.675")).subtotal() == D("2.68")
    assert cart(("x", "0.05"), discount=50).reduction() == D("0.03")
    assert cart(("x", "1.005")).subtotal() == D("1.01")


def new_empty_cart():
    assert amounts(Cart()) == ["0.00"] * 4


def new_no_floats():
    try:
        cart(("x", 1.5))
    except TypeError:
        return
    raise AssertionError("accepted")


def new_ints_and_decimals():
    made = cart(("x", 3), ("y", D("0.10")), ("x", "3"))
    assert len(made.items) == 2
    assert str(made.subtotal()) == "6.10"


def kept_free_shipping():
    assert cart(("x", "50")).shipping() == 0
    assert cart(("x", "49")).shipping() > 4


def kept_same_item_again():
    made = cart(("x", "2"), ("x", "2", 4), ("x", "3"))
    assert [item.count for item in made.items] == [5, 1]


def kept_checks():
    for bad in [lambda: cart(("x", "-1")), lambda: cart(("x", "1", 0)), lambda: Cart(101)]:
        try:
            bad()
        except ValueError:
            continue
        raise AssertionError("accepted")
