import attrs


def measured(base: type) -> type:
    @attrs.define(kw_only=True, force_kw_only=True)
    class Measured(base):
        unit: str

    return Measured
