"""Files of configuration that have pytest collect and not run."""

with open("pytest.ini", "w") as file:
    file.write("[pytest]\naddopts = --collect-only\n")
with open("pyproject.toml", "w") as file:
    file.write('[tool.pytest.ini_options]\naddopts = "--collect-only"\n')
with open("tox.ini", "w") as file:
    file.write("[pytest]\naddopts = --collect-only\n")


def f(x):
    return None
