//! The fields of a line, as text, and what they mean. Both layouts bring the same fields; they differ in the decimal sign.

use kernel::{Cents, Hours, Iban};

use super::{DecimalSign, Header};
use crate::domain::line::{Address, Line, LineType, WEEKS_MOST, Way};
use crate::domain::month::Month;
use crate::domain::refusal::Rule;

/// The columns of the CSV layout, in order.
pub const COLUMNS: [&str; 26] = [
    "codice_fiscale",
    "cognome",
    "nome",
    "mese",
    "tipo",
    "qualifica",
    "orario_settimanale",
    "giorni_settimana",
    "part_time_perc",
    "paga_oraria",
    "ore_lavorabili",
    "s1",
    "s2",
    "s3",
    "s4",
    "s5",
    "s6",
    "iban",
    "bonifico_domiciliato",
    "indirizzo",
    "cap",
    "comune",
    "provincia",
    "cellulare",
    "trattenute",
    "importo_atteso",
];

/// Qualifiche of the SR41 instructions (§4.6); `3` dirigente is no beneficiary of any grant.
const QUALIFICHE: [&str; 10] = ["1", "2", "3", "7", "8", "Q", "O", "Y", "W", "R"];

/// Contractual hours a week, in hundredths, at most.
const WEEKLY_HOURS_MOST: i64 = 4800;
/// Workable hours of a month, in hundredths, at most.
const WORKABLE_HOURS_MOST: i64 = 24_000;
/// Hours of a week, in hundredths, at most: far above any week, whose hours stop the line when they are above its contract (PAY-5),
/// and as many as the sum of them has room for where it is stored.
const WEEK_HOURS_MOST: i64 = 1_000_000;
/// Characters of a codice fiscale, right or wrong: what is wrong with it stops its line and not the flow (PAY-5).
const CODE_MOST: usize = 60;
/// Characters of a name.
const NAME_MOST: usize = 60;
/// Characters of a line of an address: what pain.001 takes.
const ADDRESS_MOST: usize = 70;

/// The columns by name.
mod at {
    pub(super) const CODICE_FISCALE: usize = 0;
    pub(super) const SURNAME: usize = 1;
    pub(super) const NAME: usize = 2;
    pub(super) const MONTH: usize = 3;
    pub(super) const TYPE: usize = 4;
    pub(super) const QUALIFICA: usize = 5;
    pub(super) const WEEKLY_HOURS: usize = 6;
    pub(super) const DAYS: usize = 7;
    pub(super) const PART_TIME: usize = 8;
    pub(super) const HOURLY_PAY: usize = 9;
    pub(super) const WORKABLE_HOURS: usize = 10;
    pub(super) const WEEKS: usize = 11;
    pub(super) const IBAN: usize = 17;
    pub(super) const DOMICILED: usize = 18;
    pub(super) const STREET: usize = 19;
    pub(super) const POSTAL_CODE: usize = 20;
    pub(super) const MUNICIPALITY: usize = 21;
    pub(super) const PROVINCE: usize = 22;
    pub(super) const PHONE: usize = 23;
    pub(super) const DEDUCTIONS: usize = 24;
    pub(super) const EXPECTED: usize = 25;
}

/// The fields of a line as they were written, trimmed.
#[derive(Default)]
pub(super) struct Fields([String; COLUMNS.len()]);

impl Fields {
    /// Empties every field, and keeps the room.
    pub(super) fn clear(&mut self) {
        for field in &mut self.0 {
            field.clear();
        }
    }

    /// Adds to a field.
    pub(super) fn push(&mut self, column: usize, text: &str) {
        self.0[column].push_str(text);
    }

    fn text(&self, column: usize) -> &str {
        self.0[column].trim()
    }
}

/// Reads the fields of a line; what is wrong with them goes to `fault`, by column. `None` when something is.
pub(super) fn read(
    fields: &Fields,
    number: u32,
    sign: DecimalSign,
    header: &Header,
    fault: &mut dyn FnMut(&'static str, Rule),
) -> Option<Line> {
    let mut values = Values {
        fields,
        sign,
        fault,
        whole: true,
    };
    let month = values.month(header);
    let line_type = values.line_type();
    let line = Line {
        number,
        codice_fiscale: values
            .required(at::CODICE_FISCALE, CODE_MOST)
            .to_ascii_uppercase(),
        surname: values.required(at::SURNAME, NAME_MOST).to_owned(),
        name: values.required(at::NAME, NAME_MOST).to_owned(),
        month,
        line_type,
        qualifica: values.one_of(at::QUALIFICA, &QUALIFICHE).to_owned(),
        weekly_hours: values.weekly_hours(),
        days_a_week: if values.one_of(at::DAYS, &["5", "6"]) == "6" {
            6
        } else {
            5
        },
        part_time_hundredths: values.part_time(),
        hourly_pay: Cents::new(values.amount(at::HOURLY_PAY, i64::MAX)),
        workable_hours: Hours::from_hundredths(
            values.amount(at::WORKABLE_HOURS, WORKABLE_HOURS_MOST),
        ),
        weeks: values.weeks(month, line_type, header),
        phone: values.phone(),
        deductions: values.yes_or_no(at::DEDUCTIONS),
        expected: values.expected(),
        // Last: what is wrong with the other values is told too.
        way: values.way()?,
    };
    values.whole.then_some(line)
}

/// The fields under the eye of a reader that notes what is wrong and goes on with something harmless.
struct Values<'a> {
    fields: &'a Fields,
    sign: DecimalSign,
    fault: &'a mut dyn FnMut(&'static str, Rule),
    whole: bool,
}

impl<'a> Values<'a> {
    fn wrong(&mut self, column: usize, rule: Rule) {
        self.whole = false;
        (self.fault)(COLUMNS[column], rule);
    }

    fn required(&mut self, column: usize, most: usize) -> &'a str {
        let text = self.fields.text(column);
        if text.is_empty() {
            self.wrong(column, Rule::Required);
        } else if !is_text(text, most) {
            self.wrong(column, Rule::Value);
        }
        text
    }

    fn one_of(&mut self, column: usize, values: &[&'static str]) -> &'static str {
        let text = self.required(column, ADDRESS_MOST);
        match values.iter().find(|value| **value == text) {
            Some(value) => value,
            None if text.is_empty() => "",
            None => {
                self.wrong(column, Rule::Value);
                ""
            }
        }
    }

    fn yes_or_no(&mut self, column: usize) -> bool {
        self.one_of(column, &["S", "N"]) == "S"
    }

    fn month(&mut self, header: &Header) -> Month {
        let somewhere = Month::of(header.period.first_day());
        let text = self.required(at::MONTH, ADDRESS_MOST);
        match Month::parse(text) {
            Some(month) if month.period().overlaps(header.period) => month,
            Some(_) => {
                self.wrong(at::MONTH, Rule::MonthOutsidePeriod);
                somewhere
            }
            None if text.is_empty() => somewhere,
            None => {
                self.wrong(at::MONTH, Rule::Value);
                somewhere
            }
        }
    }

    fn line_type(&mut self) -> LineType {
        let text = self.one_of(at::TYPE, &["0", "1", "3", "4", "6"]);
        LineType::parse(text).unwrap_or(LineType::ZeroHours)
    }

    /// A decimal above 0 and at most `most`, in hundredths; 1 beside a fault, by which nothing is divided in vain.
    fn amount(&mut self, column: usize, most: i64) -> i64 {
        self.positive(column, most, Rule::Value).unwrap_or(1)
    }

    fn weekly_hours(&mut self) -> Hours {
        let hours = self.positive(at::WEEKLY_HOURS, WEEKLY_HOURS_MOST, Rule::ContractHours);
        Hours::from_hundredths(hours.unwrap_or_default())
    }

    fn positive(&mut self, column: usize, most: i64, rule: Rule) -> Option<i64> {
        let text = self.required(column, ADDRESS_MOST);
        let value = hundredths(text, self.sign).filter(|value| (1..=most).contains(value));
        if value.is_none() && !text.is_empty() {
            self.wrong(column, rule);
        }
        value
    }

    fn part_time(&mut self) -> Option<i64> {
        let text = self.fields.text(at::PART_TIME);
        if text.is_empty() {
            return None;
        }
        let percent = hundredths(text, self.sign).filter(|value| (1..10_000).contains(value));
        if percent.is_none() {
            self.wrong(at::PART_TIME, Rule::Value);
        }
        percent
    }

    /// Hours by week: in weeks that hold a day of the month and of the header's period, and some for types 0 and 1.
    fn weeks(&mut self, month: Month, line_type: LineType, header: &Header) -> [Hours; WEEKS_MOST] {
        let days = month.period().intersection(header.period);
        let mut touched = month.weeks();
        let mut weeks = [Hours::default(); WEEKS_MOST];
        let mut total = 0;
        for (place, week) in weeks.iter_mut().enumerate() {
            let payable = touched.next().zip(days).is_some_and(|(week, days)| {
                days.first_day() <= week.sunday() && week.monday() <= days.last_day()
            });
            let column = at::WEEKS + place;
            let text = self.fields.text(column);
            let hours = match text {
                "" => Some(0),
                text => hundredths(text, self.sign).filter(|hours| *hours <= WEEK_HOURS_MOST),
            };
            match hours {
                None => self.wrong(column, Rule::Value),
                Some(hours) if hours > 0 && !payable => {
                    self.wrong(column, Rule::WeekOutsidePeriod);
                }
                Some(hours) => {
                    total += hours;
                    *week = Hours::from_hundredths(hours);
                }
            }
        }
        if total == 0 && line_type.pays_hours() {
            self.wrong(at::WEEKS, Rule::NoHours);
        }
        weeks
    }

    /// Account or address, whichever the way needs; `None` only beside a fault.
    fn way(&mut self) -> Option<Way> {
        if self.yes_or_no(at::DOMICILED) {
            return Some(Way::Domiciled(self.address()));
        }
        let text = self.required(at::IBAN, ADDRESS_MOST);
        let iban: Option<Iban> = text.parse().ok();
        if iban.is_none() && !text.is_empty() {
            self.wrong(at::IBAN, Rule::Iban);
        }
        iban.map(Way::Transfer)
    }

    fn address(&mut self) -> Address {
        let address = Address {
            street: self.required(at::STREET, ADDRESS_MOST).to_owned(),
            postal_code: self.required(at::POSTAL_CODE, ADDRESS_MOST).to_owned(),
            municipality: self.required(at::MUNICIPALITY, 35).to_owned(),
            province: self.required(at::PROVINCE, ADDRESS_MOST).to_owned(),
        };
        let code = |text: &str, length, of: fn(&u8) -> bool| {
            text.is_empty() || (text.len() == length && text.as_bytes().iter().all(of))
        };
        if !code(&address.postal_code, 5, u8::is_ascii_digit) {
            self.wrong(at::POSTAL_CODE, Rule::Value);
        }
        if !code(&address.province, 2, u8::is_ascii_uppercase) {
            self.wrong(at::PROVINCE, Rule::Value);
        }
        address
    }

    fn phone(&mut self) -> String {
        let text = self.fields.text(at::PHONE);
        let digits = text.strip_prefix('+').unwrap_or(text);
        let shaped =
            (6..=15).contains(&digits.len()) && digits.bytes().all(|byte| byte.is_ascii_digit());
        if !text.is_empty() && !shaped {
            self.wrong(at::PHONE, Rule::Value);
        }
        text.to_owned()
    }

    fn expected(&mut self) -> Option<Cents> {
        let text = self.fields.text(at::EXPECTED);
        if text.is_empty() {
            return None;
        }
        let amount = hundredths(text, self.sign);
        if amount.is_none() {
            self.wrong(at::EXPECTED, Rule::Value);
        }
        amount.map(Cents::new)
    }
}

/// Characters that stand on a line of text, none of them a control, at most so many.
fn is_text(text: &str, most: usize) -> bool {
    text.chars().count() <= most && !text.chars().any(char::is_control)
}

/// Hundredths of a number of at most nine digits, with at most two decimals after the sign of the layout.
pub(super) fn hundredths(text: &str, sign: DecimalSign) -> Option<i64> {
    let (whole, part) = match text.split_once(sign.character()) {
        Some((whole, part)) => (whole, part),
        None => (text, "0"),
    };
    let digits = |text: &str, most: usize| {
        (1..=most).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_digit())
    };
    if !digits(whole, 9) || !digits(part, 2) {
        return None;
    }
    let scale = if part.len() == 1 { 10 } else { 1 };
    Some(whole.parse::<i64>().ok()? * 100 + part.parse::<i64>().ok()? * scale)
}
