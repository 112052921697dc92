from decimal import Decimal


def rates():
    return Rates({"usd": "1.25", "CHF": "0.95"})


def key_error(function, *values):
    try:
        function(*values)
    except KeyError as error:
        return error.args[0]
    raise AssertionError("no KeyError")


def new_unknown_source():
    assert key_error(rates().rate, "XYZ", "EUR") == "XYZ"


def new_unknown_target():
    assert key_error(rates().rate, "EUR", "jpy") == "JPY"


def new_unknown_in_conversions_and_totals():
    key_error(rates().convert, "5", "JPY", "EUR")
    key_error(rates().total, [("1", "EUR"), ("2", "JPY")], "EUR")


def new_unknown_to_itself():
    key_error(rates().rate, "JPY", "JPY")


def kept_rates():
    assert rates().rate("EUR", "usd") == Decimal("1.25")
    assert rates().rate("usd", "usd") == 1
    assert rates().convert("10", "USD", "EUR") == Decimal("8.00")


def kept_totals():
    assert rates().total([("1", "EUR"), ("2.50", "USD")], "EUR") == Decimal("3.00")
    assert rates().total([], "EUR") == 0
    assert rates().known() == ["CHF", "EUR", "USD"]
