def new_power():
    assert calculate("2^10") == 1024
    assert calculate("2 ^ 0.5 ^ 1") == 2**0.5


def new_groups_to_the_right():
    assert calculate("2^3^2") == 512
    assert calculate("(2^3)^2") == 64


def new_binds_tighter_than_the_rest():
    assert calculate("2*3^2") == 18
    assert calculate("18/3^2+1") == 3
    assert calculate("-2^2") == -4
    assert calculate("(-2)^2") == 4


def new_negative_exponent():
    assert calculate("2^-1") == 0.5
    assert calculate("2^-2*8") == 2
    assert calculate("2^-1^2") == 0.5


def new_missing_operands():
    for text in ("2^", "^2", "2^^2", "2^*3"):
        try:
            calculate(text)
        except CalculatorError as error:
            assert "missing" in str(error), text
            continue
        raise AssertionError(text)


def kept_arithmetic():
    assert calculate("1 + 2 * 3 - 4 / 2") == 5
    assert calculate("-(1 - 3) * --2") == 4
    assert calculate("10 - 2 - 3") == 5


def kept_errors():
    for text in ("", "1 +", "(1", "1 2", "a", "1 % 2", ")"):
        try:
            calculate(text)
        except CalculatorError:
            continue
        raise AssertionError(text)
