import wtforms


def selected_labels(field: wtforms.SelectField) -> list[str]:
    return [label for _, label, selected in field.iter_choices() if selected]
