"""Invented workers: well-formed codici fiscali with a birthplace that does not exist."""

_ODD = dict(zip("0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ", [
    1, 0, 5, 7, 9, 13, 15, 17, 19, 21, 1, 0, 5, 7, 9, 13, 15, 17, 19, 21, 2, 4, 18, 20, 11, 3, 6, 8, 12, 14, 16, 10,
    22, 25, 24, 23]))
_LETTERS = "BCDFGHJKLMNPQRSTVWXZ"
_MONTHS = "ABCDEHLMPRST"


def check_letter(body):
    values = (_ODD[c] if place % 2 == 0 else (int(c) if c.isdigit() else ord(c) - 65) for place, c in enumerate(body))
    return chr(65 + sum(values) % 26)


def codice_fiscale(number):
    """The invented person of a number; different numbers below 160 million are different people."""
    rest, letters = number, ""
    for _ in range(4):
        rest, place = divmod(rest, len(_LETTERS))
        letters += _LETTERS[place]
    rest, month = divmod(rest, 12)
    rest, day = divmod(rest, 28)
    body = f"XX{letters}{70 + rest % 30:02d}{_MONTHS[month]}{day + 1:02d}Z990"
    return body + check_letter(body)
