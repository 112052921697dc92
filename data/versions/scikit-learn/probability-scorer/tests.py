from sklearn.dummy import DummyClassifier


def score(y_fit, y):
    model = DummyClassifier(strategy="prior").fit([[0]] * len(y_fit), y_fit)
    return brier_scorer()(model, [[0]] * len(y), y)


def test_half_and_half():
    assert abs(score([0, 1], [0, 1]) + 0.25) < 1e-12


def test_right_on_the_whole():
    assert score([1, 1, 1, 0], [1, 1]) > score([1, 1, 1, 0], [0, 0])


def test_probabilities_count():
    assert abs(score([1, 1, 1, 0], [1, 0]) + (0.0625 + 0.5625) / 2) < 1e-12
