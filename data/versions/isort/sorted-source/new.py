import isort


def sorted_imports(source: str) -> str:
    return isort.code(source, force_single_line=True)
