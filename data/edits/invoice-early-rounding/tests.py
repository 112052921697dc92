from decimal import Decimal


def invoice(*lines, tax="0.19"):
    made = Invoice(Decimal(tax))
    for line in lines:
        made.add("item", *line)
    return made


def new_net_is_rounded_once():
    assert invoice(("1.5", "0.33"), ("1.5", "0.33")).net() == Decimal("0.99")


def new_many_small_lines():
    made = invoice(*[("1", "0.004")] * 10)
    assert made.net() == Decimal("0.04")


def new_tax_comes_from_the_exact_net():
    made = invoice(*[("0.5", "0.05")] * 3, tax="0.5")
    assert made.tax() == Decimal("0.04")
    assert made.net() == Decimal("0.08")
    assert made.gross() == Decimal("0.12")


def new_lines_are_exact():
    assert Line("x", Decimal("3"), Decimal("0.333"), Decimal("0.5")).amount() == Decimal("0.4995")


def kept_results_have_two_places():
    made = invoice(("2", "10"), ("1", "5", "0.1"))
    assert str(made.net()) == "24.50"
    assert str(made.tax()) == "4.66"
    assert str(made.gross()) == "29.16"


def kept_empty_invoice():
    assert invoice().gross() == Decimal(0)
