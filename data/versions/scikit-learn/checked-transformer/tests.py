def test_centres():
    model = Centre().fit([[1.0, 10.0], [3.0, 30.0]])
    assert model.transform([[2.0, 20.0], [0.0, 0.0]]).tolist() == [[0, 0], [-2, -20]]


def test_counts_columns():
    assert Centre().fit([[1.0, 2.0, 3.0]]).n_features_in_ == 3


def test_other_number_of_columns():
    model = Centre().fit([[1.0, 2.0]])
    try:
        model.transform([[1.0]])
    except ValueError as error:
        assert "features" in str(error)
    else:
        raise AssertionError("one column was accepted")
