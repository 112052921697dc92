from pydantic import BaseModel, conlist


class Team(BaseModel):
    members: conlist(str, min_length=2, max_length=4)
