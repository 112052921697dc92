def refused(action, *values):
    try:
        action(*values)
    except InsufficientFunds:
        return True
    return False


def new_not_below_zero():
    account = Account("ann")
    account.deposit(100)
    assert refused(account.withdraw, 101)
    assert account.balance == 100
    assert account.history == [("deposit", 100)]


def new_not_below_the_overdraft():
    account = Account("bob", overdraft=50)
    account.deposit(100)
    assert refused(account.withdraw, 151)
    account.withdraw(150)
    assert account.balance == -50
    assert refused(account.withdraw, 1)


def new_transfer_changes_neither():
    ann, bob = Account("ann"), Account("bob")
    ann.deposit(10)
    assert refused(ann.transfer, 11, bob)
    assert (ann.balance, bob.balance) == (10, 0)
    assert bob.history == []


def kept_everything_down_to_zero():
    account = Account("ann")
    account.deposit(100)
    account.withdraw(100)
    assert account.balance == 0
    assert account.history == [("deposit", 100), ("withdraw", 100)]


def kept_amounts_are_positive():
    account = Account("ann", overdraft=100)
    for action in (account.deposit, account.withdraw):
        try:
            action(0)
        except AccountError as error:
            assert not isinstance(error, InsufficientFunds)
        else:
            raise AssertionError("accepted")


def kept_transfer():
    ann, bob = Account("ann", overdraft=5), Account("bob")
    ann.transfer(5, bob)
    assert net_worth([ann, bob]) == 0
    assert bob.balance == 5
