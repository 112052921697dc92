from sklearn.cluster import AgglomerativeClustering


def clusters(points: list[list[float]], count: int) -> list[set[int]]:
    model = AgglomerativeClustering(n_clusters=count, affinity="manhattan", linkage="average")
    found = {}
    for position, label in enumerate(model.fit_predict(points)):
        found.setdefault(label, set()).add(position)
    return sorted(found.values(), key=min)
