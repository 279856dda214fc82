//! A trail as text, in Italian and in English.

mod law;

use std::fmt::Write;

use chrono::NaiveDate;

use super::assessment::CounterKind;
use super::exact::{Exact, decimal, whole};
use super::explain::{Basis, Excluded, HoursTrail, SolidarityWeight, Trail, WeekLine, id_of};
use super::unit::Unit;
use super::week_value::{Exclusion, WEEK_UNITS};

pub use law::{Cited, render_law};

/// A language of the explanations.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Language {
    /// Italian.
    Italian,
    /// English.
    English,
}

/// The trail of a unit as lines of text: the counter and its source, what counted week by week, what did not and why,
/// and the total against the limit.
pub fn render(trail: &Trail, unit: &Unit, language: Language) -> String {
    let writer = Writer { unit, language };
    let mut text = String::new();
    // Writing to a string cannot fail.
    let _ = writer.write(trail, &mut text);
    text
}

struct Writer<'a> {
    unit: &'a Unit,
    language: Language,
}

impl Writer<'_> {
    fn say(&self, italian: &'static str, english: &'static str) -> &'static str {
        match self.language {
            Language::Italian => italian,
            Language::English => english,
        }
    }

    fn write(&self, trail: &Trail, out: &mut String) -> std::fmt::Result {
        writeln!(out, "{} ({})", self.title(trail.kind), trail.source)?;
        if let Some((from, to)) = trail.window {
            let (from, to) = (self.day(from), self.day(to));
            let (observed, until) = (
                self.say("Periodo osservato: dal", "Window: from"),
                self.say("al", "to"),
            );
            writeln!(out, "{observed} {from} {until} {to}.")?;
        }
        for line in &trail.weeks {
            self.week(trail.kind, line, out)?;
        }
        self.months(trail, out)?;
        if let Some(weight) = trail.solidarity.filter(|weight| weight.actual_units > 0) {
            self.solidarity(weight, out)?;
        }
        if let Some(hours) = &trail.hours {
            self.hours(hours, out)?;
        }
        for excluded in &trail.outside {
            writeln!(out, "  {}", self.excluded(*excluded))?;
        }
        self.total(trail, out)
    }

    fn title(&self, kind: CounterKind) -> &'static str {
        match kind {
            CounterKind::Continuous => {
                self.say("CIGO, settimane continuative", "CIGO, continuous weeks")
            }
            CounterKind::Waiting => self.say(
                "CIGO, ripresa dopo 52 settimane consecutive",
                "CIGO, waiting after 52 consecutive weeks",
            ),
            CounterKind::Biennium => self.say(
                "CIGO, settimane nel biennio mobile",
                "CIGO, weeks in the mobile two-year period",
            ),
            CounterKind::OneThird => self.say(
                "CIGO, un terzo delle ore lavorabili",
                "CIGO, one third of the workable hours",
            ),
            CounterKind::AisBiennium => self.say(
                "AIS, settimane nel biennio mobile",
                "AIS, weeks in the mobile two-year period",
            ),
            CounterKind::TotalDuration => self.say(
                "Durata massima complessiva nel quinquennio mobile",
                "Overall maximum in the mobile five-year period",
            ),
            CounterKind::Riorg => {
                self.say("CIGS, riorganizzazione aziendale", "CIGS, reorganisation")
            }
            CounterKind::Crisi => self.say("CIGS, crisi aziendale", "CIGS, crisis"),
            CounterKind::Cds => self.say(
                "CIGS, contratto di solidarietà",
                "CIGS, solidarity agreement",
            ),
            CounterKind::AisOneThird => self.say(
                "AIS, un terzo delle ore lavorabili (indicativo)",
                "AIS, one third of the workable hours (information only)",
            ),
            CounterKind::CigsHours => self.say(
                "CIGS, ore del programma che possono essere sospese",
                "CIGS, hours of the programme that may be suspended",
            ),
        }
    }

    fn week(&self, kind: CounterKind, line: &WeekLine, out: &mut String) -> std::fmt::Result {
        let ids: Vec<String> = line
            .counted
            .iter()
            .map(|position| self.id(*position))
            .collect();
        let label = self.say("Settimana del", "Week of");
        let units = self.amount(kind, line.units);
        let (monday, basis) = (self.day(line.week.monday()), self.basis(line.basis));
        write!(out, "  {label} {monday}: {units}, {basis}")?;
        if !ids.is_empty() {
            write!(out, " [{}]", ids.join(", "))?;
        }
        for excluded in &line.excluded {
            write!(out, "; {}", self.excluded(*excluded))?;
        }
        let running = self.amount(kind, line.running_total);
        writeln!(out, "; {} {running}", self.say("totale", "total"))
    }

    fn months(&self, trail: &Trail, out: &mut String) -> std::fmt::Result {
        for piece in &trail.cigs {
            let (from, to) = (
                self.day(piece.period.first_day()),
                self.day(piece.period.last_day()),
            );
            let (months, days) = (self.say("mesi", "months"), self.say("giorni", "days"));
            let (id, units) = (self.id(piece.position), piece.units);
            writeln!(
                out,
                "  {id}: {from} – {to}, {} {months}, {} {days} = {units}/780",
                piece.months, piece.days
            )?;
        }
        for cut in &trail.cuts {
            let (from, to) = (
                self.day(cut.period.first_day()),
                self.day(cut.period.last_day()),
            );
            let (id, reason) = (self.id(cut.position), self.reason(cut.reason));
            writeln!(out, "  {id}: {from} – {to}: {reason}")?;
        }
        Ok(())
    }

    fn solidarity(&self, weight: SolidarityWeight, out: &mut String) -> std::fmt::Result {
        let label = self.say(
            "Contratti di solidarietà (art. 22 c. 5 e 6)",
            "Solidarity agreements (art. 22 c. 5 and 6)",
        );
        let weigh = self.say("pesano", "weigh");
        writeln!(
            out,
            "  {label}: {}/780 {weigh} {}/780",
            weight.actual_units, weight.counted_units
        )
    }

    fn hours(&self, hours: &HoursTrail, out: &mut String) -> std::fmt::Result {
        let (heads, weekly) = (
            self.say("lavoratori", "workers"),
            self.say("ore settimanali", "hours a week"),
        );
        for group in &hours.groups {
            let (count, each) = (
                self.number(&group.heads.heads()),
                self.number(&group.weekly_hours),
            );
            writeln!(out, "  {count} {heads} × {each} {weekly}")?;
        }
        let (workable, limit) = (self.number(&hours.workable_hours), hours.limit_hours);
        let (label, weeks) = (
            self.say("Ore lavorabili in", "Workable hours in"),
            self.say("settimane", "weeks"),
        );
        let rounding = self.say(
            "arrotondato per difetto all'ora",
            "rounded down to the hour",
        );
        let part = match (hours.part.numer(), hours.part.denom()) {
            (1, divisor) => format!("÷ {divisor}"),
            _ => format!("× {}", self.number(&hours.part)),
        };
        writeln!(
            out,
            "  {label} {} {weeks}: {workable} {part} = {limit} ({rounding})",
            self.plain(&hours.weeks)
        )?;
        for (position, load) in &hours.loads {
            let label = self.say("ore nella finestra", "hours in the window");
            writeln!(
                out,
                "  {}: {} {label}",
                self.id(*position),
                self.number(load)
            )?;
        }
        if let Some(asked) = &hours.requested_hours {
            let label = self.say("Ore richieste", "Hours asked for");
            writeln!(out, "  {label}: {}", self.number(asked))?;
        }
        let label = self.say("Ore utilizzate", "Hours used");
        let rounding = self.say(
            "per eccesso all'ora nel residuo",
            "rounded up to the hour in what is left",
        );
        writeln!(
            out,
            "  {label}: {} ({rounding})",
            self.number(&hours.used_hours)
        )
    }

    fn total(&self, trail: &Trail, out: &mut String) -> std::fmt::Result {
        if trail.kind == CounterKind::Waiting {
            let label = self.say("Nuova domanda ammessa dal", "New application admitted from");
            let none = self.say("Nessun periodo di attesa", "No waiting");
            return match trail.first_allowed {
                Some(week) => writeln!(out, "{label} {}.", self.day(week.monday())),
                None => writeln!(out, "{none}."),
            };
        }
        let (used, limit) = (
            self.amount(trail.kind, trail.total),
            self.amount(trail.kind, trail.limit_units),
        );
        let left = self.amount(trail.kind, (trail.limit_units - trail.total).max(0));
        let labels = (
            self.say("Utilizzato", "Used"),
            self.say("limite", "limit"),
            self.say("residuo", "left"),
        );
        // An abbreviation at the end brings its own full stop.
        let stop = if left.ends_with('.') { "" } else { "." };
        writeln!(
            out,
            "{} {used}, {} {limit}, {} {left}{stop}",
            labels.0, labels.1, labels.2
        )
    }

    /// A value of a counter in words: weeks and thirtieths, months and 780ths, hours.
    fn amount(&self, kind: CounterKind, units: i64) -> String {
        let (one, many, part) = match kind {
            CounterKind::Continuous => return format!("{units} {}", self.say("sett.", "wk")),
            CounterKind::OneThird | CounterKind::AisOneThird | CounterKind::CigsHours => {
                return format!("{units} {}", self.say("ore", "h"));
            }
            CounterKind::Biennium | CounterKind::AisBiennium | CounterKind::Waiting => {
                (WEEK_UNITS, self.say("sett.", "wk"), "/30")
            }
            CounterKind::TotalDuration
            | CounterKind::Riorg
            | CounterKind::Crisi
            | CounterKind::Cds => (super::cigs::MONTH_UM, self.say("mesi", "mo"), "/780"),
        };
        match (units / one, units % one) {
            (whole, 0) => format!("{whole} {many}"),
            (0, rest) => format!("{rest}{part} {many}"),
            (whole, rest) => format!("{whole} {many} + {rest}{part}"),
        }
    }

    /// A number exactly where two decimals tell it, else rounded half up to two and marked as about.
    fn number(&self, value: &Exact) -> String {
        let text = match self.language {
            Language::Italian => decimal(value, 2).replace('.', ","),
            Language::English => decimal(value, 2),
        };
        if (value * whole(100)).is_integer() {
            text
        } else {
            format!("≈{text}")
        }
    }

    /// The same, without decimals where it is whole.
    fn plain(&self, value: &Exact) -> String {
        if value.is_integer() {
            value.to_integer().to_string()
        } else {
            self.number(value)
        }
    }

    fn day(&self, day: NaiveDate) -> String {
        match self.language {
            Language::Italian => day.format("%d/%m/%Y").to_string(),
            Language::English => day.to_string(),
        }
    }

    fn id(&self, position: usize) -> String {
        id_of(self.unit, position).map_or_else(String::new, ToString::to_string)
    }

    fn basis(&self, basis: Basis) -> &'static str {
        match basis {
            Basis::Authorised => self.say("autorizzato", "authorised"),
            Basis::Fruito => self.say("fruito dichiarato", "declared use"),
            Basis::Requested => self.say("richiesto", "requested"),
            Basis::None => self.say("nulla da contare", "nothing counts"),
        }
    }

    fn excluded(&self, excluded: Excluded) -> String {
        format!(
            "{}: {}",
            self.id(excluded.position),
            self.reason(excluded.reason)
        )
    }

    fn reason(&self, reason: Exclusion) -> String {
        let text = match reason {
            Exclusion::EoneC4 => self.say(
                "evento oggettivamente non evitabile, escluso",
                "objectively unavoidable event, left out",
            ),
            Exclusion::Climate(year) => {
                let text = self.say("finestra climatica", "climate window");
                return format!("{text} {year}");
            }
            Exclusion::Covid => self.say("causale COVID-19", "COVID-19 causale"),
            Exclusion::Dl21 => self.say(
                "settimane aggiuntive D.L. 21/2022",
                "extra weeks of D.L. 21/2022",
            ),
            Exclusion::Pre2015 => {
                self.say("prima del 24 settembre 2015", "before 24 September 2015")
            }
            Exclusion::DerogaArt4 => self.say(
                "concesso in deroga all'art. 4",
                "granted in derogation of art. 4",
            ),
            Exclusion::OutsideAuthorised => self.say(
                "dichiarato fuori dal periodo autorizzato",
                "declared outside the authorised period",
            ),
            Exclusion::OutsideWindow => {
                self.say("fuori dal periodo osservato", "outside the window")
            }
            Exclusion::CountedOnce => self.say("già conteggiato", "counted already"),
        };
        text.to_owned()
    }
}

#[cfg(test)]
mod tests {
    use super::super::rules::{IN_FORCE, day};
    use super::super::staff::{Average, HoursGroup, Staff};
    use super::super::unit::{Authorisation, Cause, Facts, Flags, Scheme, Sector, WorkingDays};
    use super::super::{Assessment, UsedDates};
    use super::*;
    use kernel::{Hours, Period, Week};

    fn one(
        id: &str,
        scheme: Scheme,
        cause: Cause,
        from: NaiveDate,
        to: NaiveDate,
    ) -> Authorisation {
        Authorisation::new(id.into(), scheme, cause, Period::between(from, to))
    }

    fn told(unit: &Unit, kind: CounterKind, language: Language) -> String {
        let assessment = Assessment::new(unit, &IN_FORCE);
        let trail = assessment
            .explain(kind, Week::of(day(2026, 11, 23)))
            .unwrap();
        render(&trail, unit, language)
    }

    fn unit(sector: Sector, authorisations: Vec<Authorisation>) -> Unit {
        let facts = Facts {
            sector,
            working_days: WorkingDays::Five,
        };
        Unit {
            facts,
            staff: Staff::default(),
            authorisations,
        }
    }

    #[test]
    fn the_biennium_is_told_week_by_week_with_what_did_not_count() {
        let declared: UsedDates = [day(2026, 3, 3), day(2026, 3, 4), day(2026, 3, 20)].into();
        let unit = unit(
            Sector::M,
            vec![
                one(
                    "A1",
                    Scheme::Cigo,
                    Cause::Ord,
                    day(2026, 2, 23),
                    day(2026, 3, 1),
                ),
                Authorisation {
                    used_dates: Some(declared),
                    ..one(
                        "A2",
                        Scheme::Cigo,
                        Cause::Ord,
                        day(2026, 3, 2),
                        day(2026, 3, 8),
                    )
                },
                one(
                    "A3",
                    Scheme::Cigo,
                    Cause::Eone,
                    day(2026, 7, 6),
                    day(2026, 7, 12),
                ),
                one(
                    "A4",
                    Scheme::Cigo,
                    Cause::Ord,
                    day(2020, 1, 6),
                    day(2020, 1, 12),
                ),
                Authorisation {
                    flags: Flags {
                        covid: true,
                        ..Flags::default()
                    },
                    ..one(
                        "A5",
                        Scheme::Cigo,
                        Cause::Ord,
                        day(2026, 2, 23),
                        day(2026, 3, 1),
                    )
                },
            ],
        );
        assert_eq!(
            told(&unit, CounterKind::Biennium, Language::English),
            "CIGO, weeks in the mobile two-year period (art. 12 c. 3 D.Lgs. 148/2015)\n\
             Window: from 2024-12-02 to 2026-11-29.\n  \
               Week of 2026-02-23: 1 wk, authorised [A1]; A5: COVID-19 causale; total 1 wk\n  \
               Week of 2026-03-02: 12/30 wk, declared use [A2]; total 1 wk + 12/30\n  \
               Week of 2026-03-16: 0 wk, nothing counts; A2: declared outside the authorised period; total 1 wk + 12/30\n  \
               Week of 2026-07-06: 0 wk, nothing counts; A3: climate window 2026; total 1 wk + 12/30\n  \
               A4: outside the window\n\
             Used 1 wk + 12/30, limit 52 wk, left 50 wk + 18/30.\n"
        );
        let italian = told(&unit, CounterKind::Biennium, Language::Italian);
        assert!(italian.contains(
            "Settimana del 02/03/2026: 12/30 sett., fruito dichiarato [A2]; totale 1 sett. + 12/30"
        ));
        assert!(
            italian.ends_with(
                "Utilizzato 1 sett. + 12/30, limite 52 sett., residuo 50 sett. + 18/30.\n"
            ),
            "{italian}"
        );
    }

    #[test]
    fn art_4_tells_the_pieces_the_cuts_and_the_weight_of_a_cds() {
        let unit = unit(
            Sector::A,
            vec![
                one(
                    "S1",
                    Scheme::Cigs,
                    Cause::Cds,
                    day(2025, 1, 1),
                    day(2025, 12, 31),
                ),
                one(
                    "A1",
                    Scheme::Cigo,
                    Cause::Ord,
                    day(2025, 3, 3),
                    day(2025, 3, 30),
                ),
            ],
        );
        let text = told(&unit, CounterKind::TotalDuration, Language::English);
        for line in [
            "  S1: 2025-01-01 – 2025-03-02, 2 months, 2 days = 1612/780\n",
            "  S1: 2025-03-31 – 2025-12-31, 9 months, 1 days = 7046/780\n",
            "  S1: 2025-03-03 – 2025-03-30: counted already\n",
            "  Solidarity agreements (art. 22 c. 5 and 6): 8658/780 weigh 4329/780\n",
            "Used 6 mo + 369/780, limit 24 mo, left 17 mo + 411/780.\n",
        ] {
            assert!(text.contains(line), "{line} is not in\n{text}");
        }
    }

    #[test]
    fn one_third_tells_groups_hours_and_both_roundings() {
        let mut unit = unit(
            Sector::A,
            vec![Authorisation {
                hours: Some(super::super::PeriodHours::Total(Hours::from_hundredths(
                    10_000,
                ))),
                ..one(
                    "A1",
                    Scheme::Cigo,
                    Cause::Ord,
                    day(2024, 11, 25),
                    day(2024, 12, 15),
                )
            }],
        );
        let heads = Average::known(Exact::new(31, 3));
        unit.staff.groups = vec![HoursGroup {
            weekly_hours: Exact::new(77, 2),
            heads,
        }];
        assert_eq!(
            told(&unit, CounterKind::OneThird, Language::Italian),
            "CIGO, un terzo delle ore lavorabili (art. 12 c. 5 D.Lgs. 148/2015)\n\
             Periodo osservato: dal 02/12/2024 al 29/11/2026.\n  \
               ≈10,33 lavoratori × 38,50 ore settimanali\n  \
               Ore lavorabili in 104 settimane: ≈41374,67 ÷ 3 = 13791 (arrotondato per difetto all'ora)\n  \
               A1: ≈66,67 ore nella finestra\n  \
               Ore utilizzate: ≈66,67 (per eccesso all'ora nel residuo)\n\
             Utilizzato 67 ore, limite 13791 ore, residuo 13724 ore.\n"
        );
    }

    #[test]
    fn the_waiting_tells_the_run_and_the_first_week_allowed() {
        let mut unit = unit(Sector::A, vec![]);
        assert!(told(&unit, CounterKind::Waiting, Language::English).ends_with("No waiting.\n"));
        unit.authorisations = vec![one(
            "A1",
            Scheme::Cigo,
            Cause::Ord,
            day(2025, 1, 6),
            day(2026, 1, 4),
        )];
        let text = told(&unit, CounterKind::Waiting, Language::Italian);
        assert!(
            text.ends_with("totale 52 sett.\nNuova domanda ammessa dal 04/01/2027.\n"),
            "{text}"
        );
    }
}
