from isort import SortImports


def sorted_imports(source: str) -> str:
    return SortImports(file_contents=source, force_single_line=True).output
