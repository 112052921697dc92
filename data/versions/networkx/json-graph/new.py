import networkx as nx


def graph_as_json(graph: nx.Graph) -> dict:
    return nx.node_link_data(graph, edges="arcs")
