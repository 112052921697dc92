import httpx


def numbered(response: httpx.Response) -> str:
    return "".join(f"{number} {line}\n" for number, line in enumerate(response.iter_lines(), 1))
