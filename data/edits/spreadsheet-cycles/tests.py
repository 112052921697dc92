def sheet(**formulas):
    made = Sheet()
    for name, formula in formulas.items():
        made.set(name, formula)
    return made


def circle(made, name):
    try:
        made.value(name)
    except CycleError as error:
        return error.cells
    raise AssertionError("no CycleError")


def new_itself():
    assert circle(sheet(A1="A1 + 1"), "A1") == ["A1"]


def new_order_and_beginning():
    made = sheet(C1="B1", B1="2 * A1", A1="C1 - 1")
    for name in ("A1", "B1", "C1"):
        assert circle(made, name) == ["A1", "C1", "B1"]


def new_cells_that_need_a_circle():
    made = sheet(X1="Y1 + 1", Y1="5 + B1", A1="B1", B1="A1")
    assert circle(made, "X1") == ["A1", "B1"]
    assert circle(made, "Y1") == ["A1", "B1"]


def new_nothing_is_left_behind():
    made = sheet(A1="B1", B1="A1 + D1", D1="4")
    circle(made, "A1")
    circle(made, "B1")
    assert made.value("D1") == 4
    made.set("A1", "1")
    assert made.value("B1") == 5


def new_can_be_repaired():
    made = sheet(A1="B1", B1="A1")
    assert circle(made, "A1") == ["A1", "B1"]
    made.clear("B1")
    assert made.value("A1") == 0


def kept_formulas():
    made = sheet(A1="2", B1="A1 * (A1 + 3) - -1", C1="B1 / 2 / A1")
    assert made.value("B1") == 11
    assert made.value("C1") == 2.75
    assert made.value("Z9") == 0
    made.set("A1", 1)
    assert made.value("B1") == 5


def kept_shared_cells_are_no_circle():
    made = sheet(A1="B1 + C1 + B1", B1="D1", C1="D1 + B1", D1="3")
    assert made.value("A1") == 12


def kept_values_are_remembered():
    made = sheet(A0="1", **{f"A{n}": f"A{n - 1} + A{n - 1}" for n in range(1, 41)})
    for n in range(40):
        made.value(f"A{n}")
    assert made.value("A40") == 2**40


def kept_errors():
    for formula in ("1 +", "(1", "1 2", "A1 B1", ")", "x"):
        try:
            sheet(B2=formula).value("B2")
        except SheetError as error:
            assert not isinstance(error, CycleError)
            continue
        raise AssertionError(formula)
