def test_link():
    assert '<a class="out" href="http://x.org/">here</a>' in to_html("look [here](http://x.org/)")


def test_title_is_left_out():
    assert to_html('[a](/b "c")').strip() == '<p><a class="out" href="/b">a</a></p>'


def test_the_rest():
    found = to_html("# Title\n\nsome *words* and [a **b**](/c)\n")
    assert "<h1>Title</h1>" in found and "<em>words</em>" in found
    assert '<a class="out" href="/c">a <strong>b</strong></a>' in found
