"""Checks the form with which people order."""

POSTCODE_DIGITS = {"DE": 5, "AT": 4, "CH": 4}


class FormError(ValueError):
    """A form that cannot be accepted."""

    def __init__(self, *errors):
        super().__init__("; ".join(f"{field}: {message}" for field, message in errors))
        self.errors = list(errors)


def check_name(text):
    name = " ".join(text.split())
    if not name:
        raise FormError(("name", "is missing"))
    if len(name) > 40:
        raise FormError(("name", "is too long"))
    return name


def check_quantity(text):
    if not text.strip().isdecimal():
        raise FormError(("quantity", "is not a number"))
    quantity = int(text)
    if not 1 <= quantity <= 99:
        raise FormError(("quantity", "is not between 1 and 99"))
    return quantity


def check_country(text):
    country = text.strip().upper()
    if country not in POSTCODE_DIGITS:
        raise FormError(("country", f"is not one of {', '.join(sorted(POSTCODE_DIGITS))}"))
    return country


def check_postcode(text, country):
    postcode = text.strip()
    if not postcode.isdecimal() or len(postcode) != POSTCODE_DIGITS[country]:
        raise FormError(("postcode", f"does not have {POSTCODE_DIGITS[country]} digits"))
    return postcode


def check_form(form):
    """The values of a form, checked and tidied up; fields that are missing count as empty."""
    checked = {}
    errors = []

    def collect(field, check, *more):
        try:
            checked[field] = check(form.get(field, ""), *more)
        except FormError as error:
            errors.extend(error.errors)

    collect("name", check_name)
    collect("quantity", check_quantity)
    collect("country", check_country)
    if "country" in checked:
        collect("postcode", check_postcode, checked["country"])
    if errors:
        raise FormError(*errors)
    return checked
