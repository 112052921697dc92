import networkx as nx


def nearest_first(graph: nx.DiGraph, target: str) -> list[str]:
    lengths = nx.single_target_shortest_path_length(graph, target)
    return [node for length, node in sorted((length, node) for node, length in lengths)]
