def test_days():
    assert days_of_csv("day,x\n31.12.2023,1\n01.02.2024,2\n") == ["2023-12-31", "2024-02-01"]


def test_day_comes_first():
    assert days_of_csv("x,day\n1,03.04.2020\n") == ["2020-04-03"]


def test_days_that_could_be_months():
    assert days_of_csv("day\n01.02.2021\n02.01.2021\n") == ["2021-02-01", "2021-01-02"]
