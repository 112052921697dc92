import click


def calculator() -> click.Group:
    @click.group()
    def group():
        pass

    @group.command("double")
    @click.argument("n", type=int)
    def double(n):
        return 2 * n

    @group.command("square")
    @click.argument("n", type=int)
    def square(n):
        return n * n

    @group.resultcallback()
    def show(result):
        click.echo(f"result: {result}")

    return group
