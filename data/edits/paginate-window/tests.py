def new_in_the_middle():
    assert page_links(10, 20) == [1, None, 9, 10, 11, None, 20]


def new_at_the_ends():
    assert page_links(1, 20) == [1, 2, None, 20]
    assert page_links(20, 20) == [1, None, 19, 20]


def new_a_single_page_is_shown():
    assert page_links(4, 20) == [1, 2, 3, 4, 5, None, 20]
    assert page_links(17, 20) == [1, None, 16, 17, 18, 19, 20]
    assert page_links(3, 5) == [1, 2, 3, 4, 5]


def new_few_pages():
    assert page_links(1, 1) == [1]
    assert page_links(2, 2) == [1, 2]


def new_wider():
    assert page_links(10, 20, around=3) == [1, None, 7, 8, 9, 10, 11, 12, 13, None, 20]
    assert page_links(10, 20, around=0) == [1, None, 10, None, 20]


def kept_pages():
    page = paginate(list(range(45)), 3)
    assert page.items == (40, 41, 42, 43, 44)
    assert (page.has_previous, page.has_next) == (True, False)
    assert describe(page, 45, 20) == "41-45 of 45"
    assert paginate([], 1).items == ()
