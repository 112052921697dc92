import pydantic


def test_good_plates():
    assert Car(plate="AB-1").seats == 5
    assert Car(plate="XY-1234", seats=2).plate == "XY-1234"


def refused(plate):
    try:
        Car(plate=plate)
    except pydantic.ValidationError:
        return True
    return False


def test_other_letters():
    assert refused("ab-1") and refused("A-1") and refused("xAB-1")


def test_other_digits():
    assert refused("AB-12345") and refused("AB-") and refused("AB1")
