from sklearn.preprocessing import OneHotEncoder


def one_hot(colours: list[str]) -> list[list[float]]:
    encoder = OneHotEncoder(sparse_output=False)
    return encoder.fit_transform([[colour] for colour in colours]).tolist()
