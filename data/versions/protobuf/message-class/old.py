from google.protobuf.descriptor_pb2 import FileDescriptorProto
from google.protobuf.descriptor_pool import DescriptorPool
from google.protobuf.message_factory import MessageFactory


def new_message(file: FileDescriptorProto, name: str):
    pool = DescriptorPool()
    pool.AddSerializedFile(file.SerializeToString())
    return MessageFactory(pool).GetPrototype(pool.FindMessageTypeByName(name))()
