from marshmallow import Schema, fields


class ItemSchema(Schema):
    name = fields.String()
    price = fields.Method("converted")

    def converted(self, item):
        return item["price"] * self.context["rate"]


def priced(items: list[dict], rate: float) -> list[dict]:
    return ItemSchema(many=True, context={"rate": rate}).dump(items)
