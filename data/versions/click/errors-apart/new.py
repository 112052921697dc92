from click.testing import CliRunner

import click


def run(command: click.Command, arguments: list[str]) -> tuple[str, str]:
    result = CliRunner().invoke(command, arguments)
    return result.stdout, result.stderr
