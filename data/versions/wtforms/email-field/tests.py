def test_email():
    assert 'type="email"' in str(SignUp().email())


def test_number():
    assert 'type="number"' in str(SignUp().age())


def test_data():
    form = SignUp(data={"email": "a@b.org", "age": 7})
    assert form.validate() and form.age.data == 7 and 'value="a@b.org"' in str(form.email())
