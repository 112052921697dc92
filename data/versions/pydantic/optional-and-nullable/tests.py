import pydantic


def refused(**fields):
    try:
        Contact(**fields)
    except pydantic.ValidationError:
        return True
    return False


def test_phone_may_be_left_out():
    assert Contact(name="A", email="a@b").phone is None


def test_email_must_be_given():
    assert refused(name="A", phone="1")
    assert Contact(name="A", email=None).email is None


def test_a_name_is_not_enough():
    assert refused(name="A") and refused(name="A", phone=None)


def test_both_may_be_none():
    assert Contact(name="A", phone=None, email=None).phone is None


def test_everything_given():
    assert Contact(name="A", phone="1", email="a@b").phone == "1"
