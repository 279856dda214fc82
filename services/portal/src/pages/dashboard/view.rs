//! Figures as the pages show them.

use proto::omnia::dasmo::v1::{
    BreakdownPart, DefinitionDays, Dimension, GetBreakdownResponse, GetForecastResponse, TrendDay,
    Volumes,
};

use super::super::search::address;
use super::asked;
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
    pub(super) received: String,
    pub(super) defined: String,
    pub(super) stock: String,
    pub(super) stock_number: i64,
    pub(super) growing: bool,
    pub(super) chronic: String,
    pub(super) very_old: String,
    pub(super) median: String,
    pub(super) clearance: String,
    pub(super) stock_days: String,
    pub(super) chronic_share: String,
}

/// A period of a trend.
pub(super) struct TrendRow {
    pub(super) day: String,
    pub(super) received: i64,
    pub(super) defined: i64,
    pub(super) stock: i64,
    pub(super) revised: bool,
}

/// The figures of the top of the page. `cases` says whether the list behind the stock is kept.
pub(super) fn tiles(t: Text, query: &Fields, total: &BreakdownPart, cases: bool) -> Vec<Tile> {
    let figures = total.volumes.clone().unwrap_or_default();
    let number = |value| format::number(value, t.0);
    let list = |extra: &[(&str, &str)]| list_address(query, extra, cases);
    let tile = |name, figure, note: &str, address| Tile {
        name,
        figure,
        note: note.to_owned(),
        address,
    };
    let growing = match total.growing {
        Some(true) => t.dash_growing(),
        Some(false) => t.dash_not_growing(),
        None => "",
    };
    let nothing = String::new;
    vec![
        tile(t.dash_received(), number(figures.received), "", nothing()),
        tile(t.dash_defined(), number(figures.defined), "", nothing()),
        tile(t.dash_stock(), number(figures.stock), growing, list(&[])),
        tile(
            t.dash_chronic(),
            number(figures.stock_chronic),
            "",
            list(&[("croniche", "si")]),
        ),
        tile(
            t.dash_very_old(),
            number(figures.stock_very_old),
            "",
            list(&[("risalenti", "si")]),
        ),
        days_tile(t, t.dash_gross(), figures.gross_days),
        days_tile(t, t.dash_net(), figures.net_days),
        tile(
            t.dash_workers(),
            number(figures.stock_workers),
            "",
            nothing(),
        ),
        tile(
            t.dash_hours(),
            format::hundredths(figures.stock_hours_hundredths, t.0),
            "",
            nothing(),
        ),
        tile(
            t.dash_reexaminations(),
            number(figures.reexaminations_pending),
            "",
            nothing(),
        ),
        tile(
            t.dash_appeals(),
            number(figures.appeals_pending),
            "",
            nothing(),
        ),
    ]
}

fn days_tile(t: Text, name: &'static str, days: Option<DefinitionDays>) -> Tile {
    let (figure, note) = days.map_or_else(
        || ("–".to_owned(), t.dash_nothing_defined().to_owned()),
        |days| {
            (
                format::hundredths(days.mean_hundredths, t.0),
                t.dash_days_and_percentile(days.median, days.p90),
            )
        },
    );
    Tile {
        name,
        figure,
        note,
        address: String::new(),
    }
}

/// Address of the list behind a number; empty when the cases of that day are not kept.
fn list_address(query: &Fields, extra: &[(&str, &str)], cases: bool) -> String {
    // Outcomes are of what is decided: no case in stock has one.
    if !cases || !query.text("esito").is_empty() {
        return String::new();
    }
    let mut replaced = vec![("taglio", ""), ("passo", ""), ("dal", ""), ("al", "")];
    replaced.extend_from_slice(extra);
    address("/cruscotto/pratiche", query, &replaced)
}

/// The stock by age.
pub(super) fn ages(t: Text, query: &Fields, figures: &Volumes, cases: bool) -> Vec<Line> {
    let line = |class: &proto::omnia::dasmo::v1::AgeClass| Line {
        name: class.name.clone(),
        number: class.claims,
        figure: format::number(class.claims, t.0),
        address: if class.claims == 0 {
            String::new()
        } else {
            list_address(query, &[("eta", &class.name)], cases)
        },
    };
    figures.ages.iter().map(line).collect()
}

/// The stock by stage, and how claims ended.
pub(super) fn stages(t: Text, query: &Fields, figures: &Volumes, cases: bool) -> Vec<Line> {
    let stage = |name: &'static str, code, claims| {
        let address = if claims == 0 {
            String::new()
        } else {
            list_address(query, &[("fase", code)], cases)
        };
        (name, claims, address)
    };
    let end = |name: &'static str, claims| (name, claims, String::new());
    [
        stage(t.dash_to_take(), "TO_TAKE", figures.stock_to_take),
        stage(
            t.dash_under_review(),
            "UNDER_REVIEW",
            figures.stock_under_review,
        ),
        stage(t.dash_waiting(), "WAITING", figures.stock_waiting),
        end(t.dash_accepted(), figures.accepted),
        end(t.dash_partially(), figures.partially_accepted),
        end(t.dash_rejected(), figures.rejected),
        end(t.dash_withdrawn(), figures.withdrawn),
        end(t.dash_annulled(), figures.annulled),
    ]
    .map(|(name, claims, address)| Line {
        name: name.to_owned(),
        number: claims,
        figure: format::number(claims, t.0),
        address,
    })
    .into()
}

/// The parts of a breakdown, each with the address that narrows the dashboard to it.
pub(super) fn parts(
    t: Text,
    query: &Fields,
    by: Dimension,
    answer: &GetBreakdownResponse,
    offices: &Offices,
) -> Vec<PartRow> {
    answer
        .parts
        .iter()
        .map(|part| {
            let name = match by {
                Dimension::Office => offices.name(&part.value),
                _ => asked::value(t, by, &part.value),
            };
            let address = narrowed(query, by, &part.value);
            row(t, name, address, part)
        })
        .collect()
}

pub(super) fn total_row(t: Text, answer: &GetBreakdownResponse) -> PartRow {
    let total = answer.total.clone().unwrap_or_default();
    row(t, t.dash_total().to_owned(), String::new(), &total)
}

fn narrowed(query: &Fields, by: Dimension, value: &str) -> String {
    let field = match by {
        Dimension::Region => "regione",
        Dimension::Office => "sede",
        Dimension::Product => "prodotto",
        Dimension::Section => "sezione",
        other => asked::name_of(other),
    };
    if query.text(field) == value {
        return String::new();
    }
    address("/cruscotto", query, &[(field, value)])
}

fn row(t: Text, name: String, address: String, part: &BreakdownPart) -> PartRow {
    let figures = part.volumes.clone().unwrap_or_default();
    let rates = part.rates.unwrap_or_default();
    let number = |value| format::number(value, t.0);
    let rate = |rate: Option<i64>| {
        rate.map_or_else(|| "–".to_owned(), |rate| format::hundredths(rate, t.0))
    };
    PartRow {
        label: t.dash_narrow(&name),
        name,
        address,
        received: number(figures.received),
        defined: number(figures.defined),
        stock: number(figures.stock),
        stock_number: figures.stock,
        growing: part.growing == Some(true),
        chronic: number(figures.stock_chronic),
        very_old: number(figures.stock_very_old),
        median: figures
            .gross_days
            .map_or_else(|| "–".to_owned(), |days| days.median.to_string()),
        clearance: rate(rates.clearance_hundredths),
        stock_days: rate(rates.stock_days_hundredths),
        chronic_share: rate(rates.chronic_hundredths),
    }
}

pub(super) fn trend(days: &[TrendDay]) -> Vec<TrendRow> {
    days.iter()
        .map(|day| {
            let total = day.total.clone().unwrap_or_default();
            TrendRow {
                day: format::date(day.day.as_ref()),
                received: total.received,
                defined: total.defined,
                stock: total.stock,
                revised: day.revision > 1,
            }
        })
        .collect()
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
    let clears = match (
        answer.stock,
        day(&answer.clears_on),
        day(&answer.clears_without_arrivals_on),
    ) {
        (0, ..) => t.dash_forecast_cleared().to_owned(),
        (_, Some(on), Some(without)) => t.dash_forecast_clears(&on, &without),
        (_, None, Some(without)) => t.dash_forecast_grows(&without),
        (_, _, None) => t.dash_forecast_never().to_owned(),
    };
    (clears, pace)
}
