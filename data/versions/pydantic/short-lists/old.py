from pydantic import BaseModel, conlist


class Team(BaseModel):
    members: conlist(str, min_items=2, max_items=4)
