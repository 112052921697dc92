import httpx as library


def test_two_lines():
    assert numbered(library.Response(200, text="a\nbb\n")) == "1 a\n2 bb\n"


def test_one_line():
    assert numbered(library.Response(200, text="only\n")) == "1 only\n"


def test_empty_line():
    assert numbered(library.Response(200, text="a\n\nb\n")) == "1 a\n2 \n3 b\n"
