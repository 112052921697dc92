from importlib_metadata import entry_points


def plugin_names(group: str) -> list[str]:
    return sorted(point.name for point in entry_points().get(group, ()))
