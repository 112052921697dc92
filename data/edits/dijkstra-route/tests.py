def road_map(*roads):
    made = RoadMap()
    for a, b, length in roads:
        made.road(a, b, length)
    return made


TOWNS = [("A", "B", 4), ("A", "C", 2), ("C", "B", 1), ("B", "D", 5), ("X", "Y", 1)]


def new_length_and_way():
    assert road_map(*TOWNS).shortest("A", "D") == (8, ["A", "C", "B", "D"])
    assert road_map(*TOWNS).shortest("B", "A") == (3, ["B", "C", "A"])


def new_start_is_goal():
    assert road_map(*TOWNS).shortest("C", "C") == (0, ["C"])


def new_neighbours_directly():
    assert road_map(*TOWNS).shortest("X", "Y") == (1, ["X", "Y"])


def new_alphabet_decides():
    square = road_map(("A", "C", 1), ("A", "B", 1), ("C", "Z", 1), ("B", "Z", 1))
    assert square.shortest("A", "Z") == (2, ["A", "B", "Z"])
    assert square.shortest("Z", "A") == (2, ["Z", "B", "A"])


def new_alphabet_decides_over_the_whole_way():
    made = road_map(("A", "B", 2), ("A", "C", 1), ("B", "D", 1), ("C", "D", 2), ("D", "E", 1))
    assert made.shortest("A", "E") == (4, ["A", "B", "D", "E"])


def kept_no_route():
    for start, goal in [("A", "X"), ("A", "nowhere"), ("nowhere", "nowhere")]:
        try:
            road_map(*TOWNS).shortest(start, goal)
        except NoRoute:
            continue
        raise AssertionError((start, goal))


def kept_the_map():
    made = road_map(*TOWNS)
    assert made.neighbours("B") == ["A", "C", "D"]
    assert made.total() == 13
