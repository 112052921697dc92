from pydantic.dataclasses import dataclass


@dataclass
class Rectangle:
    width: float
    height: float

    def __post_init_post_parse__(self):
        self.area = self.width * self.height
