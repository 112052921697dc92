from rich.console import Console
from rich.measure import Measurement
from rich.text import Text


def natural_width(markup: str) -> int:
    console = Console(width=80)
    return Measurement.get(console, console.options, Text.from_markup(markup)).maximum
