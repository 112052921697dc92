import jinja2


@jinja2.pass_context
def named(context, value):
    return f"{value} {context.get('suffix', '')}"


def render(template: str, **values) -> str:
    environment = jinja2.Environment()
    environment.filters["named"] = named
    return environment.from_string(template).render(**values)
