from marshmallow import Schema, fields


class OptionsSchema(Schema):
    host = fields.String(required=True)
    port = fields.Integer(missing=80)
    debug = fields.Boolean(missing=False, default=False)
