def refuses(text):
    try:
        from_roman(text)
    except ValueError:
        return True
    return False


def new_too_many_of_a_letter():
    assert refuses("IIII")
    assert refuses("VV")
    assert refuses("XXXXX")
    assert refuses("MMMM")


def new_wrong_order():
    for text in ("VX", "IC", "IIX", "IVI", "XM", "CMC"):
        assert refuses(text), text


def new_nothing():
    assert refuses("")
    assert refuses("   ")


def new_sums_check_their_parts():
    try:
        add("IIII", "I")
    except ValueError:
        return
    raise AssertionError("accepted")


def kept_every_number_comes_back():
    for number in range(1, 4000):
        assert from_roman(to_roman(number)) == number


def kept_case_and_space():
    assert from_roman(" xiv ") == 14
    assert add("iv", "V") == "IX"
    assert refuses("Q")
