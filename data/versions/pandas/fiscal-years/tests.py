def test_before_the_end():
    assert fiscal_year_ends("2022-03-01", 2) == ["2022-06-30", "2023-06-30"]


def test_after_the_end():
    assert fiscal_year_ends("2022-07-01", 1) == ["2023-06-30"]


def test_on_the_day():
    assert fiscal_year_ends("2024-06-30", 3) == ["2024-06-30", "2025-06-30", "2026-06-30"]
