import yaml


class InOrder(yaml.SafeDumper):
    """Does not sort: it is given pairs, and sorts dictionaries only."""


def pairs(dumper, data):
    return dumper.represent_mapping("tag:yaml.org,2002:map", data.items())


InOrder.add_representer(dict, pairs)


def write(settings: dict) -> str:
    return yaml.dump(settings, Dumper=InOrder)
