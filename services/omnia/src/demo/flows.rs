//! `omnia demo-flow`: invented flows of direct payment in both layouts (`claims.md` §7.2), the same for the same seed, with as many
//! wrong lines as wanted; and the list of their workers, for the claim that is to grant them. Nothing of it needs a platform.

use std::fmt::Write as _;
use std::fs;
use std::path::Path;

use anyhow::{Context, ensure};
use clap::ValueEnum;
use kernel::{Cents, Hours, Iban, Period, Week};
use payments::domain::flow::{FlowKind, Header};
use payments::domain::layout::{
    ADDRESS, COLUMNS, FIRST_WEEK, Format, HEADER, LINES_MOST, NAMESPACE, VALUES,
};
use payments::domain::month::Month;
use serde_json::json;

use super::dice::Dice;
use super::people::{self, Kind};

/// Heading of the list of workers of a claim.
const LIST: &str = "codice_fiscale;qualifica;orario_settimanale;data_assunzione;ore_richieste;iban";
/// Types of which a worker may have one line each in a month; zero hours first.
const TYPES: [&str; 5] = ["0", "3", "4", "6", "1"];
/// Hours of a week of a line that is right, at most.
const HOURS_A_WEEK: u32 = 8;
/// Workable hours of every month, in hundredths.
const WORKABLE: i64 = 16_800;
/// The most that a month may have.
const WORKABLE_MOST: i64 = 24_000;
/// Contractual hours a week, in hundredths.
const CONTRACT: i64 = 4_000;
/// Workers far from those of any list.
const STRANGERS_FROM: u64 = 1 << 30;
/// Of a hundred lines, so many are paid in cash at the post.
const DOMICILED: u32 = 3;
/// Digits of an invented account: of a bank that there is none of.
const BANK: &str = "9999000000";

/// What may be wrong with a line, as far as a file alone can say it: the codes of PAY-5 stop the line, those of PAY-3 the flow.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
#[value(rename_all = "SCREAMING_SNAKE_CASE")]
pub(crate) enum Wrong {
    /// The check letter of the codice fiscale.
    CfInvalid,
    /// A worker who is not on the list.
    NotABeneficiary,
    /// More hours in a week than the contract has.
    HoursExceedContract,
    /// More hours than the list asks for.
    HoursExceedAuthorized,
    /// A deduction to be confirmed.
    DeductionsToWork,
    /// The check digits of the IBAN: refuses the flow.
    IbanInvalid,
    /// Contractual hours above 48: refuses the flow.
    ContractHoursInvalid,
    /// The line before once more: refuses the flow.
    DuplicateLine,
    /// A month that does not exist: refuses the flow.
    FlowMalformed,
}

/// The codes that stop lines and let the flow go on.
const STOPPING: [Wrong; 5] = [
    Wrong::CfInvalid,
    Wrong::NotABeneficiary,
    Wrong::HoursExceedContract,
    Wrong::HoursExceedAuthorized,
    Wrong::DeductionsToWork,
];

/// The workers of a grant.
#[derive(Debug, Clone, Copy, clap::Args)]
#[group(skip)]
pub(crate) struct Workers {
    /// How many.
    #[arg(long = "workers", default_value_t = 1_000)]
    pub(crate) count: u32,
    /// Hours asked for, and granted, to each.
    #[arg(long, default_value = "120")]
    pub(crate) granted: Hours,
    /// Seed of the generator.
    #[arg(long, default_value_t = 1)]
    pub(crate) seed: u64,
}

/// What is wanted of a flow.
#[derive(Debug, clap::Args)]
#[group(skip)]
pub(crate) struct Wanted {
    #[command(flatten)]
    pub(crate) workers: Workers,
    /// Lines; as many as workers when absent, at most five a worker and month, and 200,000.
    #[arg(long)]
    pub(crate) lines: Option<u32>,
    /// Layout.
    #[arg(long, default_value = "csv")]
    pub(crate) format: Layout,
    /// Form of the flow.
    #[arg(long, default_value = "UNIEMENS_CIG", value_parser = kind)]
    pub(crate) kind: FlowKind,
    /// The authorisation, as the decision on the claim names it.
    #[arg(long)]
    pub(crate) authorization: kernel::AuthorizationNumber,
    /// Ticket of the claim.
    #[arg(long)]
    pub(crate) ticket: kernel::Ticket,
    /// Employer.
    #[arg(long)]
    pub(crate) matricola: kernel::Matricola,
    /// First day that the flow covers.
    #[arg(long)]
    pub(crate) from: chrono::NaiveDate,
    /// Last day that the flow covers.
    #[arg(long)]
    pub(crate) to: chrono::NaiveDate,
    /// Of a hundred lines, so many are wrong.
    #[arg(long, default_value_t = 0, value_parser = clap::value_parser!(u32).range(0..=100))]
    pub(crate) wrong: u32,
    /// What is wrong with them, each as often; without it the codes that stop lines and let the flow go on.
    #[arg(long, value_delimiter = ',', value_name = "CODE,…")]
    pub(crate) codes: Vec<Wrong>,
    /// Another number is another flow of the same workers.
    #[arg(long, default_value_t = 1)]
    pub(crate) number: u64,
}

/// Layout of a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Layout {
    /// Separated values; the header is told apart.
    Csv,
    /// XML with its header.
    Xml,
}

fn kind(text: &str) -> Result<FlowKind, String> {
    FlowKind::parse(text).ok_or_else(|| "must be SR41, SR43 or UNIEMENS_CIG".to_owned())
}

/// Writes the list of workers.
pub(crate) fn write_list(workers: &Workers, file: &Path) -> anyhow::Result<()> {
    let list = list(workers)?;
    fs::write(file, list).with_context(|| format!("write {}", file.display()))
}

/// Writes a flow, and prints its header as the call wants it.
pub(crate) fn write_flow(wanted: &Wanted, file: &Path) -> anyhow::Result<()> {
    let flow = Flow::invent(wanted)?;
    let text = match wanted.format {
        Layout::Csv => flow.csv(),
        Layout::Xml => flow.xml(),
    };
    fs::write(file, text).with_context(|| format!("write {}", file.display()))?;
    println!("{}", flow.told(wanted.format));
    Ok(())
}

fn list(workers: &Workers) -> anyhow::Result<String> {
    let mut text = format!("{LIST}\n");
    let hours = with_comma(workers.granted.hundredths());
    for number in 0..u64::from(workers.count) {
        let code = people::codice_fiscale(workers.seed, Kind::Worker, number)?;
        writeln!(
            text,
            "{code};1;{};07/01/2015;{hours};",
            with_comma(CONTRACT)
        )?;
    }
    Ok(text)
}

/// A flow: its header, and the fields of its lines by column, as CSV writes them.
pub(super) struct Flow {
    pub(super) header: Header,
    pub(super) lines: Vec<Fields>,
}

pub(super) type Fields = [String; COLUMNS.len()];

impl Flow {
    fn invent(wanted: &Wanted) -> anyhow::Result<Self> {
        let maker = Maker::of(wanted)?;
        let count = wanted.lines.unwrap_or(wanted.workers.count);
        let room = u64::from(wanted.workers.count) * maker.keys();
        ensure!(
            u64::from(count) <= room.min(LINES_MOST.into()),
            "these workers have room for {} lines at most",
            room.min(LINES_MOST.into())
        );
        let mut lines: Vec<Fields> = Vec::with_capacity(count as usize);
        for place in 0..count {
            let line = maker.line(place, lines.last())?;
            lines.push(line);
        }
        let hours = lines.iter().map(hours_of).sum();
        let header = Header {
            kind: wanted.kind,
            authorization: wanted.authorization.clone(),
            ticket: wanted.ticket.clone(),
            matricola: wanted.matricola.clone(),
            period: maker.period,
            lines: count,
            hours: Hours::from_hundredths(hours),
            corrects: None,
        };
        ensure!(
            header.covers_allowed_months(),
            "a UNIEMENS_CIG flow covers days of one month"
        );
        Ok(Self { header, lines })
    }

    pub(super) fn csv(&self) -> String {
        let mut text = COLUMNS.join(";");
        for line in &self.lines {
            text.push('\n');
            text.push_str(&line.join(";"));
        }
        text.push('\n');
        text
    }

    fn xml(&self) -> String {
        let mut text = format!(
            "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<FlussoPagamento xmlns=\"{NAMESPACE}\">\n"
        );
        text.push_str("<Testata>");
        for (name, value) in HEADER.iter().zip(self.header_values()) {
            element(&mut text, name, &value);
        }
        text.push_str("</Testata>\n");
        for line in &self.lines {
            worker(&mut text, line);
        }
        text.push_str("</FlussoPagamento>\n");
        text
    }

    fn header_values(&self) -> [String; 8] {
        let header = &self.header;
        [
            header.kind.code().to_owned(),
            header.authorization.to_string(),
            header.ticket.to_string(),
            header.matricola.to_string(),
            header.period.first_day().to_string(),
            header.period.last_day().to_string(),
            header.lines.to_string(),
            with_point(&with_comma(header.hours.hundredths())),
        ]
    }

    /// What `UploadFlow` is told of the file.
    fn told(&self, layout: Layout) -> String {
        let header = &self.header;
        let format = match layout {
            Layout::Csv => Format::Csv,
            Layout::Xml => Format::Xml,
        };
        json!({
            "authorization_number": header.authorization.as_str(),
            "matricola": header.matricola.as_str(),
            "format": format.code(),
            "kind": header.kind.code(),
            "ticket": header.ticket.as_str(),
            "from": header.period.first_day().to_string(),
            "to": header.period.last_day().to_string(),
            "lines_count": header.lines,
            "hours_hundredths": header.hours.hundredths(),
        })
        .to_string()
    }
}

fn element(text: &mut String, name: &str, value: &str) {
    // Nothing that is invented here needs to be escaped.
    text.extend(["<", name, ">", value, "</", name, ">"]);
}

fn worker(text: &mut String, line: &Fields) {
    text.push_str("<Lavoratore>");
    for (name, column) in VALUES
        .iter()
        .filter(|(_, column)| !line[*column].is_empty())
    {
        element(text, name, &with_point(&line[*column]));
        if *name == "OreLavorabili" {
            weeks(text, line);
        }
    }
    if !line[ADDRESS[0].1].is_empty() {
        text.push_str("<Recapito>");
        for (name, column) in ADDRESS {
            element(text, name, &line[column]);
        }
        text.push_str("</Recapito>");
    }
    text.push_str("</Lavoratore>\n");
}

fn weeks(text: &mut String, line: &Fields) {
    text.push_str("<Ore>");
    for (place, hours) in line[FIRST_WEEK..FIRST_WEEK + 6].iter().enumerate() {
        if !hours.is_empty() {
            let hours = with_point(hours);
            let number = (place + 1).to_string();
            text.extend(["<Settimana n=\"", &number, "\">", &hours, "</Settimana>"]);
        }
    }
    text.push_str("</Ore>");
}

/// Decides what stands in each line.
struct Maker<'a> {
    wanted: &'a Wanted,
    codes: &'a [Wrong],
    period: Period,
    months: Vec<Month>,
}

impl<'a> Maker<'a> {
    fn of(wanted: &'a Wanted) -> anyhow::Result<Self> {
        ensure!(
            wanted.workers.count > 0,
            "there must be one worker at least"
        );
        ensure!(wanted.from <= wanted.to, "--from must not lie after --to");
        let period = Period::between(wanted.from, wanted.to);
        Ok(Self {
            wanted,
            codes: if wanted.codes.is_empty() {
                &STOPPING
            } else {
                &wanted.codes
            },
            period,
            months: Month::touched_by(period).collect(),
        })
    }

    /// Lines that a worker may have.
    fn keys(&self) -> u64 {
        TYPES.len() as u64 * self.months.len() as u64
    }

    /// The line of a place: first each worker once, then the next month, then the next type.
    fn line(&self, place: u32, before: Option<&Fields>) -> anyhow::Result<Fields> {
        let Workers {
            count: workers,
            seed,
            ..
        } = self.wanted.workers;
        let (worker, key) = (place % workers, (place / workers) as usize);
        let month = self.months[key % self.months.len()];
        let mut dice = Dice::of(
            seed,
            "flow",
            self.wanted.number * u64::from(LINES_MOST) + u64::from(place),
        );
        let code = people::codice_fiscale(seed, Kind::Worker, worker.into())?;
        let mut line = right(&mut dice, &code, worker.into(), month)?;
        TYPES[key / self.months.len()].clone_into(&mut line[at::TYPE]);
        let payable = self.payable(month);
        ensure!(!payable.is_empty(), "the flow covers no week of {month}");
        for week in &payable {
            let hours = i64::from(dice.between(1, HOURS_A_WEEK)) * 100;
            line[FIRST_WEEK + week] = with_comma(hours);
        }
        if dice.in_hundred(self.wanted.wrong) {
            let wrong = *dice.one_of(self.codes);
            self.spoil(&mut line, wrong, place, &payable, before)?;
        }
        Ok(line)
    }

    /// Places of the weeks of a month that hold a day of the month and of the flow.
    fn payable(&self, month: Month) -> Vec<usize> {
        let Some(days) = month.period().intersection(self.period) else {
            return Vec::new();
        };
        let holds =
            |week: &Week| days.first_day() <= week.sunday() && week.monday() <= days.last_day();
        let weeks = month.weeks().enumerate().filter(|(_, week)| holds(week));
        weeks.map(|(place, _)| place).collect()
    }

    fn spoil(
        &self,
        line: &mut Fields,
        wrong: Wrong,
        place: u32,
        payable: &[usize],
        before: Option<&Fields>,
    ) -> anyhow::Result<()> {
        let set =
            |line: &mut Fields, column: usize, value: &str| value.clone_into(&mut line[column]);
        match wrong {
            Wrong::CfInvalid => next_letter(&mut line[at::CODICE_FISCALE]),
            Wrong::NotABeneficiary => {
                let number = STRANGERS_FROM + u64::from(place);
                let seed = self.wanted.workers.seed;
                line[at::CODICE_FISCALE] = people::codice_fiscale(seed, Kind::Worker, number)?;
            }
            Wrong::HoursExceedContract => {
                set(line, FIRST_WEEK + payable[0], &with_comma(CONTRACT + 1));
            }
            Wrong::HoursExceedAuthorized => self.exceed(line, payable)?,
            Wrong::DeductionsToWork => set(line, at::DEDUCTIONS, "S"),
            Wrong::IbanInvalid => {
                set(line, at::IBAN, "IT61X0542811101000000123456");
                set(line, at::DOMICILED, "N");
            }
            Wrong::ContractHoursInvalid => set(line, at::WEEKLY_HOURS, "48,01"),
            Wrong::DuplicateLine => {
                if let Some(before) = before {
                    line.clone_from(before);
                }
            }
            Wrong::FlowMalformed => set(line, at::MONTH, "2026-13"),
        }
        Ok(())
    }

    /// An hour more than was granted, within the contract and the workable hours of a full-timer.
    fn exceed(&self, line: &mut Fields, payable: &[usize]) -> anyhow::Result<()> {
        let hours = self.wanted.workers.granted.hundredths() + 100;
        let room = CONTRACT * i64::try_from(payable.len())?;
        ensure!(
            hours <= room.min(WORKABLE),
            "HOURS_EXCEED_AUTHORIZED needs fewer hours granted: below {} in these weeks",
            with_comma(room.min(WORKABLE) - 100)
        );
        line[at::PART_TIME].clear();
        let mut left = hours;
        for week in payable {
            let now = left.min(CONTRACT);
            line[FIRST_WEEK + week] = if now > 0 {
                with_comma(now)
            } else {
                String::new()
            };
            left -= now;
        }
        Ok(())
    }
}

/// The columns that are set by name.
mod at {
    pub(super) const CODICE_FISCALE: usize = 0;
    pub(super) const MONTH: usize = 3;
    pub(super) const TYPE: usize = 4;
    pub(super) const WEEKLY_HOURS: usize = 6;
    pub(super) const PART_TIME: usize = 8;
    pub(super) const WORKABLE_HOURS: usize = 10;
    pub(super) const IBAN: usize = 17;
    pub(super) const DOMICILED: usize = 18;
    pub(super) const DEDUCTIONS: usize = 24;
}

/// A line of a full-timer with these hundredths of hours in the weeks of a month, by their places.
pub(super) fn line_of(
    dice: &mut Dice,
    worker: &str,
    account: u64,
    month: Month,
    weeks: &[(usize, i64)],
) -> anyhow::Result<Fields> {
    let mut line = right(dice, worker, account, month)?;
    line[at::PART_TIME].clear();
    // As many as the longest month may have: hours are told in the month of the Monday of their week.
    line[at::WORKABLE_HOURS] = with_comma(WORKABLE_MOST);
    for (place, hours) in weeks {
        line[FIRST_WEEK + place] = with_comma(*hours);
    }
    Ok(line)
}

/// A line that is right, without its hours: of a worker, paid to the account of a number, for a month.
fn right(dice: &mut Dice, worker: &str, account: u64, month: Month) -> anyhow::Result<Fields> {
    const SURNAMES: [&str; 6] = [
        "Provadini",
        "Esempi",
        "Fintoni",
        "Modelli",
        "Campioni",
        "Saggi",
    ];
    const NAMES: [&str; 6] = ["Ada", "Bruno", "Carla", "Dino", "Elsa", "Fausto"];
    let domiciled = dice.in_hundred(DOMICILED);
    let values: [&str; COLUMNS.len()] = [
        worker,
        *dice.one_of(&SURNAMES),
        *dice.one_of(&NAMES),
        &month.to_string(),
        TYPES[0],
        dice.weighted(&[("1", 75), ("2", 15), ("W", 6), ("Q", 4)]),
        &with_comma(CONTRACT),
        "5",
        if dice.in_hundred(15) { "62,50" } else { "" },
        &with_comma(dice.between(800, 2_200).into()),
        &with_comma(WORKABLE),
        "",
        "",
        "",
        "",
        "",
        "",
        &if domiciled {
            String::new()
        } else {
            iban(account)?
        },
        if domiciled { "S" } else { "N" },
        if domiciled { "Via degli Esempi 1" } else { "" },
        if domiciled { "20100" } else { "" },
        if domiciled { "Milano" } else { "" },
        if domiciled { "MI" } else { "" },
        if dice.in_hundred(40) {
            "+393335550100"
        } else {
            ""
        },
        "N",
        "",
    ];
    Ok(values.map(str::to_owned))
}

/// The account of a worker: well formed, and of a bank that there is none of.
fn iban(worker: u64) -> anyhow::Result<String> {
    let account = format!("{BANK}{worker:012}");
    ('A'..='Z')
        .map(|cin| with_check_digits(&format!("{cin}{account}")))
        .find(|iban| iban.parse::<Iban>().is_ok())
        .context("no CIN fits an invented account")
}

/// ISO 13616: what makes the remainder by 97 one, with the country moved to the end and letters as 10…35.
fn with_check_digits(bban: &str) -> String {
    let digits = format!("{bban}IT00");
    let values = digits.bytes().map(|byte| match byte {
        b'0'..=b'9' => (u32::from(byte - b'0'), 10),
        _ => (u32::from(byte.saturating_sub(b'A')) + 10, 100),
    });
    let remainder = values.fold(0, |rest, (value, scale)| (rest * scale + value) % 97);
    format!("IT{:02}{bban}", 98 - remainder)
}

/// Another letter than the last.
fn next_letter(code: &mut String) {
    let other = match code.pop() {
        Some('Z') | None => 'A',
        Some(letter) => char::from_u32(u32::from(letter) + 1).unwrap_or('A'),
    };
    code.push(other);
}

pub(super) fn hours_of(line: &Fields) -> i64 {
    let weeks = line[FIRST_WEEK..FIRST_WEEK + 6].iter();
    let hours = weeks.filter_map(|text| text.parse::<Hours>().ok());
    hours.map(Hours::hundredths).sum()
}

fn with_comma(hundredths: i64) -> String {
    Cents::new(hundredths).to_string().replace('.', ",")
}

fn with_point(text: &str) -> String {
    text.replace(',', ".")
}

#[cfg(test)]
mod tests {
    use kernel::CodiceFiscale;
    use payments::domain::checks::{Allowance, Anomaly, Known, WorkerAllowance, check_line};
    use payments::domain::layout::{Reading, read_csv, read_xml};
    use payments::domain::line::Line;
    use payments::domain::refusal::FlowCode;
    use uuid::Uuid;

    use super::*;

    fn wanted() -> Wanted {
        Wanted {
            workers: Workers {
                count: 40,
                granted: Hours::from_hundredths(12_000),
                seed: 1,
            },
            lines: None,
            format: Layout::Csv,
            kind: FlowKind::UniemensCig,
            authorization: "490026000001".parse().unwrap(),
            ticket: "A0DWB0WZ3UK4M3Y1".parse().unwrap(),
            matricola: "4900000001".parse().unwrap(),
            from: "2026-09-07".parse().unwrap(),
            to: "2026-09-30".parse().unwrap(),
            wrong: 0,
            codes: Vec::new(),
            number: 1,
        }
    }

    /// What the service itself reads of both layouts.
    fn read(flow: &Flow) -> [(Reading, Vec<Line>); 2] {
        let (mut of_csv, mut of_xml) = (Vec::new(), Vec::new());
        let csv = read_csv(&flow.header, flow.csv().as_bytes(), &mut |line| {
            of_csv.push(line);
        });
        let xml = read_xml(flow.xml().as_bytes(), &mut |line| of_xml.push(line));
        [(csv.unwrap(), of_csv), (xml.unwrap(), of_xml)]
    }

    /// What stops each line under a grant to the workers of the list.
    fn anomalies(wanted: &Wanted, lines: Vec<Line>) -> Vec<Vec<Anomaly>> {
        let of_all = wanted.workers.granted.hundredths() * i64::from(wanted.workers.count);
        let mut allowance = Allowance::new(Hours::from_hundredths(of_all), Hours::default());
        for (place, line) in list(&wanted.workers).unwrap().lines().skip(1).enumerate() {
            let code: CodiceFiscale = line.split(';').next().unwrap().parse().unwrap();
            let worker = WorkerAllowance {
                id: Uuid::from_u128(place as u128),
                granted: wanted.workers.granted.hundredths(),
                held: 0,
            };
            allowance.add(code, worker);
        }
        let check = |line| check_line(line, &mut allowance, &Known::default()).anomalies;
        lines.into_iter().map(check).collect()
    }

    #[test]
    fn a_flow_without_wrong_lines_is_right_in_both_layouts_by_the_services_own_checks() {
        let wanted = Wanted {
            lines: Some(150),
            ..wanted()
        };
        let flow = Flow::invent(&wanted).unwrap();
        let [(csv, csv_lines), (xml, xml_lines)] = read(&flow);
        assert!(
            csv.faults.is_empty() && xml.faults.is_empty(),
            "{:?} {:?}",
            csv.faults,
            xml.faults
        );
        assert_eq!((csv.lines, csv.hours), (150, flow.header.hours));
        assert_eq!(xml.header.as_ref(), Some(&flow.header));
        assert!(csv_lines == xml_lines);
        assert!(anomalies(&wanted, csv_lines).iter().all(Vec::is_empty));
    }

    #[test]
    fn each_code_that_stops_lines_stops_so_many_and_lets_the_flow_go_on() {
        let codes = [
            (Wrong::CfInvalid, Anomaly::CfInvalid),
            (Wrong::NotABeneficiary, Anomaly::NotABeneficiary),
            (Wrong::HoursExceedContract, Anomaly::HoursExceedContract),
            (Wrong::HoursExceedAuthorized, Anomaly::HoursExceedAuthorized),
            (Wrong::DeductionsToWork, Anomaly::DeductionsToWork),
        ];
        assert_eq!(codes.map(|(wrong, _)| wrong), STOPPING);
        for (code, anomaly) in codes {
            let wanted = Wanted {
                wrong: 25,
                codes: vec![code],
                ..wanted()
            };
            let [(csv, lines), _] = read(&Flow::invent(&wanted).unwrap());
            assert!(csv.faults.is_empty(), "{code:?}: {:?}", csv.faults);
            let stopped: Vec<_> = anomalies(&wanted, lines)
                .into_iter()
                .filter(|it| !it.is_empty())
                .collect();
            assert!(
                (3..=20).contains(&stopped.len()),
                "{code:?}: {}",
                stopped.len()
            );
            assert!(
                stopped.iter().all(|it| it == &[anomaly]),
                "{code:?}: {stopped:?}"
            );
        }
    }

    #[test]
    fn each_code_that_refuses_the_flow_does() {
        for (code, refused) in [
            (Wrong::IbanInvalid, FlowCode::IbanInvalid),
            (Wrong::ContractHoursInvalid, FlowCode::ContractHoursInvalid),
            (Wrong::DuplicateLine, FlowCode::DuplicateLine),
            (Wrong::FlowMalformed, FlowCode::Malformed),
        ] {
            let wanted = Wanted {
                wrong: 25,
                codes: vec![code],
                ..wanted()
            };
            for (reading, _) in read(&Flow::invent(&wanted).unwrap()) {
                assert_eq!(reading.faults.codes(), [refused], "{code:?}");
            }
        }
    }

    #[test]
    fn the_same_seed_makes_the_same_bytes_and_another_number_another_flow() {
        let made = |number| Flow::invent(&Wanted { number, ..wanted() }).unwrap().csv();
        assert_eq!(made(1), made(1));
        assert_ne!(made(1), made(2));
    }

    #[test]
    fn more_lines_than_the_workers_have_room_for_are_refused() {
        let of = |lines| {
            Flow::invent(&Wanted {
                lines: Some(lines),
                ..wanted()
            })
        };
        assert!(of(200).is_ok());
        let refused = of(201).err().unwrap().to_string();
        assert!(refused.contains("200 lines at most"), "{refused}");
    }
}
