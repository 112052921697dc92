GOOD = {"name": " Ann  Lee ", "quantity": "3", "country": "de", "postcode": "01234"}


def faults(**changes):
    try:
        check_form({**GOOD, **changes})
    except FormError as error:
        return error
    raise AssertionError("accepted")


def new_all_faults_in_order():
    error = faults(postcode="1", quantity="0", name="")
    assert error.errors == [
        ("name", "is missing"),
        ("quantity", "is not between 1 and 99"),
        ("postcode", "does not have 5 digits"),
    ]


def new_text():
    error = faults(quantity="many", country="FR")
    assert str(error) == "quantity: is not a number; country: is not one of AT, CH, DE"


def new_postcode_needs_a_country():
    assert [field for field, _ in faults(country="", postcode="").errors] == ["country"]


def new_empty_form():
    try:
        check_form({})
    except FormError as error:
        assert [field for field, _ in error.errors] == ["name", "quantity", "country"]
        return
    raise AssertionError("accepted")


def new_single_fault_is_a_list_too():
    assert faults(name="x" * 41).errors == [("name", "is too long")]


def kept_good_forms():
    assert check_form(GOOD) == {
        "name": "Ann Lee",
        "quantity": 3,
        "country": "DE",
        "postcode": "01234",
    }


def kept_single_faults():
    assert str(faults(postcode="0123a")) == "postcode: does not have 5 digits"
    assert str(faults(country="CH", postcode="01234")) == "postcode: does not have 4 digits"
    assert isinstance(faults(name=" "), ValueError)
