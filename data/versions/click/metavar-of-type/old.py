import re

import click


class Percent(click.ParamType):
    name = "percent"

    def convert(self, value, param, ctx):
        if isinstance(value, int):
            return value
        found = re.fullmatch(r"(\d+)%", value)
        if found is None or int(found[1]) > 100:
            self.fail(f"{value!r} is not from 0% to 100%", param, ctx)
        return int(found[1])

    def get_metavar(self, param):
        return "0%-100%"
