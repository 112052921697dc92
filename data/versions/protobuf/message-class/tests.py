from google.protobuf import descriptor_pb2


def point_file(field):
    file = descriptor_pb2.FileDescriptorProto(name="p.proto", package="geo", syntax="proto3")
    message = file.message_type.add(name="Point")
    kinds = descriptor_pb2.FieldDescriptorProto
    message.field.add(name=field, number=1, type=kinds.TYPE_INT32, label=kinds.LABEL_OPTIONAL)
    return file


def test_fields():
    point = new_message(point_file("x"), "geo.Point")
    point.x = 7
    assert type(point).FromString(point.SerializeToString()).x == 7


def test_empty():
    assert new_message(point_file("y"), "geo.Point").SerializeToString() == b""


def test_name():
    assert new_message(point_file("z"), "geo.Point").DESCRIPTOR.full_name == "geo.Point"
