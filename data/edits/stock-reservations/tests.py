def warehouse(**stock):
    made = Warehouse()
    for sku, quantity in stock.items():
        made.receive(sku, quantity)
    return made


def out_of_stock(action, *values):
    try:
        action(*values)
    except OutOfStock:
        return True
    return False


def new_reserved_pieces_are_not_available():
    made = warehouse(A=10)
    made.reserve("A", 4, "o1")
    made.reserve("A", 3, "o2")
    assert (made.stock("A"), made.available("A")) == (10, 3)
    assert out_of_stock(made.ship, "A", 4)
    assert out_of_stock(made.reserve, "A", 4, "o1")
    made.ship("A", 3)
    assert (made.stock("A"), made.available("A")) == (7, 0)


def new_an_order_uses_its_reservation_first():
    made = warehouse(A=10)
    made.reserve("A", 4, "o1")
    made.ship("A", 3, "o1")
    assert (made.stock("A"), made.available("A")) == (7, 6)
    made.ship("A", 2, "o1")
    assert (made.stock("A"), made.available("A")) == (5, 5)
    assert made.release("o1") == 0


def new_not_those_of_others():
    made = warehouse(A=5)
    made.reserve("A", 3, "o1")
    assert out_of_stock(made.ship, "A", 3, "o2")
    made.reserve("A", 1, "o2")
    assert out_of_stock(made.ship, "A", 3, "o2")
    assert made.stock("A") == 5
    made.ship("A", 2, "o2")
    assert (made.stock("A"), made.available("A")) == (3, 0)


def new_refusals_change_nothing():
    made = warehouse(A=5)
    made.reserve("A", 2, "o1")
    before = list(made.log)
    assert out_of_stock(made.ship, "A", 6, "o1")
    assert out_of_stock(made.reserve, "A", 4, "o1")
    assert made.log == before
    assert made.available("A") == 3
    assert made.release("o1") == 2


def new_release():
    made = warehouse(A=5, B=5)
    made.reserve("A", 2, "o1")
    made.reserve("B", 1, "o1")
    made.reserve("A", 1, "o1")
    made.reserve("B", 4, "o2")
    made.ship("A", 1, "o1")
    assert made.release("o1") == 3
    assert (made.available("A"), made.available("B")) == (4, 1)
    assert made.release("nobody") == 0


def new_log():
    made = warehouse(A=5)
    made.reserve("A", 3, "o1")
    made.ship("A", 1, "o1")
    made.release("o1")
    assert list(map(str, made.log)) == [
        "receive 5 x A",
        "reserve 3 x A",
        "ship 1 x A",
        "release 2 x A",
    ]


def new_reports_show_what_is_available():
    made = warehouse(A=5, B=2)
    made.set_minimum("A", 3)
    made.reserve("A", 3, "o1")
    assert made.report() == ["A: 2", "B: 2"]
    assert made.to_order() == ["A"]


def new_checks():
    made = warehouse(A=5)
    for quantity in (0, -1):
        try:
            made.reserve("A", quantity, "o1")
        except ValueError:
            continue
        raise AssertionError(quantity)
    try:
        made.reserve("Z", 1, "o1")
    except UnknownItem:
        return
    raise AssertionError("accepted")


def kept_without_reservations():
    made = warehouse(A=5)
    made.ship("A", 5)
    assert made.available("A") == made.stock("A") == 0
    assert out_of_stock(made.ship, "A", 1)
    made.correct("A", 4)
    assert made.report() == ["A: 4"]


def kept_restoring():
    made = warehouse(A=5, B=1)
    made.ship("A", 2)
    assert restore(made.log).report() == ["A: 3", "B: 1"]


def kept_errors():
    for action in (lambda m: m.stock("Z"), lambda m: m.ship("Z", 1), lambda m: m.correct("Z", 1)):
        try:
            action(warehouse(A=1))
        except UnknownItem:
            continue
        raise AssertionError("accepted")
