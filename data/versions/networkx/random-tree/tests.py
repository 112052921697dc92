import networkx


def test_it_is_a_tree():
    for seed in range(5):
        edges = tree_edges(8, seed)
        tree = networkx.Graph(edges)
        assert len(edges) == 7 and set(tree) == set(range(8)) and networkx.is_connected(tree)


def test_seeds():
    assert tree_edges(9, 3) == tree_edges(9, 3)
    assert len({tuple(tree_edges(9, seed)) for seed in range(20)}) > 10


def test_one_node():
    assert tree_edges(1, 0) == []
