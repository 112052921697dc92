def graph(**needs):
    made = BuildGraph()
    for target, names in needs.items():
        made.add(target, *names.split())
    return made


def new_needs_come_first():
    assert graph(app="lib util", lib="util").order() == ["util", "lib", "app"]


def new_alphabet_decides_at_every_step():
    assert graph(b="z", c="", a="b").order() == ["c", "z", "b", "a"]


def new_empty_graph():
    assert BuildGraph().order() == []


def new_cycle_is_an_error():
    made = graph(a="b", b="c", c="a", d="")
    try:
        made.order()
    except CycleError:
        return
    raise AssertionError("no CycleError")


def new_graph_is_not_used_up():
    made = graph(app="lib", lib="core")
    assert made.order() == made.order() == ["core", "lib", "app"]
    assert made.direct("app") == ["lib"]


def kept_queries():
    made = graph(app="lib util", lib="util")
    assert made.all_needs("app") == {"lib", "util"}
    assert made.users("util") == ["app", "lib"]
    assert made.targets() == ["app", "lib", "util"]
