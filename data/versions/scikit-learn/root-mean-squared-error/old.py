from sklearn.metrics import mean_squared_error


def rmse(truth: list[float], predicted: list[float], weights: list[float]) -> float:
    return float(mean_squared_error(truth, predicted, sample_weight=weights, squared=False))
