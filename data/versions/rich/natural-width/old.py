from rich.console import Console
from rich.measure import Measurement
from rich.text import Text


def natural_width(markup: str) -> int:
    return Measurement.get(Console(width=80), Text.from_markup(markup), 80).maximum
