from marshmallow import Schema, fields, post_dump


class TagSchema(Schema):
    name = fields.String()

    @post_dump(pass_collection=True)
    def envelope(self, data, many, **kwargs):
        return {"tags": data} if many else {"tag": data}
