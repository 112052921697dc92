from typeguard import CollectionCheckStrategy, TypeCheckError, check_type


def fits(value, annotation) -> bool:
    try:
        check_type(value, annotation, collection_check_strategy=CollectionCheckStrategy.ALL_ITEMS)
    except TypeCheckError:
        return False
    return True
