import wtforms


class SignUp(wtforms.Form):
    email = wtforms.EmailField()
    age = wtforms.IntegerField()
