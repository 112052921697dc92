from google.protobuf.json_format import MessageToDict
from google.protobuf.message import Message


def as_dict(message: Message) -> dict:
    return MessageToDict(
        message, including_default_value_fields=True, preserving_proto_field_name=True
    )
