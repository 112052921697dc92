import attrs


def saved(instance) -> dict:
    names = [field.name for field in attrs.fields(type(instance))]
    return dict(zip(names, instance.__getstate__()))
