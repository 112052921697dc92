import networkx


def test_edges_are_arcs():
    found = graph_as_json(networkx.path_graph(3))
    assert found["arcs"] == [{"source": 0, "target": 1}, {"source": 1, "target": 2}]
    assert not {"links", "edges"} & set(found)


def test_the_rest():
    graph = networkx.DiGraph()
    graph.add_edge("a", "b", weight=2)
    found = graph_as_json(graph)
    assert found["directed"] is True
    assert found["nodes"] == [{"id": "a"}, {"id": "b"}]
    assert found["arcs"] == [{"weight": 2, "source": "a", "target": "b"}]
