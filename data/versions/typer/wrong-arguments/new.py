import typer


def outcome(app: typer.Typer, arguments: list) -> str:
    try:
        app(arguments, standalone_mode=False)
    except typer.TyperException as error:
        return error.format_message()
    return "done"
