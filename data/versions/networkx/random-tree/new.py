import networkx as nx


def tree_edges(n: int, seed: int) -> list[tuple[int, int]]:
    tree = nx.random_labeled_tree(n, seed=seed)
    return sorted((min(edge), max(edge)) for edge in tree.edges)
