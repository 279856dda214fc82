//! Figures as the pages show them.

use proto::omnia::dasmo::v1::{
    DefinitionDays, Dimension, GetForecastResponse, LineVolumes, Volumes,
};

use super::super::search::address;
use super::asked;
use super::cut::{Cut, Measures, Part, persons};
use super::subject::Subject;
use crate::fields::Fields;
use crate::gateway::Offices;
use crate::text::{Text, format};

/// A figure with its name.
pub(super) struct Tile {
    pub(super) name: &'static str,
    pub(super) figure: String,
    pub(super) note: String,
    /// Address of what is behind the figure; empty when nothing can be listed.
    pub(super) address: String,
}

/// A value of a measure, with the list behind it.
pub(super) struct Line {
    pub(super) name: String,
    pub(super) number: i64,
    pub(super) figure: String,
    pub(super) address: String,
}

/// A row of a comparison.
pub(super) struct PartRow {
    pub(super) name: String,
    /// Address of the dashboard narrowed to this value; empty when it is not narrowed further.
    pub(super) address: String,
    pub(super) label: String,
    pub(super) stock: String,
    pub(super) stock_number: i64,
    pub(super) growing: bool,
    /// The other figures, under the heads of the subject.
    pub(super) cells: Vec<String>,
}

/// What everything on a page is shown with.
#[derive(Clone, Copy)]
pub(super) struct View<'a> {
    pub(super) t: Text,
    pub(super) subject: Subject,
    pub(super) query: &'a Fields,
    /// Whether the list behind the stock is kept.
    pub(super) listed: bool,
}

impl View<'_> {
    /// The figures of the top of the page.
    pub(super) fn tiles(&self, total: &Part) -> Vec<Tile> {
        let growing = match total.growing {
            Some(true) => self.t.dash_growing(),
            Some(false) => self.t.dash_not_growing(),
            None => "",
        };
        match &total.measures {
            Measures::Claims(figures) => self.tiles_of_claims(figures, growing),
            Measures::Flows(figures) => self.tiles_of_flows(figures, total, growing),
        }
    }

    fn tiles_of_claims(&self, figures: &Volumes, growing: &str) -> Vec<Tile> {
        let t = self.t;
        let mut tiles = vec![
            self.tile(t.dash_received(), figures.received),
            self.tile(t.dash_defined(), figures.defined),
        ];
        tiles.extend(self.stock_tiles(
            figures.stock,
            figures.stock_chronic,
            figures.stock_very_old,
            growing,
        ));
        tiles.extend([
            self.days_tile(t.dash_gross(), figures.gross_days, t.dash_nothing_defined()),
            self.days_tile(t.dash_net(), figures.net_days, t.dash_nothing_defined()),
            self.tile(t.dash_workers(), figures.stock_workers),
            Self::told(
                t.dash_hours(),
                format::hundredths(figures.stock_hours_hundredths, t.0),
            ),
            self.tile(t.dash_reexaminations(), figures.reexaminations_pending),
            self.tile(t.dash_appeals(), figures.appeals_pending),
        ]);
        tiles
    }

    fn tiles_of_flows(&self, figures: &LineVolumes, total: &Part, growing: &str) -> Vec<Tile> {
        let t = self.t;
        let of = total.persons.unwrap_or_default();
        let workers = |name, number| Self::told(name, persons(number, t.0));
        let euro = |name, cents| Self::told(name, format::euro(cents, t.0));
        let mut tiles = vec![
            self.tile(t.dash_flows_received(), figures.received_flows),
            self.tile(t.dash_lines_received(), figures.received),
            workers(t.dash_received_workers(), of.received),
            euro(t.dash_received_amount(), figures.received_cents),
            self.tile(t.dash_lines_ordered(), figures.ordered),
            self.tile(t.dash_paid(), figures.paid),
            workers(t.dash_paid_workers(), of.paid),
            euro(t.dash_paid_amount(), figures.paid_cents),
        ];
        tiles.extend(self.stock_tiles(
            figures.stock,
            figures.stock_chronic,
            figures.stock_very_old,
            growing,
        ));
        tiles.extend([
            workers(t.dash_workers(), of.stock),
            workers(t.dash_first_payment(), of.first_payment_pending),
            Self::told(
                t.dash_hours(),
                format::hundredths(figures.stock_hours_hundredths, t.0),
            ),
            euro(t.dash_stock_amount(), figures.stock_cents),
            self.days_tile(
                t.dash_payment_days(),
                figures.payment_days,
                t.dash_nothing_paid(),
            ),
        ]);
        tiles
    }

    fn stock_tiles(&self, stock: i64, chronic: i64, very_old: i64, growing: &str) -> [Tile; 3] {
        let t = self.t;
        let tile = |name, number, extra: &[(&str, &str)]| Tile {
            address: self.list(extra),
            ..self.tile(name, number)
        };
        [
            Tile {
                note: growing.to_owned(),
                ..tile(t.dash_stock(), stock, &[])
            },
            tile(self.subject.chronic(t), chronic, &[("croniche", "si")]),
            tile(self.subject.very_old(t), very_old, &[("risalenti", "si")]),
        ]
    }

    fn tile(&self, name: &'static str, number: i64) -> Tile {
        Self::told(name, format::number(number, self.t.0))
    }

    fn told(name: &'static str, figure: String) -> Tile {
        Tile {
            name,
            figure,
            note: String::new(),
            address: String::new(),
        }
    }

    fn days_tile(&self, name: &'static str, days: Option<DefinitionDays>, none: &str) -> Tile {
        match days {
            None => Tile {
                note: none.to_owned(),
                ..Self::told(name, "–".to_owned())
            },
            Some(days) => Tile {
                note: self.t.dash_days_and_percentile(days.median, days.p90),
                ..Self::told(name, format::hundredths(days.mean_hundredths, self.t.0))
            },
        }
    }

    /// Address of the list behind a number; empty when the list of that day is not kept.
    pub(super) fn list(&self, extra: &[(&str, &str)]) -> String {
        // Outcomes are of what left the stock: nothing that is listed has one.
        if !self.listed || !self.query.text("esito").is_empty() {
            return String::new();
        }
        let mut replaced = vec![("taglio", ""), ("passo", ""), ("dal", ""), ("al", "")];
        replaced.extend_from_slice(extra);
        address(self.subject.list(), self.query, &replaced)
    }

    fn line(&self, name: String, number: i64, extra: Option<(&str, &str)>) -> Line {
        Line {
            name,
            number,
            figure: format::number(number, self.t.0),
            address: match extra {
                Some(extra) if number > 0 => self.list(&[extra]),
                _ => String::new(),
            },
        }
    }

    /// The stock by age.
    pub(super) fn ages(&self, measures: &Measures) -> Vec<Line> {
        let classes = measures.ages().iter();
        classes
            .map(|class| self.line(class.name.clone(), class.claims, Some(("eta", &class.name))))
            .collect()
    }

    /// The stock by stage, and how claims or lines ended.
    pub(super) fn stages(&self, measures: &Measures) -> Vec<Line> {
        let t = self.t;
        let (stages, ends) = match measures {
            Measures::Claims(it) => (
                vec![
                    (t.dash_to_take(), "TO_TAKE", it.stock_to_take),
                    (t.dash_under_review(), "UNDER_REVIEW", it.stock_under_review),
                    (t.dash_waiting(), "WAITING", it.stock_waiting),
                ],
                vec![
                    (t.dash_accepted(), it.accepted),
                    (t.dash_partially(), it.partially_accepted),
                    (t.dash_rejected(), it.rejected),
                    (t.dash_withdrawn(), it.withdrawn),
                    (t.dash_annulled(), it.annulled),
                ],
            ),
            Measures::Flows(it) => (
                vec![
                    (t.dash_verifying(), "VERIFYING", it.stock_verifying),
                    (t.dash_stopped(), "STOPPED", it.stock_stopped),
                    (t.dash_to_order(), "TO_ORDER", it.stock_to_order),
                    (t.dash_ordered(), "ORDERED", it.stock_ordered),
                ],
                vec![
                    (t.dash_paid(), it.paid),
                    (t.dash_lines_rejected(), it.rejected),
                    (t.dash_lines_cancelled(), it.cancelled),
                    (t.dash_sent_back(), it.sent_back),
                    (t.dash_reopened(), it.reopened),
                ],
            ),
        };
        let stages = stages
            .into_iter()
            .map(|(name, code, number)| self.line(name.to_owned(), number, Some(("fase", code))));
        let ends = ends
            .into_iter()
            .map(|(name, number)| self.line(name.to_owned(), number, None));
        stages.chain(ends).collect()
    }

    /// What stops lines, by code.
    pub(super) fn anomalies(&self, cut: &Cut) -> Vec<Line> {
        let line = |part: &Part| {
            let name = asked::value(self.t, Dimension::Anomaly, &part.value);
            self.line(name, part.measures.stock(), Some(("anomalia", &part.value)))
        };
        cut.parts.iter().map(line).collect()
    }

    /// The parts of a breakdown, each with the address that narrows the dashboard to it.
    pub(super) fn parts(&self, by: Dimension, cut: &Cut, offices: &Offices) -> Vec<PartRow> {
        let row = |part: &Part| {
            let name = match by {
                Dimension::Office => offices.name(&part.value),
                _ => asked::value(self.t, by, &part.value),
            };
            self.row(name, self.narrowed(by, &part.value), part)
        };
        cut.parts.iter().map(row).collect()
    }

    pub(super) fn total_row(&self, cut: &Cut) -> PartRow {
        self.row(self.t.dash_total().to_owned(), String::new(), &cut.total)
    }

    fn narrowed(&self, by: Dimension, value: &str) -> String {
        let field = match by {
            Dimension::Region => "regione",
            Dimension::Office => "sede",
            Dimension::Product => "prodotto",
            Dimension::Section => "sezione",
            other => asked::name_of(other),
        };
        // A row of an office is of that office alone.
        let with_agencies = by == Dimension::Office && asked::with_agencies(self.query);
        if self.query.text(field) == value && !with_agencies {
            return String::new();
        }
        let mut replaced = vec![(field, value)];
        if with_agencies {
            replaced.push(("agenzie", ""));
        }
        address(self.subject.path(), self.query, &replaced)
    }

    fn row(&self, name: String, address: String, part: &Part) -> PartRow {
        let t = self.t;
        let (measures, rates) = (&part.measures, &part.rates);
        let number = |value| format::number(value, t.0);
        let rate = |rate: Option<i64>| {
            rate.map_or_else(|| "–".to_owned(), |rate| format::hundredths(rate, t.0))
        };
        let mut cells = vec![
            number(measures.received()),
            number(measures.concluded()),
            number(measures.chronic()),
            number(measures.very_old()),
            measures
                .median()
                .map_or_else(|| "–".to_owned(), |days| days.to_string()),
            rate(rates.clearance_hundredths),
            rate(rates.stock_days_hundredths),
            rate(rates.chronic_hundredths),
        ];
        if let Some(of) = part.persons {
            cells.push(persons(of.stock, t.0));
            cells.push(persons(of.first_payment_pending, t.0));
        }
        PartRow {
            label: t.dash_narrow(&name),
            name,
            address,
            stock: number(measures.stock()),
            stock_number: measures.stock(),
            growing: part.growing == Some(true),
            cells,
        }
    }
}

/// Where the present pace leads, in sentences.
pub(super) fn forecast(t: Text, answer: &GetForecastResponse) -> (String, String) {
    let day =
        |day: &Option<proto::google::r#type::Date>| day.as_ref().map(|day| format::date(Some(day)));
    let pace = t.dash_forecast_pace(
        &format::hundredths(answer.received_a_day_hundredths, t.0),
        &format::hundredths(answer.gone_a_day_hundredths, t.0),
        answer.pace_days,
    );
    let of = format::date(answer.as_of.as_ref());
    let clears = match (
        answer.stock,
        day(&answer.clears_on),
        day(&answer.clears_without_arrivals_on),
    ) {
        (0, ..) => t.dash_forecast_cleared(&of),
        (_, Some(on), Some(without)) => t.dash_forecast_clears(&of, &on, &without),
        (_, None, Some(without)) => t.dash_forecast_grows(&of, &without),
        (_, _, None) => t.dash_forecast_never(&of),
    };
    (clears, pace)
}
