def test_two_groups():
    # Odds 1:3 where x is 0 and 3:1 where it is 1.
    found = odds_ratio([0, 0, 0, 0, 1, 1, 1, 1], [1, 0, 0, 0, 1, 1, 1, 0])
    assert abs(found - 9) < 0.01


def test_no_relation():
    assert abs(odds_ratio([0, 0, 1, 1], [0, 1, 0, 1]) - 1) < 0.01
