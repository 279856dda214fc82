//! Questions from the wire.

use chassis::{Failure, wire};
use chrono::NaiveDate;
use proto::google::r#type::Date;
use proto::omnia::dasmo::v1 as pb;
use sheet::TableFormat;

use crate::app::cases::{CaseFilter, CasesQuestion};
use crate::app::export::{ExportCommand, Format, Question};
use crate::app::figures::{BreakdownQuestion, Grouping, TrendQuestion};
use crate::domain::{Cut, Dimension, Filter, Language, TrendStep};

/// A filter of pictures, which are kept by one characteristic at a time.
pub(super) fn filter(wire: Option<&pb::VolumesFilter>) -> Result<Filter, Failure> {
    let (filter, mut parts) = territory_and_parts(wire)?;
    if parts.len() > 1 {
        return Err(Failure::field(
            "filter.parts",
            "must be one at most: pictures are kept by each characteristic, not by their combinations",
        ));
    }
    Ok(Filter {
        part: parts.pop(),
        ..filter
    })
}

/// A filter of what is told of all claims or lines together.
pub(super) fn filter_without_part(wire: Option<&pb::VolumesFilter>) -> Result<Filter, Failure> {
    let filter = filter(wire)?;
    if filter.part.is_some() {
        return Err(Failure::field(
            "filter.parts",
            "must be empty: corrections are told of all characteristics together",
        ));
    }
    Ok(filter)
}

pub(super) fn breakdown(request: &pb::GetBreakdownRequest) -> Result<BreakdownQuestion, Failure> {
    let question = Interval {
        as_of: request.as_of.as_ref(),
        from: request.from.as_ref(),
        filter: request.filter.as_ref(),
        by: request.by(),
    };
    let question = question.read()?;
    if question.by == Grouping::Values(Dimension::Anomaly) {
        return Err(Failure::field("by", CLAIMS_HAVE_NO_ANOMALY));
    }
    Ok(question)
}

pub(super) fn flow_breakdown(
    request: &pb::GetFlowBreakdownRequest,
) -> Result<BreakdownQuestion, Failure> {
    let question = Interval {
        as_of: request.as_of.as_ref(),
        from: request.from.as_ref(),
        filter: request.filter.as_ref(),
        by: request.by(),
    };
    question.read()
}

/// Fields of a question about an interval.
struct Interval<'a> {
    as_of: Option<&'a Date>,
    from: Option<&'a Date>,
    filter: Option<&'a pb::VolumesFilter>,
    by: pb::Dimension,
}

impl Interval<'_> {
    fn read(&self) -> Result<BreakdownQuestion, Failure> {
        Ok(BreakdownQuestion {
            as_of: wire::optional_day(self.as_of, "as_of")?,
            from: wire::optional_day(self.from, "from")?,
            filter: filter(self.filter)?,
            by: match self.by {
                pb::Dimension::Region => Grouping::Region,
                pb::Dimension::Office => Grouping::Office,
                pb::Dimension::Product => Grouping::Product,
                pb::Dimension::Section => Grouping::Section,
                other => Grouping::Values(
                    dimension(other).ok_or_else(|| Failure::field("by", "is required"))?,
                ),
            },
        })
    }
}

pub(super) fn trend(request: &pb::GetTrendRequest) -> Result<TrendQuestion, Failure> {
    let days = (request.from.as_ref(), request.to.as_ref());
    follow(days, request.filter.as_ref(), request.step())
}

pub(super) fn flow_trend(request: &pb::GetFlowTrendRequest) -> Result<TrendQuestion, Failure> {
    let days = (request.from.as_ref(), request.to.as_ref());
    follow(days, request.filter.as_ref(), request.step())
}

fn follow(
    (from, to): (Option<&Date>, Option<&Date>),
    wanted: Option<&pb::VolumesFilter>,
    step: pb::TrendStep,
) -> Result<TrendQuestion, Failure> {
    Ok(TrendQuestion {
        from: required_day(from, "from")?,
        to: required_day(to, "to")?,
        filter: filter(wanted)?,
        step: match step {
            pb::TrendStep::Unspecified | pb::TrendStep::Day => TrendStep::Day,
            pb::TrendStep::Week => TrendStep::Week,
            pb::TrendStep::Month => TrendStep::Month,
        },
    })
}

pub(super) fn cases(request: &pb::ListCasesRequest) -> Result<CasesQuestion, Failure> {
    let question = list(
        request.filter.as_ref(),
        request.only_chronic,
        request.only_very_old,
    )?;
    if question.cases.value(Dimension::Anomaly).is_some() {
        return Err(Failure::field("filter.parts", CLAIMS_HAVE_NO_ANOMALY));
    }
    Ok(question)
}

pub(super) fn flows(request: &pb::ListStockFlowsRequest) -> Result<CasesQuestion, Failure> {
    list(
        request.filter.as_ref(),
        request.only_chronic,
        request.only_very_old,
    )
}

/// Said of claims that are asked for by what stops a line of a payment flow.
const CLAIMS_HAVE_NO_ANOMALY: &str =
    "must not be an anomaly: claims have none, lines of payment flows do";

fn list(
    wanted: Option<&pb::VolumesFilter>,
    only_chronic: bool,
    only_very_old: bool,
) -> Result<CasesQuestion, Failure> {
    let (filter, parts) = territory_and_parts(wanted)?;
    for (position, part) in parts.iter().enumerate() {
        let rule = if part.dimension == Dimension::Outcome {
            "must not be an outcome: what is in stock has none"
        } else if parts[..position]
            .iter()
            .any(|other| other.dimension == part.dimension)
        {
            "must name each characteristic once"
        } else {
            continue;
        };
        return Err(Failure::field("filter.parts", rule));
    }
    Ok(CasesQuestion {
        filter,
        cases: CaseFilter {
            only_chronic,
            only_very_old,
            parts,
        },
    })
}

pub(super) fn export(request: &pb::ExportFiguresRequest) -> Result<ExportCommand, Failure> {
    let question = match (&request.breakdown, &request.trend, &request.cases) {
        (Some(request), None, None) => Question::Breakdown(breakdown(request)?),
        (None, Some(request), None) => Question::Trend(trend(request)?),
        (None, None, Some(request)) => Question::Cases(cases(request)?),
        _ => {
            return Err(Failure::field(
                "breakdown",
                "exactly one of breakdown, trend and cases is required",
            ));
        }
    };
    command(question, request.format(), request.language())
}

pub(super) fn flow_export(
    request: &pb::ExportFlowFiguresRequest,
) -> Result<ExportCommand, Failure> {
    let question = match (&request.breakdown, &request.trend, &request.flows) {
        (Some(request), None, None) => Question::FlowBreakdown(flow_breakdown(request)?),
        (None, Some(request), None) => Question::FlowTrend(flow_trend(request)?),
        (None, None, Some(request)) => Question::Flows(flows(request)?),
        _ => {
            return Err(Failure::field(
                "breakdown",
                "exactly one of breakdown, trend and flows is required",
            ));
        }
    };
    command(question, request.format(), request.language())
}

pub(super) fn language(wire: pb::ExportLanguage) -> Language {
    match wire {
        pb::ExportLanguage::English => Language::English,
        pb::ExportLanguage::Italian | pb::ExportLanguage::Unspecified => Language::Italian,
    }
}

fn command(
    question: Question,
    format: pb::ExportFormat,
    language: pb::ExportLanguage,
) -> Result<ExportCommand, Failure> {
    let language = self::language(language);
    let format = match (format, language) {
        (pb::ExportFormat::Pdf, _) => Format::Pdf,
        (pb::ExportFormat::Xlsx, _) => Format::Table(TableFormat::Xlsx),
        (pb::ExportFormat::Csv, Language::English) => Format::Table(TableFormat::CsvComma),
        (pb::ExportFormat::Csv, Language::Italian) => Format::Table(TableFormat::CsvSemicolon),
        (pb::ExportFormat::Unspecified, _) => {
            return Err(Failure::field("format", "is required"));
        }
    };
    Ok(ExportCommand {
        question,
        format,
        language,
    })
}

fn territory_and_parts(wire: Option<&pb::VolumesFilter>) -> Result<(Filter, Vec<Cut>), Failure> {
    let Some(wire) = wire else {
        return Ok((Filter::default(), Vec::new()));
    };
    let filter = Filter {
        office: when_given(&wire.office, "filter.office")?,
        region_istat: when_given::<kernel::IstatRegion>(&wire.region_istat, "filter.region_istat")?
            .map(|region| region.as_str().to_owned()),
        product: when_given(&wire.product, "filter.product")?,
        section: when_given(&wire.section, "filter.section")?,
        with_agencies: wire.with_agencies,
        part: None,
    };
    if filter.with_agencies && filter.office.is_none() {
        return Err(Failure::field(
            "filter.with_agencies",
            "must be false without filter.office: agencies are those of a Sede",
        ));
    }
    let parts = wire.parts.iter().map(cut).collect::<Result<_, _>>()?;
    Ok((filter, parts))
}

fn cut(part: &pb::Part) -> Result<Cut, Failure> {
    let dimension = dimension(part.dimension()).ok_or_else(|| {
        Failure::field(
            "filter.parts.dimension",
            "must be a characteristic: territory, product and section have filters of their own",
        )
    })?;
    Ok(Cut::by(dimension, &part.value))
}

fn dimension(wire: pb::Dimension) -> Option<Dimension> {
    match wire {
        pb::Dimension::Causale => Some(Dimension::Causale),
        pb::Dimension::PaymentMode => Some(Dimension::PaymentMode),
        pb::Dimension::Sector => Some(Dimension::Sector),
        pb::Dimension::Size => Some(Dimension::Size),
        pb::Dimension::Arrival => Some(Dimension::Arrival),
        pb::Dimension::Stage => Some(Dimension::Stage),
        pb::Dimension::Age => Some(Dimension::Age),
        pb::Dimension::Outcome => Some(Dimension::Outcome),
        pb::Dimension::Anomaly => Some(Dimension::Anomaly),
        pb::Dimension::Unspecified
        | pb::Dimension::Region
        | pb::Dimension::Office
        | pb::Dimension::Product
        | pb::Dimension::Section => None,
    }
}

fn when_given<T>(text: &str, field: &str) -> Result<Option<T>, Failure>
where
    T: std::str::FromStr,
    T::Err: std::fmt::Display,
{
    if text.is_empty() {
        Ok(None)
    } else {
        wire::parse(text, field).map(Some)
    }
}

fn required_day(wire: Option<&Date>, field: &str) -> Result<NaiveDate, Failure> {
    wire::optional_day(wire, field)?.ok_or_else(|| Failure::field(field, "is required"))
}
