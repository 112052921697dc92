from werkzeug.datastructures import Authorization


def credentials(header: str) -> tuple[str, str] | None:
    found = Authorization.from_header(header)
    if found is None or found.type != "basic":
        return None
    return found.username, found.password
