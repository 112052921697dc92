import networkx


def test_along_a_path():
    graph = networkx.DiGraph([("ant", "bee"), ("bee", "cat")])
    assert nearest_first(graph, "cat") == ["cat", "bee", "ant"]


def test_ties_by_name():
    graph = networkx.DiGraph([("zoe", "end"), ("amy", "end"), ("bob", "zoe")])
    assert nearest_first(graph, "end") == ["end", "amy", "zoe", "bob"]


def test_only_what_leads_there():
    graph = networkx.DiGraph([("one", "two"), ("two", "three")])
    assert nearest_first(graph, "one") == ["one"]
