import yaml


def write(settings: dict) -> str:
    return yaml.safe_dump(settings, default_flow_style=None, sort_keys=False)
