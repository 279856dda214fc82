//! Sends a CSV file of periods authorised before the platform to the limits (layout: docs/import.md).

use std::collections::BTreeMap;

use anyhow::{Context, bail};
use chassis::client::Channels;
use chassis::wire;
use chrono::NaiveDate;
use csv::{ReaderBuilder, StringRecord, Trim};
use kernel::Hours;
use proto::omnia::anagrafe::v1::{ImportFault, ImportMasterDataResponse};
use proto::omnia::common::v1::UnitKey;
use proto::omnia::limits::v1::reservation_service_client::ReservationServiceClient;
use proto::omnia::limits::v1::{
    Cause, ImportHistoryRequest, LedgerEntry, Scheme, Usage, WeekHours,
};
use sha2::{Digest, Sha256};
use tonic::{Code, Status};
use tonic_types::StatusExt;

/// Lines sent at once, unless one unit has more: few enough to be answered in time.
const BATCH: usize = 1_000;

const LAYOUT: [&str; 15] = [
    "reference",
    "matricola",
    "production_unit_code",
    "scheme",
    "cause",
    "first_day",
    "last_day",
    "hours",
    "hours_by_week",
    "flags",
    "working_days",
    "zero_hours",
    "declared",
    "used_dates",
    "used_hours_by_week",
];

/// A line of the file with its number.
type Line = (u64, LedgerEntry);

/// Sends a file and returns the report. Every line is checked before the first is written.
pub(super) async fn send(
    channels: &Channels,
    file: &[u8],
    dry_run: bool,
) -> anyhow::Result<ImportMasterDataResponse> {
    let (lines, mut faults) = parse(file)?;
    let count = lines.len();
    let batches = batches(lines);
    let mut client = ReservationServiceClient::new(channels.to("limits"));
    let mut created = 0;
    let passes: &[bool] = if dry_run { &[true] } else { &[true, false] };
    for only_check in passes {
        created = 0;
        for batch in &batches {
            if !faults.is_empty() && !only_check {
                break;
            }
            let request = ImportHistoryRequest {
                entries: batch.iter().map(|(_, entry)| entry.clone()).collect(),
                dry_run: *only_check,
            };
            match client.import_history(request).await {
                Ok(answer) => created += answer.into_inner().created,
                Err(status) => faults.extend(refused(&status, batch)?),
            }
        }
    }
    faults.sort_by_key(|fault| fault.line);
    let lines = i32::try_from(count).unwrap_or(i32::MAX);
    Ok(ImportMasterDataResponse {
        lines,
        created,
        unchanged: lines - created,
        faults,
        ..ImportMasterDataResponse::default()
    })
}

/// Lines of one unit stay together, so that days told twice are seen.
fn batches(lines: Vec<Line>) -> Vec<Vec<Line>> {
    let mut units: BTreeMap<(String, i32), Vec<Line>> = BTreeMap::new();
    for line in lines {
        let unit = line.1.unit.clone().unwrap_or_default();
        let key = (unit.matricola, unit.production_unit_code);
        units.entry(key).or_default().push(line);
    }
    let mut batches: Vec<Vec<Line>> = Vec::new();
    for of_unit in units.into_values() {
        match batches.last_mut() {
            Some(batch) if batch.len() + of_unit.len() <= BATCH => batch.extend(of_unit),
            _ => batches.push(of_unit),
        }
    }
    batches
}

/// The lines that a refusal names. A refusal that names none is no fault of the file.
fn refused(status: &Status, batch: &[Line]) -> anyhow::Result<Vec<ImportFault>> {
    let violations = status
        .get_details_bad_request()
        .map(|details| details.field_violations)
        .unwrap_or_default();
    if violations.is_empty()
        || !matches!(status.code(), Code::InvalidArgument | Code::AlreadyExists)
    {
        bail!("import the history: {status}");
    }
    violations
        .into_iter()
        .map(|violation| {
            let (index, field) = place(&violation.field)
                .with_context(|| format!("a fault of {}", violation.field))?;
            let (line, _) = batch
                .get(index)
                .with_context(|| format!("a fault of {}", violation.field))?;
            Ok(ImportFault {
                line: i32::try_from(*line).unwrap_or(i32::MAX),
                column: column(field).to_owned(),
                message: violation.description,
            })
        })
        .collect()
}

/// Index and field of `entries[7].first_day`.
fn place(path: &str) -> Option<(usize, &str)> {
    let (index, field) = path.strip_prefix("entries[")?.split_once(']')?;
    Some((index.parse().ok()?, field.trim_start_matches('.')))
}

/// Column of a field of the contract.
fn column(field: &str) -> &str {
    match field {
        "entry_id" => "reference",
        "unit" | "unit.production_unit_code" => "production_unit_code",
        "unit.matricola" => "matricola",
        "hours_hundredths" => "hours",
        "usage" => "used_dates",
        _ if field.starts_with("usage.dates") => "used_dates",
        _ if field.starts_with("usage.hours_by_week") => "used_hours_by_week",
        _ if field.starts_with("hours_by_week") => "hours_by_week",
        _ => field,
    }
}

fn parse(file: &[u8]) -> anyhow::Result<(Vec<Line>, Vec<ImportFault>)> {
    let mut reader = ReaderBuilder::new().trim(Trim::All).from_reader(file);
    let heading = reader.headers().context("read the heading")?.clone();
    let known = |name: &str| LAYOUT.contains(&name.trim_start_matches('\u{feff}'));
    if heading.len() != LAYOUT.len() || !heading.iter().all(known) {
        bail!("the heading must name these columns: {}", LAYOUT.join(","));
    }
    let (mut lines, mut faults) = (Vec::new(), Vec::new());
    for record in reader.records() {
        let record = record.context("read a line")?;
        let number = record.position().map_or(0, csv::Position::line);
        let cells = Cells {
            heading: &heading,
            record: &record,
        };
        match entry(&cells) {
            Ok(entry) => lines.push((number, entry)),
            Err((column, message)) => faults.push(ImportFault {
                line: i32::try_from(number).unwrap_or(i32::MAX),
                column: column.to_owned(),
                message: message.to_owned(),
            }),
        }
    }
    Ok((lines, faults))
}

/// A column, and what would be right in it.
type CellFault = (&'static str, &'static str);

struct Cells<'c> {
    heading: &'c StringRecord,
    record: &'c StringRecord,
}

impl<'c> Cells<'c> {
    fn text(&self, column: &str) -> &'c str {
        self.heading
            .iter()
            .position(|name| name.trim_start_matches('\u{feff}') == column)
            .and_then(|place| self.record.get(place))
            .unwrap_or_default()
    }

    fn list(&self, column: &str) -> impl Iterator<Item = &'c str> + use<'c> {
        self.text(column).split('|').filter(|one| !one.is_empty())
    }

    fn day(&self, column: &'static str) -> Result<NaiveDate, CellFault> {
        let day = self.text(column).parse();
        day.map_err(|_| (column, "must be a day, YYYY-MM-DD"))
    }

    fn hours(&self, column: &'static str) -> Result<i64, CellFault> {
        match self.text(column) {
            "" => Ok(0),
            text => hours(text).ok_or((column, "must be hours with at most two decimals")),
        }
    }

    fn yes_or_no(&self, column: &'static str) -> Result<bool, CellFault> {
        match self.text(column) {
            "true" => Ok(true),
            "false" | "" => Ok(false),
            _ => Err((column, "must be true or false")),
        }
    }

    fn number(&self, column: &'static str) -> Result<i32, CellFault> {
        match self.text(column) {
            "" => Ok(0),
            text => text.parse().map_err(|_| (column, "must be a whole number")),
        }
    }

    fn by_week(&self, column: &'static str) -> Result<Vec<WeekHours>, CellFault> {
        let one = |text: &str| {
            let (monday, worked) = text.split_once('/')?;
            Some(WeekHours {
                week: Some(wire::date(monday.parse().ok()?)),
                hours_hundredths: hours(worked)?,
            })
        };
        self.list(column)
            .map(|text| one(text).ok_or((column, "must be Mondays and hours, YYYY-MM-DD/hours")))
            .collect()
    }
}

fn hours(text: &str) -> Option<i64> {
    text.parse::<Hours>().ok().map(Hours::hundredths)
}

fn entry(cells: &Cells<'_>) -> Result<LedgerEntry, CellFault> {
    let reference = cells.text("reference");
    if reference.is_empty() {
        return Err(("reference", "is required"));
    }
    let unit = UnitKey {
        matricola: cells.text("matricola").to_owned(),
        production_unit_code: cells.number("production_unit_code")?,
    };
    let scheme = Scheme::from_str_name(&format!("SCHEME_{}", cells.text("scheme")))
        .ok_or(("scheme", "must be CIGO, CIGS or AIS"))?;
    let cause = Cause::from_str_name(&format!("CAUSE_{}", cells.text("cause")))
        .ok_or(("cause", "must be ORD, EONE, RIORG, CRISI or CDS"))?;
    Ok(LedgerEntry {
        entry_id: id(&unit, reference),
        scheme: scheme.into(),
        cause: cause.into(),
        first_day: Some(wire::date(cells.day("first_day")?)),
        last_day: Some(wire::date(cells.day("last_day")?)),
        hours_hundredths: cells.hours("hours")?,
        hours_by_week: cells.by_week("hours_by_week")?,
        origin: format!("history:{reference}"),
        flags: cells.list("flags").map(str::to_owned).collect(),
        working_days: cells.number("working_days")?,
        zero_hours: cells.yes_or_no("zero_hours")?,
        usage: usage(cells)?,
        unit: Some(unit),
        ..LedgerEntry::default()
    })
}

fn usage(cells: &Cells<'_>) -> Result<Option<Usage>, CellFault> {
    let dates = cells
        .list("used_dates")
        .map(|day| {
            let day = day.parse().map(wire::date);
            day.map_err(|_| ("used_dates", "must be days, YYYY-MM-DD"))
        })
        .collect::<Result<Vec<_>, _>>()?;
    let hours_by_week = cells.by_week("used_hours_by_week")?;
    if cells.yes_or_no("declared")? {
        return Ok(Some(Usage {
            dates,
            hours_by_week,
        }));
    }
    if dates.is_empty() && hours_by_week.is_empty() {
        Ok(None)
    } else {
        Err((
            "declared",
            "must be true where something is declared as used",
        ))
    }
}

/// The id of a line: the same reference of the same unit is the same line.
fn id(unit: &UnitKey, reference: &str) -> String {
    let key = format!(
        "limits history {}/{}/{reference}",
        unit.matricola, unit.production_unit_code
    );
    let mut bytes = [0_u8; 16];
    bytes.copy_from_slice(&Sha256::digest(key)[..16]);
    uuid::Builder::from_custom_bytes(bytes)
        .into_uuid()
        .to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    const HEADING: &str = "reference,matricola,production_unit_code,scheme,cause,first_day,last_day,hours,hours_by_week,flags,working_days,zero_hours,declared,used_dates,used_hours_by_week\n";

    fn read(lines: &str) -> (Vec<Line>, Vec<ImportFault>) {
        parse(format!("{HEADING}{lines}").as_bytes()).unwrap()
    }

    #[test]
    fn a_line_says_all_that_the_ledger_can_know_and_has_the_same_id_each_time() {
        let text = "A-1,4900000001,0,CIGO,EONE,2026-02-02,2026-02-15,100.50,2026-02-02/60.5|2026-02-09/40,covid,6,false,true,2026-02-03,2026-02-02/7\n";
        let (lines, faults) = read(text);
        assert!(faults.is_empty(), "{faults:?}");
        let (number, entry) = &lines[0];
        assert_eq!(
            (*number, entry.hours_hundredths, entry.working_days),
            (2, 10_050, 6)
        );
        assert_eq!(entry.hours_by_week[1].hours_hundredths, 4_000);
        assert_eq!(entry.usage.as_ref().unwrap().dates.len(), 1);
        assert_eq!(read(text).0[0].1.entry_id, entry.entry_id);
        assert_ne!(
            read(&text.replace("A-1", "A-2")).0[0].1.entry_id,
            entry.entry_id
        );
    }

    #[test]
    fn the_example_of_the_document_is_a_line_without_faults() {
        let document = include_str!("../../../../docs/import.md");
        let (_, history) = document.split_once("\n## History of the limits").unwrap();
        let example = history.split("```csv\n").nth(1).unwrap();
        let (lines, faults) = parse(example.split("```").next().unwrap().as_bytes()).unwrap();
        assert!(faults.is_empty(), "{faults:?}");
        let entry = &lines[0].1;
        let weeks: i64 = entry
            .hours_by_week
            .iter()
            .map(|week| week.hours_hundredths)
            .sum();
        assert_eq!((lines.len(), weeks), (1, entry.hours_hundredths));
    }

    #[test]
    fn declared_and_empty_is_another_thing_than_not_declared() {
        let line = |declared: &str| {
            format!("A-1,4900000001,0,CIGO,ORD,2026-02-02,2026-02-15,,,,,,{declared},,\n")
        };
        assert!(read(&line("false")).0[0].1.usage.is_none());
        assert_eq!(read(&line("true")).0[0].1.usage, Some(Usage::default()));
    }

    #[test]
    fn each_wrong_cell_names_its_line_and_column() {
        let (lines, faults) = read(
            "A-1,4900000001,0,CIGO,ORD,2026-02-30,2026-02-15,,,,,,,,\n\
             A-2,4900000001,0,CIGO,ORD,2026-02-02,2026-02-15,x,,,,,,,\n\
             A-3,4900000001,0,CIGO,ORD,2026-02-02,2026-02-15,,,,,,,2026-02-03,\n",
        );
        assert!(lines.is_empty());
        let told: Vec<_> = faults
            .iter()
            .map(|fault| (fault.line, fault.column.as_str()))
            .collect();
        assert_eq!(told, [(2, "first_day"), (3, "hours"), (4, "declared")]);
    }

    #[test]
    fn lines_of_one_unit_are_sent_together() {
        let line = |code: i32| {
            let unit = UnitKey {
                matricola: "4900000001".to_owned(),
                production_unit_code: code,
            };
            let unit = Some(unit);
            (
                0,
                LedgerEntry {
                    unit,
                    ..LedgerEntry::default()
                },
            )
        };
        let lines = (0..900).chain(0..900).map(line).collect();
        let sizes: Vec<usize> = batches(lines).iter().map(Vec::len).collect();
        assert_eq!(sizes, [1_000, 800]);
    }

    #[test]
    fn a_refused_line_is_told_by_its_number_and_column() {
        assert_eq!(
            place("entries[7].usage.hours_by_week"),
            Some((7, "usage.hours_by_week"))
        );
        assert_eq!(column("usage.hours_by_week[0].week"), "used_hours_by_week");
        assert_eq!(column("entry_id"), "reference");
        assert_eq!(column("first_day"), "first_day");
    }
}
