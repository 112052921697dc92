import httpx


def numbered(response: httpx.Response) -> str:
    return "".join(f"{number} {line}" for number, line in enumerate(response.iter_lines(), 1))
