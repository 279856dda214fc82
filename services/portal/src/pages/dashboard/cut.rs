//! Figures of claims and of payment flows, as far as the pages show both alike.

use proto::google::r#type::Date;
use proto::omnia::dasmo::v1::{
    AgeClass, BreakdownPart, FlowBreakdownPart, GetBreakdownResponse, GetFlowBreakdownResponse,
    LinePersons, LineVolumes, Persons, Rates, Volumes,
};

use crate::text::format;

/// Figures, cut.
pub(super) struct Cut {
    pub(super) parts: Vec<Part>,
    pub(super) total: Part,
    pub(super) days: i32,
    pub(super) stale: bool,
    pub(super) revision: i32,
    pub(super) published_at: String,
}

/// The figures of one value.
pub(super) struct Part {
    pub(super) value: String,
    pub(super) measures: Measures,
    pub(super) rates: Rates,
    pub(super) growing: Option<bool>,
    /// Distinct workers, of payment flows.
    pub(super) persons: Option<LinePersons>,
}

/// The figures themselves.
pub(super) enum Measures {
    Claims(Volumes),
    Flows(LineVolumes),
}

impl Measures {
    pub(super) fn received(&self) -> i64 {
        match self {
            Self::Claims(it) => it.received,
            Self::Flows(it) => it.received,
        }
    }

    /// Claims defined, lines paid.
    pub(super) fn concluded(&self) -> i64 {
        match self {
            Self::Claims(it) => it.defined,
            Self::Flows(it) => it.paid,
        }
    }

    pub(super) fn stock(&self) -> i64 {
        match self {
            Self::Claims(it) => it.stock,
            Self::Flows(it) => it.stock,
        }
    }

    pub(super) fn chronic(&self) -> i64 {
        match self {
            Self::Claims(it) => it.stock_chronic,
            Self::Flows(it) => it.stock_chronic,
        }
    }

    pub(super) fn very_old(&self) -> i64 {
        match self {
            Self::Claims(it) => it.stock_very_old,
            Self::Flows(it) => it.stock_very_old,
        }
    }

    pub(super) fn ages(&self) -> &[AgeClass] {
        match self {
            Self::Claims(it) => &it.ages,
            Self::Flows(it) => &it.ages,
        }
    }

    /// Median days to the first decision, or to the payment.
    pub(super) fn median(&self) -> Option<i32> {
        match self {
            Self::Claims(it) => it.gross_days.map(|days| days.median),
            Self::Flows(it) => it.payment_days.map(|days| days.median),
        }
    }
}

/// A number of persons as it may be told.
pub(super) fn persons(persons: Option<Persons>, language: crate::text::Language) -> String {
    match persons {
        None => "–".to_owned(),
        Some(persons) if persons.below_three => "<3".to_owned(),
        Some(persons) => format::number(persons.count, language),
    }
}

impl From<BreakdownPart> for Part {
    fn from(part: BreakdownPart) -> Self {
        Self {
            value: part.value,
            measures: Measures::Claims(part.volumes.unwrap_or_default()),
            rates: part.rates.unwrap_or_default(),
            growing: part.growing,
            persons: None,
        }
    }
}

impl From<FlowBreakdownPart> for Part {
    fn from(part: FlowBreakdownPart) -> Self {
        Self {
            value: part.value,
            measures: Measures::Flows(part.volumes.unwrap_or_default()),
            rates: part.rates.unwrap_or_default(),
            growing: part.growing,
            persons: Some(part.persons.unwrap_or_default()),
        }
    }
}

impl From<GetBreakdownResponse> for Cut {
    fn from(answer: GetBreakdownResponse) -> Self {
        Self {
            parts: answer.parts.into_iter().map(Part::from).collect(),
            total: answer.total.unwrap_or_default().into(),
            days: answer.days,
            stale: answer.stale,
            revision: answer.revision,
            published_at: format::timestamp(answer.published_at.as_ref()),
        }
    }
}

impl From<GetFlowBreakdownResponse> for Cut {
    fn from(answer: GetFlowBreakdownResponse) -> Self {
        Self {
            parts: answer.parts.into_iter().map(Part::from).collect(),
            total: answer.total.unwrap_or_default().into(),
            days: answer.days,
            stale: answer.stale,
            revision: answer.revision,
            published_at: format::timestamp(answer.published_at.as_ref()),
        }
    }
}

/// A period of a trend.
pub(super) struct Point {
    pub(super) day: String,
    pub(super) numbers: [i64; 3],
    pub(super) revised: bool,
}

impl Point {
    pub(super) fn of(day: Option<&Date>, total: &Measures, revision: i32) -> Self {
        Self {
            day: format::date(day),
            numbers: [total.received(), total.concluded(), total.stock()],
            revised: revision > 1,
        }
    }
}
