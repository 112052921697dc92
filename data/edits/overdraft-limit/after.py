"""Bank accounts with amounts in cents."""


class AccountError(Exception):
    """Something that an account does not do."""


class InsufficientFunds(AccountError):
    """There is not enough money for it."""


class Account:
    def __init__(self, owner, overdraft=0):
        if overdraft < 0:
            raise AccountError("the overdraft limit is given as a positive amount")
        self.owner = owner
        self.overdraft = overdraft
        self.balance = 0
        self.history = []

    def deposit(self, amount):
        self._require_positive(amount)
        self.balance += amount
        self.history.append(("deposit", amount))

    def withdraw(self, amount):
        self._require_positive(amount)
        if self.balance - amount < -self.overdraft:
            raise InsufficientFunds(f"{self.owner} cannot withdraw {amount}")
        self.balance -= amount
        self.history.append(("withdraw", amount))

    def transfer(self, amount, other):
        """Move money to another account, or change neither."""
        if other is self:
            raise AccountError("an account cannot pay itself")
        self.withdraw(amount)
        other.deposit(amount)

    @staticmethod
    def _require_positive(amount):
        if amount <= 0:
            raise AccountError(f"an amount has to be positive: {amount}")


def net_worth(accounts):
    """What all accounts hold together."""
    return sum(account.balance for account in accounts)
