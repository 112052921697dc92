from sklearn.metrics import root_mean_squared_error


def rmse(truth: list[float], predicted: list[float], weights: list[float]) -> float:
    return float(root_mean_squared_error(truth, predicted, sample_weight=weights))
