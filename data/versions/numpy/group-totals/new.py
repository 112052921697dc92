import numpy as np


def group_totals(labels: np.ndarray, weights: np.ndarray) -> np.ndarray:
    _, inverse = np.unique(labels, return_inverse=True)
    totals = np.bincount(inverse.ravel(), weights=weights.ravel())
    return totals[inverse]
