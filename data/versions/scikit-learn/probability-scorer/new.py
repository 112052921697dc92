from sklearn.metrics import brier_score_loss, make_scorer


def brier_scorer():
    return make_scorer(brier_score_loss, greater_is_better=False, response_method="predict_proba")
