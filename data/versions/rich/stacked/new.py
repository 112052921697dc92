import io

from rich.console import Console, Group
from rich.text import Text


def stacked(*texts: str) -> str:
    written = io.StringIO()
    console = Console(file=written, width=20, color_system=None)
    console.print(Group(*map(Text, texts)))
    return written.getvalue()
