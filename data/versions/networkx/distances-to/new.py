import networkx as nx


def nearest_first(graph: nx.DiGraph, target: str) -> list[str]:
    lengths = nx.single_target_shortest_path_length(graph, target)
    return sorted(lengths, key=lambda node: (lengths[node], node))
