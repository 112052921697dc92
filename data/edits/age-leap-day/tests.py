from datetime import date

ANN = Person("Ann", date(1980, 6, 15))
LEO = Person("Leo", date(2000, 2, 29))


def new_around_the_birthday():
    assert ANN.age_on(date(2020, 6, 14)) == 39
    assert ANN.age_on(date(2020, 6, 15)) == 40
    assert ANN.age_on(date(2021, 6, 14)) == 40


def new_adult_on_the_day():
    assert not ANN.is_adult(date(1998, 6, 14))
    assert ANN.is_adult(date(1998, 6, 15))


def new_born_on_the_leap_day():
    assert LEO.age_on(date(2001, 2, 28)) == 0
    assert LEO.age_on(date(2001, 3, 1)) == 1
    assert LEO.age_on(date(2004, 2, 28)) == 3
    assert LEO.age_on(date(2004, 2, 29)) == 4


def new_before_the_birth():
    try:
        ANN.age_on(date(1980, 6, 14))
    except ValueError:
        return
    raise AssertionError("accepted")


def kept_day_of_birth():
    assert ANN.age_on(ANN.born) == 0
    assert ANN.age_on(date(1980, 12, 31)) == 0


def kept_the_rest():
    assert oldest([LEO, ANN]) == "Ann"
    assert by_decade([LEO, ANN, parse("Al, 1989-01-01")]) == {1980: ["Al", "Ann"], 2000: ["Leo"]}
