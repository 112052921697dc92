from typeguard import check_type


def fits(value, annotation) -> bool:
    try:
        check_type("value", value, annotation)
    except TypeError:
        return False
    return True
