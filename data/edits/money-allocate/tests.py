def cents(shares):
    return [share.cents for share in shares]


def new_even_split_gives_the_first_the_rest():
    assert cents(Money(100).allocate([1, 1, 1])) == [34, 33, 33]


def new_proportions():
    assert cents(Money(1000).allocate([70, 20, 10])) == [700, 200, 100]
    assert cents(Money(5).allocate([3, 7])) == [2, 3]


def new_zero_ratio_gets_nothing():
    assert cents(Money(5).allocate([0, 1, 1])) == [0, 3, 2]


def new_nothing_is_lost():
    for amount in range(50):
        for ratios in ([1, 2], [3, 3, 3, 1], [5], [0, 7, 2]):
            assert sum(cents(Money(amount).allocate(ratios))) == amount


def new_currency_stays():
    assert Money(3, "CHF").allocate([1, 1]) == [Money(2, "CHF"), Money(1, "CHF")]


def new_needs_a_ratio():
    assert hasattr(Money, "allocate")
    for ratios in ([], [0, 0]):
        try:
            Money(10).allocate(ratios)
        except ValueError:
            continue
        raise AssertionError(ratios)


def kept_arithmetic_and_text():
    assert Money.parse("12.3 EUR") - Money(30) == Money(1200)
    assert str(Money(-5).times(3)) == "-0.15 EUR"
