import jinja2


@jinja2.pass_environment
def via(environment, value, name):
    return environment.filters[name](value)


def render(template: str, **values) -> str:
    environment = jinja2.Environment(autoescape=True)
    environment.filters["via"] = via
    return environment.from_string(template).render(**values)
