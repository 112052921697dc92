from sklearn.base import BaseEstimator, TransformerMixin


class Centre(TransformerMixin, BaseEstimator):
    def fit(self, X, y=None):
        X = self._validate_data(X)
        self.mean_ = X.mean(axis=0)
        return self

    def transform(self, X):
        X = self._validate_data(X, reset=False)
        return X - self.mean_
