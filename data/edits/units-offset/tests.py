import math


def near(left, right):
    return math.isclose(left, right, rel_tol=1e-9, abs_tol=1e-9)


def new_fixed_points():
    assert near(convert(0, "C", "K"), 273.15)
    assert near(convert(0, "C", "F"), 32)
    assert near(convert(100, "C", "F"), 212)
    assert near(convert(-40, "F", "C"), -40)
    assert near(convert(0, "K", "F"), -459.67)


def new_there_and_back():
    for source in "KCF":
        for target in "KCF":
            assert near(convert(convert(25, source, target), target, source), 25)


def new_differences():
    assert near(convert_difference(10, "C", "F"), 18)
    assert near(convert_difference(-9, "F", "K"), -5)
    assert near(convert_difference(5, "C", "K"), 5)
    assert near(convert_difference(-1000, "C", "K"), -1000)


def new_absolute_zero():
    assert near(convert(0, "K", "C"), -273.15)
    for value, unit in [(-1, "K"), (-274, "C"), (-460, "F")]:
        try:
            convert(value, unit, "K")
        except UnitError:
            continue
        raise AssertionError((value, unit))


def new_list_and_mixing():
    assert units_of("temperature") == ["C", "F", "K"]
    for action in (convert, convert_difference):
        try:
            action(1, "C", "m")
        except UnitError as error:
            assert "different" in str(error)
            continue
        raise AssertionError("accepted")


def kept_lengths_and_masses():
    assert near(convert(1, "mi", "m"), 1609.344)
    assert near(convert(-2, "kg", "g"), -2000)
    assert near(convert_difference(3, "ft", "m"), 0.9144)
    assert units_of("mass") == ["g", "kg", "lb"]


def kept_errors():
    for action in (convert, convert_difference):
        for pair in [("m", "kg"), ("m", "parsec")]:
            try:
                action(1, *pair)
            except UnitError:
                continue
            raise AssertionError(pair)
