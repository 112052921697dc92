def new_no_shortcut_for_anybody():
    for trusted in (True, False):
        order = Order(1, trusted)
        assert "ship_express" not in order.actions()
        try:
            order.do("ship_express")
        except TransitionError:
            assert order.state == "new"
            continue
        raise AssertionError("shipped")


def new_actions_of_a_trusted_customer():
    assert Order(1, trusted=True).actions() == ["cancel", "pay"]


def new_nothing_is_left_of_it():
    assert "TRUSTED_ONLY" not in globals()
    assert all("express" not in action for _, action in TRANSITIONS)


def kept_ordinary_life():
    order = replay(7, ["pay", "ship", "lose", "ship", "deliver"])
    assert order.state == "delivered"
    assert order.finished
    assert order.log[-1] == "deliver"


def kept_unpaid_orders_do_not_ship():
    order = Order(1)
    assert not order.can("ship")
    assert not order.can("ship_express")
    assert order.actions() == ["cancel", "pay"]


def kept_trust_is_still_recorded():
    assert Order(1, trusted=True).trusted
    assert replay(2, [], trusted=True).trusted
    assert not Order(1).trusted
