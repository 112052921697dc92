import io

from rich.console import Console, RenderGroup
from rich.text import Text


def stacked(*texts: str) -> str:
    written = io.StringIO()
    console = Console(file=written, width=20, color_system=None)
    console.print(RenderGroup(*map(Text, texts)))
    return written.getvalue()
