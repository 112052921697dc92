from sklearn.base import BaseEstimator, TransformerMixin
from sklearn.utils.validation import validate_data


class Centre(TransformerMixin, BaseEstimator):
    def fit(self, X, y=None):
        X = validate_data(self, X)
        self.mean_ = X.mean(axis=0)
        return self

    def transform(self, X):
        X = validate_data(self, X, reset=False)
        return X - self.mean_
