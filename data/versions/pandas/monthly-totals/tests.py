def test_two_months():
    found = monthly_totals(["2024-01-03", "2024-01-30", "2024-02-01"], [1.0, 2.0, 5.0])
    assert found == {"2024-01-31": 3.0, "2024-02-29": 5.0}


def test_a_month_without():
    found = monthly_totals(["2023-11-30", "2024-01-01"], [1.5, 2.5])
    assert found == {"2023-11-30": 1.5, "2023-12-31": 0.0, "2024-01-31": 2.5}


def test_any_order():
    found = monthly_totals(["2024-02-10", "2024-01-10"], [4.0, 3.0])
    assert found == {"2024-01-31": 3.0, "2024-02-29": 4.0}
