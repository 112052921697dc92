def saved(instance) -> dict:
    return dict(instance.__getstate__())
