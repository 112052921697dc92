def compact(source):
    return to_html(source).replace("\n", "")


def new_numbered_list():
    assert compact("1. a\n2. b") == "<ol><li>a</li><li>b</li></ol>"


def new_numbers_do_not_matter():
    assert compact("7. a\n7. b\n100. `c`") == "<ol><li>a</li><li>b</li><li><code>c</code></li></ol>"


def new_ends_like_the_other_kind():
    assert compact("1. a\ntext") == "<ol><li>a</li></ol><p>text</p>"
    assert compact("text\n1. a\n\n2. b") == "<p>text</p><ol><li>a</li></ol><ol><li>b</li></ol>"
    assert compact("1. a\n# h") == "<ol><li>a</li></ol><h1>h</h1>"


def new_one_kind_after_the_other():
    assert compact("- a\n1. b\n* c") == (
        "<ul><li>a</li></ul><ol><li>b</li></ol><ul><li>c</li></ul>"
    )


def kept_what_is_no_number():
    assert compact("1.5 litres") == "<p>1.5 litres</p>"
    assert compact("a 1. b") == "<p>a 1. b</p>"
    assert compact("1) x") == "<p>1) x</p>"


def kept_bullets():
    assert (
        compact("- a\n* **b**\ntext") == "<ul><li>a</li><li><strong>b</strong></li></ul><p>text</p>"
    )


def kept_paragraphs_and_headings():
    assert to_html("# T\n\none\ntwo\n\n`a<b`") == (
        "<h1>T</h1>\n<p>one two</p>\n<p><code>a&lt;b</code></p>"
    )
