from sklearn.manifold import TSNE


def quick_tsne(steps: int, seed: int) -> TSNE:
    return TSNE(n_components=2, perplexity=2, init="random", max_iter=steps, random_state=seed)
