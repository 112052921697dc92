import warnings

import numpy as np


def as_real(values: list) -> list[float] | None:
    with warnings.catch_warnings():
        warnings.simplefilter("error", np.ComplexWarning)
        try:
            return np.array(values).astype(np.float64).tolist()
        except np.ComplexWarning:
            return None
