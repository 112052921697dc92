"""The life of an order."""


class TransitionError(Exception):
    """A step that an order cannot take."""


TRANSITIONS = {
    ("new", "pay"): "paid",
    ("new", "cancel"): "cancelled",
    ("paid", "ship"): "shipped",
    ("paid", "refund"): "cancelled",
    ("shipped", "deliver"): "delivered",
    ("shipped", "lose"): "paid",
}


class Order:
    def __init__(self, number, trusted=False):
        self.number = number
        self.trusted = trusted
        self.state = "new"
        self.log = []

    def can(self, action):
        return (self.state, action) in TRANSITIONS

    def do(self, action):
        """Take a step; returns the state that it leads to."""
        if not self.can(action):
            raise TransitionError(f"order {self.number} is {self.state} and cannot {action}")
        self.state = TRANSITIONS[self.state, action]
        self.log.append(action)
        return self.state

    def actions(self):
        """What can be done now, sorted."""
        return sorted(
            action for state, action in TRANSITIONS if self.can(action) and state == self.state
        )

    @property
    def finished(self):
        return not self.actions()


def replay(number, actions, trusted=False):
    """An order that has taken all ``actions``."""
    order = Order(number, trusted)
    for action in actions:
        order.do(action)
    return order
