import networkx as nx


def under_one_root(trees: list[tuple[nx.Graph, int]]) -> nx.Graph:
    return nx.join(trees)
