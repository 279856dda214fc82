"""DASMO's cells against a count of their own: plain SQL over the tables of the service that the figures are about, which knows
nothing of feeds, steps or pictures. It takes lives as `omnia demo-wave` makes them: claims stay at their office and wait for nobody,
lines are not cured or cancelled."""

import dataclasses

# Lowest hundredths of heads of each class of size, and lowest age of each class, as claims.md DAS-2 and DASMO's README have them.
SIZES = {"0-5": 0, "6-15": 501, "16-50": 1501, "51-250": 5001, ">250": 25001}
AGES = {"0-15": 0, "16-30": 16, "31-60": 31, "61-90": 61, "91-180": 91, "181-365": 181, ">365": 366}
CHRONIC, VERY_OLD = 180, 365


def class_of(number, classes):
    """A SQL expression that names the class of a number."""
    lowest_last = sorted(classes.items(), key=lambda one: -one[1])
    return "case " + " ".join(f"when {number} >= {lowest} then '{name}'" for name, lowest in lowest_last) + " end"


@dataclasses.dataclass
class Subject:
    """What the figures are about.

    `lives` selects everything that had arrived by the end of `{day}`, with `arrived` and what the measures need. In the measures, `counts`
    holds in the cells of characteristics that are kept for life, `lasts` in those of them that count since the beginning, `stock` in those and
    in cells by stage, age and the like, `ends` in those and in cells by outcome. `cuts` are the rows that say so, beside those for life."""

    service: str
    table: str
    lives: str
    measures: dict
    took: tuple
    shown_took: list
    cuts: str

    def names(self):
        return [*self.measures, "days taken", "squares of days taken", *(f"age {name}" for name in AGES)]


CLAIMS = Subject(
    service="claims", table="cell",
    lives=f"""
        with told as (
          select claim_id as id, version, to_state, (occurred_at at time zone 'Europe/Rome')::date as on_day from history where to_state <> 'DRAFT'
        ), lived as (
          select id, min(on_day) filter (where to_state in ('ACCEPTED', 'PARTIALLY_ACCEPTED', 'REJECTED')) as decided,
                 (array_agg(to_state order by version) filter (where to_state in ('ACCEPTED', 'PARTIALLY_ACCEPTED', 'REJECTED')))[1] as first_decision,
                 min(on_day) filter (where to_state = 'WITHDRAWN') as withdrawn, min(on_day) filter (where to_state = 'ANNULLED') as annulled,
                 (array_agg(to_state order by version desc) filter (where on_day <= date '{{day}}'))[1] as last_state
            from told group by id
        ), filed as (
          select lived.*, competent_office as office, region_istat as region, product, causale, payment_mode, left(csc, 1) as sector,
                 {class_of("average_heads_hundredths", SIZES)} as size, beneficiaries_count as workers, hours_requested_hundredths as hours,
                 (submitted_at at time zone 'Europe/Rome')::date as arrived,
                 case first_decision when 'ACCEPTED' then 'ACCEPTANCE' when 'PARTIALLY_ACCEPTED' then 'PARTIAL_ACCEPTANCE'
                                     when 'REJECTED' then 'REJECTION' end as outcome,
                 case when last_state in ('SUBMITTED', 'ASSIGNED') then 'TO_TAKE' when last_state = 'UNDER_REVIEW' then 'UNDER_REVIEW'
                      else 'WAITING' end as stage
            from lived join claim using (id)
        )
        select *, least(decided, withdrawn, annulled) is null or least(decided, withdrawn, annulled) > date '{{day}}' as open from filed""",
    measures={
        "received": "count(*) filter (where counts and arrived = day)",
        "received_workers": "sum(workers) filter (where counts and arrived = day)",
        "received_hours_hundredths": "sum(hours) filter (where counts and arrived = day)",
        "defined": "count(*) filter (where ends and decided = day)",
        "accepted": "count(*) filter (where ends and decided = day and outcome = 'ACCEPTANCE')",
        "partially_accepted": "count(*) filter (where ends and decided = day and outcome = 'PARTIAL_ACCEPTANCE')",
        "rejected": "count(*) filter (where ends and decided = day and outcome = 'REJECTION')",
        "defined_workers": "sum(workers) filter (where ends and decided = day)",
        "defined_hours_hundredths": "sum(hours) filter (where ends and decided = day)",
        "withdrawn": "count(*) filter (where counts and decided is null and withdrawn = day)",
        "annulled": "count(*) filter (where counts and decided is null and annulled = day)",
        "stock": "count(*) filter (where stock and open)",
        "stock_to_take": "count(*) filter (where stock and open and stage = 'TO_TAKE')",
        "stock_under_review": "count(*) filter (where stock and open and stage = 'UNDER_REVIEW')",
        "stock_waiting": "count(*) filter (where stock and open and stage = 'WAITING')",
        "stock_chronic": f"count(*) filter (where stock and open and age > {CHRONIC})",
        "stock_very_old": f"count(*) filter (where stock and open and age > {VERY_OLD})",
        "stock_workers": "sum(workers) filter (where stock and open)",
        "stock_hours_hundredths": "sum(hours) filter (where stock and open)",
        "received_total": "count(*) filter (where counts and lasts)",
        "defined_total": "count(*) filter (where counts and lasts and decided <= day)",
        "reexaminations_pending": "count(*) filter (where counts and last_state = 'UNDER_REEXAMINATION')",
        "appeals_pending": "count(*) filter (where counts and last_state = 'UNDER_APPEAL')",
    },
    took=("decided - arrived", "decided"),
    # Nobody waits for the employer, so that gross and net are the same.
    shown_took=[("gross_days", "gross_claims"), ("net_days", "net_claims")],
    cuts="""
        ('STAGE', stage, false, false, true, false), ('AGE', age_class, false, false, true, false),
        ('OUTCOME', coalesce(outcome, ''), false, false, false, true)""",
)


LINES = Subject(
    service="payments", table="line_cell",
    lives=f"""
        with sent as (
          select flow_id, number, min((batch.created_at at time zone 'Europe/Rome')::date) as ordered,
                 min((ledger_entry.occurred_at at time zone 'Europe/Rome')::date) filter (where kind = 'PAID') as paid,
                 min((ledger_entry.occurred_at at time zone 'Europe/Rome')::date) filter (where kind = 'RETURNED') as returned
            from payment_order join batch on batch.id = batch_id join ledger_entry using (end_to_end_id) group by 1, 2
        ), told as (
          select line.flow_id, flow.office, region_istat as region, product, causale, 'DIRECT' as payment_mode, csc_sector as sector,
                 {class_of("average_heads_hundredths", SIZES)} as size, line.hours, coalesce(net, 0) as cents, anomalies,
                 (line.received_at at time zone 'Europe/Rome')::date as arrived, ordered, paid, returned,
                 -- What others are asked about is answered before the day ends.
                 case when returned <= date '{{day}}' then 'STOPPED' when ordered <= date '{{day}}' then 'ORDERED'
                      when ordered is null and line.state = 'ANOMALY' then 'STOPPED' else 'TO_ORDER' end as stage
            from line join flow on flow.id = line.flow_id left join sent on sent.flow_id = line.flow_id and sent.number = line.number
        )
        select *, paid is null or paid > date '{{day}}' as open, case when paid = date '{{day}}' then 'PAID' else '' end as outcome from told""",
    measures={
        "received_flows": "count(distinct flow_id) filter (where counts and arrived = day)",
        "received": "count(*) filter (where counts and arrived = day)",
        "received_hours_hundredths": "sum(hours) filter (where counts and arrived = day)",
        "received_cents": "sum(cents) filter (where counts and arrived = day)",
        "ordered": "count(*) filter (where counts and ordered = day)",
        "ordered_cents": "sum(cents) filter (where counts and ordered = day)",
        "paid": "count(*) filter (where ends and paid = day)",
        "paid_hours_hundredths": "sum(hours) filter (where ends and paid = day)",
        "paid_cents": "sum(cents) filter (where ends and paid = day)",
        "rejected": "0", "rejected_cents": "0", "cancelled": "0",
        "sent_back": "count(*) filter (where counts and returned = day)",
        "reopened": "0",
        "stock": "count(*) filter (where stock and open)",
        "stock_verifying": "0",
        "stock_stopped": "count(*) filter (where stock and open and stage = 'STOPPED')",
        "stock_to_order": "count(*) filter (where stock and open and stage = 'TO_ORDER')",
        "stock_ordered": "count(*) filter (where stock and open and stage = 'ORDERED')",
        "stock_chronic": f"count(*) filter (where stock and open and age > {CHRONIC})",
        "stock_very_old": f"count(*) filter (where stock and open and age > {VERY_OLD})",
        "stock_hours_hundredths": "sum(hours) filter (where stock and open)",
        "stock_cents": "sum(cents) filter (where stock and open)",
    },
    took=("paid - arrived", "paid"),
    shown_took=[("payment_days", "payment_lines")],
    cuts="""
        ('STAGE', stage, false, false, true, false), ('AGE', age_class, false, false, true, false), ('OUTCOME', outcome, false, false, false, true),
        ('ANOMALY', coalesce(anomalies[1], ''), false, false, stage = 'STOPPED' and anomalies[1] is not null, false),
        ('ANOMALY', coalesce(anomalies[2], ''), false, false, stage = 'STOPPED' and anomalies[2] is not null, false)""",
)


def counted(platform, day, subject=CLAIMS):
    """Every cell of a day by the service's own tables, with the sums over instruments, over both halves and over both."""
    measures = ", ".join(f"coalesce({sql}, 0)" for sql in subject.measures.values())
    took, ended = subject.took
    powers = (took, f"({took}) * ({took})")
    moments = ", ".join(f"coalesce(sum({power}) filter (where ends and {ended} = day), 0)" for power in powers)
    ages = ", ".join(f"count(*) filter (where stock and open and age_class = '{name}')" for name in AGES)
    rows = platform.psql(subject.service, f"""
        select unit, dimension, coalesce(product, ''), coalesce(section, ''), value, {measures}, {moments}, {ages}
          from (select *, case when causale like 'COVID19\\_%' then 'COVID' else 'ORDINARY' end as section, date '{day}' as day, date '{day}' - arrived as age, {class_of(f"(date '{day}' - arrived)", AGES)} as age_class
                  from ({subject.lives.format(day=day)}) lives where arrived <= date '{day}') seen,
               lateral (values (office), ('R' || region), ('IT')) units (unit),
               lateral (values
                 ('WHOLE', '', true, true, true, true), ('CAUSALE', causale, true, true, true, true),
                 ('PAYMENT_MODE', payment_mode, true, true, true, true), ('SECTOR', sector, true, true, true, true),
                 ('SIZE', size, true, false, true, true), ('ARRIVAL', to_char(arrived, 'YYYY-MM'), true, false, true, true),
                 {subject.cuts}
               ) cuts (dimension, value, counts, lasts, stock, ends)
         group by unit, dimension, value, cube (product, section)""")
    return cells(rows)


def shown(platform, day, subject=CLAIMS):
    """Every cell of a day as DASMO keeps it."""
    def moment(days, many, power):
        return f"(select coalesce(sum({power} * many), 0) from unnest({days}, {many}) one (took, many))"

    moments = [moment(days, many, power) for days, many in subject.shown_took for power in ("took", "took * took")]
    rows = platform.psql("dasmo", f"""
        select unit, dimension, product, section, value, {", ".join(subject.measures)}, {", ".join(moments)},
               {", ".join(f"ages[{place + 1}]" for place in range(len(AGES)))}
          from {subject.table} where day = date '{day}'""")
    first = 5 + len(subject.measures)
    for row in rows:
        pairs = {tuple(row[first + place : first + place + 2]) for place in range(0, len(moments), 2)}
        assert len(pairs) == 1, f"the days taken differ: {row}"
        del row[first + 2 : first + len(moments)]
    return cells(rows)


def cells(rows):
    """The figures by key, without cells that hold none."""
    found = {tuple(row[:5]): tuple(map(int, row[5:])) for row in rows}
    return {key: figures for key, figures in found.items() if any(figures)}


def differences(platform, day, subject=CLAIMS):
    """Where the two differ, as sentences; and how many cells there are."""
    names = subject.names()
    ours, theirs = counted(platform, day, subject), shown(platform, day, subject)
    nothing = (0,) * len(names)
    found = [
        f"{day} {' '.join(key)}: {name} is {is_shown}, counted {is_counted}"
        for key in sorted({*ours, *theirs})
        for name, is_counted, is_shown in zip(names, ours.get(key, nothing), theirs.get(key, nothing)) if is_counted != is_shown
    ]
    return found, len(ours)
