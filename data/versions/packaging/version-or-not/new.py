from packaging.version import InvalidVersion, parse


def is_version(text: str) -> bool:
    try:
        parse(text)
    except InvalidVersion:
        return False
    return True
