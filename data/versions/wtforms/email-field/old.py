from wtforms.fields.html5 import EmailField, IntegerField

import wtforms


class SignUp(wtforms.Form):
    email = EmailField()
    age = IntegerField()
