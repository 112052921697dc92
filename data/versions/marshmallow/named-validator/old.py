from marshmallow import Schema, ValidationError, fields, validates


class OrderSchema(Schema):
    amount = fields.Integer()

    @validates("amount")
    def at_least_one(self, value):
        if value < 1:
            raise ValidationError("at least one")
