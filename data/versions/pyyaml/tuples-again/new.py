import yaml


def read(text: str):
    return yaml.load(text, Loader=yaml.FullLoader)
