import wtforms
from wtforms.fields.html5 import EmailField, IntegerField


class SignUp(wtforms.Form):
    email = EmailField()
    age = IntegerField()
