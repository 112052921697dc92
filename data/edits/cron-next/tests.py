from datetime import datetime as real_datetime


def after(text, *moment):
    return Schedule(text).next_after(real_datetime(*moment))


def new_within_the_hour():
    assert after("*/15 * * * *", 2024, 5, 1, 10, 3) == real_datetime(2024, 5, 1, 10, 15)
    assert after("*/15 * * * *", 2024, 5, 1, 10, 50) == real_datetime(2024, 5, 1, 11, 0)


def new_strictly_after():
    assert after("0 * * * *", 2024, 5, 1, 10, 0) == real_datetime(2024, 5, 1, 11, 0)
    assert after("* * * * *", 2024, 5, 1, 10, 0, 59, 5) == real_datetime(2024, 5, 1, 10, 1)
    assert after("1 10 * * *", 2024, 5, 1, 10, 0, 59) == real_datetime(2024, 5, 1, 10, 1)


def new_over_days_and_months():
    assert after("30 4 * * mon", 2024, 5, 1, 10, 0) == real_datetime(2024, 5, 6, 4, 30)
    assert after("0 0 31 * *", 2024, 5, 31, 0, 0) == real_datetime(2024, 7, 31, 0, 0)
    assert after("5 23 1 jan *", 2024, 1, 1, 23, 5) == real_datetime(2025, 1, 1, 23, 5)
    assert after("0 9 13 * fri", 2024, 1, 1, 0, 0) == real_datetime(2024, 9, 13, 9, 0)


def new_leap_day():
    assert after("0 0 29 2 *", 2024, 3, 1, 0, 0) == real_datetime(2028, 2, 29, 0, 0)


def new_never():
    for text in ("0 0 30 2 *", "0 0 31 4,6 *"):
        try:
            after(text, 2024, 1, 1)
        except ScheduleError:
            continue
        raise AssertionError(text)


def new_agrees_with_fires_at():
    schedule = Schedule("7-50/9 */6 2,20-22 * tue-sat")
    moment = real_datetime(2024, 2, 27, 23, 59)
    found = []
    for _ in range(40):
        moment = schedule.next_after(moment)
        found.append(moment)
    step, expected = real_datetime(2024, 2, 28), []
    while len(expected) < 40:
        if schedule.fires_at(step):
            expected.append(step)
        step += timedelta(minutes=1)
    assert found == expected


def kept_fields():
    schedule = Schedule("5,10 1-3 */10 jan-mar 0")
    assert schedule.minutes == {5, 10}
    assert schedule.hours == {1, 2, 3}
    assert schedule.days == {1, 11, 21, 31}
    assert schedule.months == {1, 2, 3}
    assert Schedule("10,5 1,2,3 1/10 1-3 mon") == schedule


def kept_crontabs():
    jobs = parse_crontab("# x\n0 4 * * * backup all # daily\n*/2 * * * * ping\n")
    assert due(jobs, real_datetime(2024, 5, 1, 4, 0)) == ["backup all", "ping"]
    assert due(jobs, real_datetime(2024, 5, 1, 4, 1)) == []


def kept_errors():
    for text in ("* * * *", "60 * * * *", "* * 0 * *", "a * * * *", "*/0 * * * *", "5-1 * * * *"):
        try:
            Schedule(text)
        except ScheduleError:
            continue
        raise AssertionError(text)
