from marshmallow.experimental.context import Context

from marshmallow import Schema, fields


class ItemSchema(Schema):
    name = fields.String()
    price = fields.Method("converted")

    def converted(self, item):
        return item["price"] * Context.get()["rate"]


def priced(items: list[dict], rate: float) -> list[dict]:
    with Context({"rate": rate}):
        return ItemSchema(many=True).dump(items)
