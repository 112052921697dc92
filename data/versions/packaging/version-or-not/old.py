from packaging.version import LegacyVersion, parse


def is_version(text: str) -> bool:
    return not isinstance(parse(text), LegacyVersion)
