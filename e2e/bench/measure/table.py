"""The table that is printed."""

import dataclasses
import os
import statistics


@dataclasses.dataclass
class Line:
    """One figure: what was measured beside its floor, in each round."""

    what: str
    unit: str
    floor: list
    ours: list
    aim: str
    added: bool = False  # The figure is what ours adds to the floor, instead of their ratio.
    times: bool = False  # The ratio is told as how many times the floor, instead of in per cent.

    def figures(self):
        if self.times:
            return [float(f"{ours / floor:.2g}") for floor, ours in zip(self.floor, self.ours)]
        if self.added:
            return [round(ours - floor) for floor, ours in zip(self.floor, self.ours)]
        return [round(100 * ours / floor) for floor, ours in zip(self.floor, self.ours)]

    def cells(self):
        figures = self.figures()
        sign = f"{{:+}} {self.unit}" if self.added else "{} ×" if self.times else "{} %"
        middle = statistics.median(figures)
        middle = sign.format(f"{middle:g}" if self.times else round(middle))
        spread = f"{min(figures):g} … {max(figures):g}"
        return [
            self.what, f"{statistics.median(self.floor):,.0f} {self.unit}", f"{statistics.median(self.ours):,.0f} {self.unit}",
            middle, spread, self.aim,
        ]


HEADING = ["", "floor", "Omnia", "result", "rounds", "aim"]


def show(lines):
    rows = [HEADING, *(line.cells() for line in lines)]
    widths = [max(len(row[column]) for row in rows) for column in range(len(HEADING))]
    print(f"\nMedians of the rounds of one run; {os.cpu_count()} cores.\n")
    for row in rows:
        first, *others = (cell.ljust(width) if not column else cell.rjust(width) for column, (cell, width) in enumerate(zip(row, widths)))
        print("  ".join([first, *others]).rstrip())
