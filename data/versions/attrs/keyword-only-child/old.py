import attrs


def measured(base: type) -> type:
    @attrs.define(kw_only=True)
    class Measured(base):
        unit: str

    return Measured
