def store(**values):
    made = Store()
    for key, value in values.items():
        made.set(key, value)
    return made


def state(made):
    return {key: made.get(key) for key in made.keys()}


def new_rollback():
    made = store(a=1, b=2)
    made.begin()
    made.set("a", 5)
    made.delete("b")
    made.set("c", 2)
    made.increase("a")
    assert state(made) == {"a": 6, "c": 2}
    made.rollback()
    assert state(made) == {"a": 1, "b": 2}


def new_counts_come_back():
    made = store(a=1, b=1)
    made.begin()
    made.delete("a")
    made.set("b", 3)
    made.rollback()
    assert (made.count(1), made.count(3)) == (2, 0)


def new_commit():
    made = store(a=1)
    made.begin()
    made.set("a", 2)
    made.commit()
    assert made.get("a") == 2


def new_nesting():
    made = store(a=1)
    made.begin()
    made.set("a", 2)
    made.begin()
    made.set("a", 3)
    made.set("b", 3)
    made.rollback()
    assert state(made) == {"a": 2}
    made.commit()
    assert state(made) == {"a": 2}


def new_outer_rollback_undoes_an_inner_commit():
    made = store(a=1)
    made.begin()
    made.begin()
    made.set("a", 2)
    made.commit()
    made.begin()
    made.increase("a", 10)
    made.commit()
    assert made.get("a") == 12
    made.rollback()
    assert state(made) == {"a": 1}


def new_none_is_open():
    made = store(a=1)
    made.begin()
    made.commit()
    for action in (made.commit, made.rollback, Store().commit):
        try:
            action()
        except NoTransaction as error:
            assert isinstance(error, LookupError)
            continue
        raise AssertionError("accepted")


def new_values_of_none():
    made = store(a=None)
    made.begin()
    made.set("a", 1)
    made.rollback()
    assert made.keys() == ["a"]
    assert made.get("a", "gone") is None


def kept_without_transactions():
    made = store(a=1, b=1, c=2)
    assert made.count(1) == 2
    assert made.delete("a")
    assert not made.delete("a")
    assert made.increase("n") == 1
    assert made.keys() == ["b", "c", "n"]
    assert made.count(1) == 2
