"""Art. 12 c. 3 in OpenFisca: 52 weeks in the biennio mobile, over the units that the rulebook's benchmark wrote.

`python biennium.py FOLDER` checks that every unit has the answer of the engine, says `ready`, and then measures whatever
it is asked for, one name a line, and prints `UNITS NANOSECONDS` of processor time: `weeks` is given the value of every
week, `periods` the authorised periods, as the engine is, and `single` one unit at a time, the value of every week given.
OpenFisca has its best chance: all units in one vector, the inputs in place before the clock starts, periods made once,
the 13 windows of a request from one running sum.
"""

import datetime
import json
import pathlib
import sys
import time

import numpy
from openfisca_core import entities, periods, simulations, taxbenefitsystems, variables
from openfisca_core.periods import DateUnit

ROUND_NANOS = 1_000_000_000
LIMIT, WEEK, WINDOW = 1560, 30, 104
FOLDER = pathlib.Path(sys.argv[1])
META = json.loads((FOLDER / "meta.json").read_text())
UNITS, ASKED = META["units"], META["asked_weeks"]
REFERENCE = datetime.date.fromisoformat(META["reference"])
WEEKS = WINDOW - 1 + ASKED


def week(offset):
    """The week so many after the one from which the counters are seen."""
    day = REFERENCE + datetime.timedelta(weeks=offset)
    return periods.Period((DateUnit.WEEK, periods.Instant((day.year, day.month, day.day)), 1))


# The weeks that the counter looks at, made once: a period costs more to make than to add.
SEEN = [week(offset) for offset in range(1 - WINDOW, ASKED)]
PRESENT = SEEN[WINDOW - 1]


def counter(entity):
    """The variables of the counter for an entity that has `week_units`."""

    class biennium_used(variables.Variable):
        value_type = int
        definition_period = DateUnit.WEEK
        label = "Thirtieths of a week in the 103 weeks before"

        def formula(unit, period):
            total = numpy.zeros(unit.count, dtype=numpy.int32)
            for one in SEEN[: WINDOW - 1]:
                total += unit("week_units", one)
            return total

    class biennium_residual(variables.Variable):
        value_type = int
        definition_period = DateUnit.WEEK
        label = "Thirtieths of a week left"

        def formula(unit, period):
            return numpy.maximum(LIMIT - unit("biennium_used", period), 0)

    class biennium_grantable(variables.Variable):
        value_type = int
        definition_period = DateUnit.WEEK
        label = "Weeks that fit of a request from this week on"

        def formula(unit, period):
            window = unit("biennium_used", period) + WEEK
            fits = window <= LIMIT
            granted = fits.astype(numpy.int32)
            for leaving in SEEN[: ASKED - 1]:
                # The next window loses its first week and gains one that is presumed fully used.
                window += WEEK - unit("week_units", leaving)
                fits &= window <= LIMIT
                granted += fits
            return granted

    for variable in (biennium_used, biennium_residual, biennium_grantable):
        variable.entity = entity
    return biennium_used, biennium_residual, biennium_grantable


class Weeks:
    """The value of every week is an input."""

    units = UNITS

    def __init__(self):
        entity = entities.build_entity("production_unit", "production_units", "Unità produttiva", is_person=True)

        class week_units(variables.Variable):
            value_type = int
            definition_period = DateUnit.WEEK
            label = "Thirtieths of a week"

        week_units.entity = entity
        self.system = taxbenefitsystems.TaxBenefitSystem([entity])
        self.system.add_variables(week_units, *counter(entity))
        rows = numpy.fromfile(FOLDER / "weeks.u8", dtype=numpy.uint8).reshape(UNITS, WEEKS)
        self.columns = [numpy.ascontiguousarray(column, dtype=numpy.int32) for column in rows.T]

    def simulation(self):
        return self.of(slice(None))

    def of(self, wanted):
        columns = [column[wanted] for column in self.columns]
        builder = simulations.SimulationBuilder()
        builder.create_entities(self.system)
        builder.declare_person_entity("production_unit", numpy.arange(len(columns[0])))
        simulation = builder.build(self.system)
        for one, column in zip(SEEN, columns):
            simulation.set_input("week_units", one, column)
        return simulation


class Single:
    """One unit after the other, as a service is asked."""

    units = 1

    def __init__(self, weeks):
        self.weeks, self.place = weeks, 0

    def simulation(self):
        self.place = (self.place + 1) % UNITS
        return self.weeks.of(slice(self.place, self.place + 1))


# Days of a week from one on, and up to one, Monday in the lowest bit; beyond the week there are none.
FROM = numpy.array([127 << day & 127 for day in range(7)] + [0], dtype=numpy.int32)
UP_TO = numpy.array([0] + [127 >> 6 - day for day in range(7)], dtype=numpy.int32)
DAYS = numpy.array([bin(days).count("1") for days in range(128)], dtype=numpy.int32)


class Periods:
    """The authorised periods are the inputs, each a member of its unit; weeks are valued from them (`limits.md` §12.2)."""

    units = UNITS

    def __init__(self):
        period_entity = entities.build_entity("authorisation", "authorisations", "Periodo autorizzato", is_person=True)
        unit_entity = entities.build_entity(
            "production_unit", "production_units", "Unità produttiva", roles=[{"key": "period", "plural": "periods"}]
        )

        class week_units(variables.Variable):
            value_type = int
            entity = unit_entity
            definition_period = DateUnit.WEEK
            label = "Thirtieths of a week"

            def formula(unit, period):
                return value_of_week(unit, period)

        eternal = []
        for name, entity in [
            ("first_day", period_entity), ("last_day", period_entity), ("declared", period_entity), ("counts", period_entity),
            ("working_days", unit_entity),
        ]:
            eternal.append(type(name, (variables.Variable,), {
                "value_type": int, "entity": entity, "definition_period": DateUnit.ETERNITY, "label": name,
            }))
        self.system = taxbenefitsystems.TaxBenefitSystem([period_entity, unit_entity])
        self.system.add_variables(week_units, *eternal, *counter(unit_entity))
        rows = numpy.fromfile(FOLDER / "periods.i32", dtype=numpy.int32).reshape(-1, 6)
        self.unit, days, self.first, self.last, self.declared, self.counts = numpy.ascontiguousarray(rows.T)
        self.working_days = numpy.zeros(UNITS, dtype=numpy.int32)
        self.working_days[self.unit] = days

    def simulation(self):
        builder = simulations.SimulationBuilder()
        builder.create_entities(self.system)
        builder.declare_person_entity("authorisation", numpy.arange(len(self.unit)))
        unit = builder.declare_entity("production_unit", numpy.arange(UNITS))
        builder.join_with_persons(unit, self.unit, numpy.full(len(self.unit), "period"))
        simulation = builder.build(self.system)
        for name, values in [
            ("first_day", self.first), ("last_day", self.last), ("declared", self.declared), ("counts", self.counts),
            ("working_days", self.working_days),
        ]:
            simulation.set_input(name, DateUnit.ETERNITY, values)
        return simulation


def value_of_week(unit, period):
    """A whole week where an undeclared period holds a working day, else the declared days, each counted once."""
    start = datetime.date(*period.start)
    monday = start.toordinal()
    members = unit.members
    first, last = members("first_day", period), members("last_day", period)
    # Few periods touch a week: only those are looked at.
    touching = numpy.flatnonzero((first <= monday + 6) & (last >= monday) & (members("counts", period) > 0))
    days = FROM[numpy.maximum(first[touching] - monday, 0)] & UP_TO[numpy.minimum(last[touching] - monday, 6) + 1]
    climate = sum(1 << day for day in range(7) if in_climate_window(start + datetime.timedelta(days=day)))
    days &= numpy.where(members("counts", period)[touching] == 2, 127 & ~climate, 127)
    of_unit, declared = unit.members_entity_id[touching], members("declared", period)[touching]
    working_days = unit("working_days", period)
    whole = numpy.zeros(unit.count, dtype=bool)
    working = numpy.where(working_days[of_unit] == 5, 31, 63)
    whole[of_unit[(declared < 0) & (days & working > 0)]] = True
    used = numpy.zeros(unit.count, dtype=numpy.int32)
    by_day = declared >= 0
    numpy.bitwise_or.at(used, of_unit[by_day], days[by_day] & declared[by_day])
    return numpy.where(whole, WEEK, numpy.minimum(DAYS[used] * (WEEK // working_days), WEEK))


def in_climate_window(day):
    return 2023 <= day.year <= 2026 and day.month >= 7


def answers(simulation):
    names = ("biennium_used", "biennium_residual", "biennium_grantable")
    return numpy.stack([simulation.calculate(name, PRESENT) for name in names], axis=1)


def check(name, contestant):
    """Every unit has the answer of the engine."""
    ours = numpy.fromfile(FOLDER / "answers.i32", dtype=numpy.int32).reshape(UNITS, 3)
    theirs = answers(contestant.simulation())
    differing = numpy.flatnonzero((ours != theirs).any(axis=1))
    if differing.size:
        sys.exit(f"{name}: {differing.size} units differ; unit {differing[0]}: {ours[differing[0]]} is {theirs[differing[0]]}")


def measured(contestant):
    """Evaluates all units again and again for a round; making the inputs is not counted."""
    units, nanos = 0, 0
    while nanos < ROUND_NANOS:
        simulation = contestant.simulation()
        began = time.process_time_ns()
        answers(simulation)
        nanos += time.process_time_ns() - began
        units += contestant.units
    return units, nanos


def main():
    contestants = {"weeks": Weeks(), "periods": Periods()}
    for name, contestant in contestants.items():
        check(name, contestant)
    contestants["single"] = Single(contestants["weeks"])
    print("ready", flush=True)
    for line in sys.stdin:
        print(*measured(contestants[line.strip()]), flush=True)


main()
