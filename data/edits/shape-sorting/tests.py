def drawing(*boxes):
    made = Drawing(4, 2)
    for box in boxes:
        made.add(Box(*box))
    return made


SMALL = (0, 0, 1, 1, "s")
LARGE = (0, 0, 3, 2, "L")


def new_later_ones_are_on_top():
    assert drawing(SMALL, LARGE).render() == ["LLL.", "LLL."]


def new_hidden_shapes_are_hidden():
    assert drawing(SMALL, LARGE).visible() == ["L"]


def new_helper_is_gone():
    assert "by_area" not in globals()


def kept_small_on_large():
    assert drawing(LARGE, SMALL).render() == ["sLL.", "LLL."]
    assert drawing(LARGE, SMALL).visible() == ["L", "s"]


def kept_outside_is_cut_off():
    assert drawing((3, -1, 5, 2, "x")).render() == ["...x", "...."]


def kept_area_and_fill():
    assert Box(*LARGE).area == 6
    try:
        drawing((0, 0, 1, 1, "ab"))
    except ValueError:
        return
    raise AssertionError("accepted")
