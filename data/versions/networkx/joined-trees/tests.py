import networkx


def test_two_paths():
    tree = under_one_root([(networkx.path_graph(3), 0), (networkx.path_graph(2), 1)])
    assert len(tree) == 6 and networkx.is_tree(tree)
    assert tree.degree[0] == 2
    assert sorted(len(branch) for branch in networkx.connected_components(without_root(tree))) == [
        2,
        3,
    ]


def test_one_tree():
    tree = under_one_root([(networkx.star_graph(3), 0)])
    assert tree.degree[0] == 1
    assert networkx.eccentricity(tree, 0) == 2


def without_root(tree):
    rest = tree.copy()
    rest.remove_node(0)
    return rest
