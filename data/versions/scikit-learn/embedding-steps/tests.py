import numpy

POINTS = numpy.array([[0.0, 0.0], [0.1, 0.0], [5.0, 5.0], [5.0, 5.1], [9.0, 0.0], [9.1, 0.0]])


def test_embeds_and_stops():
    model = quick_tsne(250, 1)
    assert model.fit_transform(POINTS).shape == (6, 2)
    assert model.n_iter_ <= 250


def test_settings():
    settings = quick_tsne(300, 7).get_params()
    assert settings["perplexity"] == 2
    assert settings["init"] == "random"
    assert settings["random_state"] == 7
    assert 300 in settings.values()
