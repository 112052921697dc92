from scipy import stats


def column_modes(rows: list[list[int]]) -> list[int]:
    return stats.mode(rows, axis=0).mode[0].tolist()
