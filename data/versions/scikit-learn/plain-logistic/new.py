import math

from sklearn.linear_model import LogisticRegression


def odds_ratio(x: list[float], y: list[int]) -> float:
    model = LogisticRegression(penalty=None, tol=1e-8, max_iter=1000)
    model.fit([[value] for value in x], y)
    return math.exp(model.coef_[0, 0])
