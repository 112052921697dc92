from datetime import date

FRIDAY = date(2024, 5, 3)


def new_over_a_weekend():
    assert add_workdays(FRIDAY, 1) == date(2024, 5, 6)
    assert add_workdays(FRIDAY, 6) == date(2024, 5, 13)


def new_backwards():
    assert add_workdays(date(2024, 5, 6), -1) == FRIDAY
    assert add_workdays(FRIDAY, -5) == date(2024, 4, 26)


def new_holidays_are_skipped():
    holidays = {date(2024, 5, 6), date(2024, 5, 7)}
    assert add_workdays(FRIDAY, 1, holidays) == date(2024, 5, 8)
    assert add_workdays(date(2024, 5, 8), -1, holidays) == FRIDAY


def new_zero_stays_even_on_a_weekend():
    sunday = date(2024, 5, 5)
    assert add_workdays(sunday, 0) == sunday


def new_from_a_weekend():
    saturday = date(2024, 5, 4)
    assert add_workdays(saturday, 1) == date(2024, 5, 6)
    assert add_workdays(saturday, -1) == FRIDAY


def kept_month_ends():
    assert month_end(date(2024, 2, 10)) == date(2024, 2, 29)
    assert month_end(date(2023, 12, 1)) == date(2023, 12, 31)
    assert last_workday_of_month(date(2024, 6, 1)) == date(2024, 6, 28)
    assert workdays_between(FRIDAY, date(2024, 5, 8)) == 3
