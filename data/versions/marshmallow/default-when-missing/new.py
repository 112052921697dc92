from marshmallow import Schema, fields


class OptionsSchema(Schema):
    host = fields.String(required=True)
    port = fields.Integer(load_default=80)
    debug = fields.Boolean(load_default=False, dump_default=False)
