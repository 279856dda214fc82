//! The error-seeded corpus: drafts of every instrument from a seed, half of them with one known mistake of the kinds that
//! `claims.md` names. The check must find the mistakes in the right field for the right reason, and leave the others
//! alone. `CLAIMS_DRAFTS` says how many; `make corpus` runs all 10 000 and prints what was caught by kind.

use std::collections::BTreeMap;

use chrono::{Days, NaiveDate, TimeDelta};
use kernel::{CodiceFiscale, Week};

use super::*;
use crate::domain::content::*;
use crate::domain::product::{Causale, PaymentMode, Product};
use crate::domain::rules::{IN_FORCE, Need, Report};
use crate::domain::samples::{self, day, unit_facts};

/// Drafts when nobody says how many.
const DRAFTS: u64 = 2_000;
/// Mistakes that must be caught, in hundredths.
const CAUGHT_LEAST: u64 = 99;

/// `SplitMix64`: the same corpus everywhere from the same seed.
struct Dice(u64);

impl Dice {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        z ^ (z >> 31)
    }

    /// From `least` to `most`, both included.
    fn between(&mut self, least: u64, most: u64) -> u64 {
        least + self.next() % (most - least + 1)
    }

    fn one_of<'a, T>(&mut self, all: &'a [T]) -> &'a T {
        let place = usize::try_from(self.next() % all.len() as u64).unwrap();
        &all[place]
    }
}

/// A draft with the world around it.
struct Case {
    content: Content,
    unit: UnitFacts,
    unit_known: bool,
    today: NaiveDate,
    quality: FilerQuality,
    limit: Option<LimitReached>,
    overlaps: Vec<Overlap>,
    same_unit: Vec<SameUnit>,
    covid_weeks: u32,
    unknown_workers: Vec<u32>,
    not_employed: Vec<u32>,
}

impl Case {
    fn check(&self) -> Vec<Finding> {
        let facts = Facts {
            quality: Some(self.quality),
            limit: self.limit,
            overlaps: &self.overlaps,
            same_unit: &self.same_unit,
            covid_weeks: self.covid_weeks,
            unknown_workers: &self.unknown_workers,
            not_employed: &self.not_employed,
            ..Facts::on(self.today, &IN_FORCE, self.unit_known.then_some(&self.unit))
        };
        check(&self.content, &facts)
    }

    fn is_covid(&self) -> bool {
        self.content.causale.is_some_and(Causale::is_covid)
    }

    fn report(&self) -> Report {
        let (product, causale) = (self.content.product.unwrap(), self.content.causale.unwrap());
        let start = self.content.start().unwrap();
        IN_FORCE
            .allowed(product, causale, start)
            .unwrap()
            .value
            .report
    }

    fn consults(&self) -> bool {
        let rule = IN_FORCE.product(self.content.product.unwrap(), self.content.start().unwrap());
        !self.is_covid()
            && rule.unwrap().value.consultation
            && !self.unit.is_construction_or_stone()
    }
}

/// A correct codice fiscale for each number below 8 000.
fn codice_fiscale(number: u64) -> String {
    let letter = |value: u64| char::from(b'A' + u8::try_from(value % 20).unwrap());
    let (a, b, c) = (letter(number / 400), letter(number / 20), letter(number));
    let body = format!("{a}{b}{c}MRA80A01H501");
    ('A'..='Z')
        .map(|check| format!("{body}{check}"))
        .find(|it| it.parse::<CodiceFiscale>().is_ok())
        .unwrap()
}

/// The classification under which an instrument is due.
fn scheme(product: Product) -> &'static str {
    match product {
        Product::Cigo | Product::Cigs => "CIGO_CIGS",
        Product::AisFis => "FIS",
        Product::AisFund => "FUND:SOLIMARE",
        Product::Cisoa => "CISOA",
        Product::Cigd | Product::CigdMulti => "NONE",
    }
}

/// A valid draft.
fn valid(dice: &mut Dice) -> Case {
    let product = *dice.one_of(Product::ALL);
    let everything: Vec<Causale> = Causale::ALL
        .iter()
        .copied()
        .filter(|&causale| {
            let on = |day: NaiveDate| IN_FORCE.allowed(product, causale, day).is_some();
            on(day("2026-09-07"))
        })
        .collect();
    let causale = *dice.one_of(&everything);
    let covid = IN_FORCE.covid(causale, product, day("2026-09-07"));
    let monday = match covid {
        Some(rule) => {
            let window = rule.value.window;
            let first = Week::of(window.first_day());
            let weeks = u64::try_from(window.length() / 7).unwrap();
            (first + i32::try_from(dice.between(0, weeks - 4)).unwrap()).monday()
        }
        None => {
            (Week::of(day("2023-01-02")) + i32::try_from(dice.between(0, 180)).unwrap()).monday()
        }
    };
    let mut unit = unit_facts();
    unit.protection_scheme = scheme(product).to_owned();
    unit.average_heads_hundredths = i64::try_from(dice.between(2, 15)).unwrap() * 100;
    if dice.between(0, 9) == 0 && product == Product::Cigo && covid.is_none() {
        unit.sector = "m".to_owned();
    }
    if let Some(rule) = covid {
        unit.region_istat = rule.value.regions.first().cloned().unwrap_or("03".into());
        if let Some(division) = rule.value.ateco.first() {
            unit.ateco = format!("{division}.10.00");
        }
    }
    let count = u32::try_from(dice.between(1, 4)).unwrap();
    let mut content = Content {
        product: Some(product),
        causale: Some(causale),
        ..samples::content(&monday.to_string(), count)
    };
    people(dice, &mut content, count);
    if dice.between(0, 3) == 0 && !causale.is_eone() {
        content.effective_start_date = Some(monday + Days::new(dice.between(0, 4)));
    }
    if causale.is_eone() {
        content.event_days = (0..u64::from(count))
            .map(|week| monday + Days::new(week * 7 + dice.between(0, 4)))
            .collect();
    }
    instrument(dice, &mut content);
    let today = filing_day(dice, &content);
    Case {
        content,
        unit,
        unit_known: true,
        today,
        quality: FilerQuality::CompanyConsultant,
        limit: None,
        overlaps: Vec::new(),
        same_unit: Vec::new(),
        covid_weeks: 0,
        unknown_workers: Vec::new(),
        not_employed: Vec::new(),
    }
}

fn people(dice: &mut Dice, content: &mut Content, weeks: u32) {
    let first = dice.between(0, 7_000);
    content.beneficiaries = (0..dice.between(1, 8))
        .map(|number| {
            let weekly = i64::try_from(dice.between(16, 40)).unwrap() * 100;
            let share = i64::try_from(dice.between(20, 100)).unwrap();
            Beneficiary {
                codice_fiscale: codice_fiscale(first + number),
                qualifica: (*dice.one_of(&["1", "2", "7", "8", "Q", "O", "Y", "W", "R"])).into(),
                weekly_hours_hundredths: weekly,
                hired_on: Some(day("2015-01-01") + Days::new(dice.between(0, 1_500))),
                hours_requested_hundredths: weekly * i64::from(weeks) * share / 100,
                iban: String::new(),
            }
        })
        .collect();
    total(content);
}

/// Makes count and hours those of the list.
fn total(content: &mut Content) {
    content.beneficiaries_count = u32::try_from(content.beneficiaries.len()).unwrap();
    content.hours_requested_hundredths = content
        .beneficiaries
        .iter()
        .map(|worker| worker.hours_requested_hundredths)
        .sum();
}

/// What the instrument and the reason ask for besides.
fn instrument(dice: &mut Dice, content: &mut Content) {
    let (product, causale) = (content.product.unwrap(), content.causale.unwrap());
    let start = content.start().unwrap();
    let rule = &IN_FORCE.product(product, start).unwrap().value;
    if product == Product::AisFund {
        content.fund_code = "SOLIMARE".into();
    }
    let weeks = content.weeks().unwrap();
    if rule.days_most.is_some() {
        let most = u64::from(weeks.count()) * 6;
        content.days_requested = u32::try_from(dice.between(1, most.min(20))).unwrap();
    }
    if rule.direct_only || dice.between(0, 3) == 0 {
        content.payment_mode = Some(PaymentMode::Direct);
        content.direct_payment_statement = "Difficoltà serie e documentate.".into();
    }
    if rule.decree == Need::Required {
        content.decree = Some(Decree {
            authority: "Ministero del lavoro".into(),
            number: format!("{}", dice.between(1, 9_999)),
            date: Some(start - Days::new(dice.between(0, 20))),
            from: Some(weeks.first_day()),
            to: Some(weeks.last_day() + Days::new(dice.between(0, 60))),
            hours_hundredths: content.hours_requested_hundredths,
        });
    }
    if causale == Causale::CovidDl42022 {
        let mut interest = content.self_declarations[0].clone();
        interest.declaration_id = "STRATEGIC_INTEREST".into();
        content.self_declarations.push(interest);
    }
    let report = content.technical_report.as_mut().unwrap();
    let text = report.activity.clone();
    report.sections = IN_FORCE
        .sections(causale, start)
        .map(|row| ReportSection {
            section_id: row.value.section.clone(),
            text: text.clone(),
        })
        .collect();
    if IN_FORCE.causale(causale).unwrap().value.indicators == Need::Required {
        content.financial_indicators = [2021, 2022]
            .map(|year| FinancialIndicator {
                year,
                quarter: None,
                turnover_cents: 100_000_000,
                operating_result_cents: -1_000_000,
                net_result_cents: -2_000_000,
                debt_cents: 5_000_000,
            })
            .into();
    }
}

/// A day on which the draft may be filed in time.
fn filing_day(dice: &mut Dice, content: &Content) -> NaiveDate {
    let filed = Filed::of(content, &IN_FORCE).unwrap();
    let start = content.start().unwrap();
    let last_event = content.event_days.iter().max().copied();
    let from = filed
        .not_before()
        .unwrap_or(start)
        .max(last_event.unwrap_or(NaiveDate::MIN));
    // A decree comes before the claim, and a consultation before the suspension.
    let from = from.max(start);
    let due = filed.due(from).unwrap_or(from + TimeDelta::days(20));
    let span = u64::try_from((due - from).num_days()).unwrap_or(0);
    from + Days::new(dice.between(0, span))
}

/// A mistake of one kind: how it is made, or `false` when the draft cannot have it; and where it must be found.
struct Mistake {
    name: &'static str,
    code: Code,
    field: &'static str,
    make: fn(&mut Case, &mut Dice) -> bool,
}

macro_rules! mistakes {
    ($($name:ident: $code:ident in $field:literal, $make:expr;)+) => {
        &[$(Mistake { name: stringify!($name), code: Code::$code, field: $field, make: $make }),+]
    };
}

fn first_worker(case: &mut Case) -> &mut Beneficiary {
    &mut case.content.beneficiaries[0]
}

fn sections(case: &mut Case) -> &mut TechnicalReport {
    case.content.technical_report.as_mut().unwrap()
}

const MISTAKES: &[Mistake] = mistakes! {
    no_product: ClaimIncomplete in "product", |c, _| { c.content.product = None; true };
    no_causale: ClaimIncomplete in "causale", |c, _| { c.content.causale = None; true };
    no_period: ClaimIncomplete in "period", |c, _| { c.content.period = None; true };
    no_payment_mode: ClaimIncomplete in "payment_mode", |c, _| { c.content.payment_mode = None; true };
    no_quality: ClaimIncomplete in "filer_quality", |c, _| { c.content.filer_quality = None; true };
    no_filer: ClaimIncomplete in "filer_codice_fiscale", |c, _| { c.content.filer_codice_fiscale.clear(); true };
    no_phone: ClaimIncomplete in "contact_phone", |c, _| { c.content.contact_phone.clear(); true };
    no_address: ClaimIncomplete in "contact_pec", |c, _| { c.content.contact_pec.clear(); true };
    no_declaration: ClaimIncomplete in "self_declarations", |c, _| { c.content.self_declarations.clear(); true };
    no_count: ClaimIncomplete in "beneficiaries_count", |c, _| { c.content.beneficiaries_count = 0; true };
    no_event_days: ClaimIncomplete in "event_days", |c, _| {
        let eone = c.content.is_eone();
        c.content.event_days.clear();
        eone
    };
    no_fund: ClaimIncomplete in "fund_code", |c, _| {
        c.content.fund_code.clear();
        c.content.product == Some(Product::AisFund)
    };
    no_days: ClaimIncomplete in "days_requested", |c, _| {
        c.content.days_requested = 0;
        c.content.product == Some(Product::Cisoa)
    };
    set_off_in_deroga: ClaimIncomplete in "payment_mode", |c, _| {
        c.content.payment_mode = Some(PaymentMode::Conguaglio);
        matches!(c.content.product, Some(Product::Cigd | Product::CigdMulti))
    };
    advance_with_set_off: ClaimIncomplete in "advance_40_requested", |c, _| {
        c.content.advance_40_requested = true;
        c.content.payment_mode == Some(PaymentMode::Conguaglio)
    };
    unknown_unit: IdentifierInvalid in "unit", |c, _| { c.unit_known = false; true };
    closed_position: IdentifierInvalid in "unit", |c, _| {
        c.unit.employer_active.to = c.content.start().unwrap().pred_opt();
        true
    };
    wrong_pec: IdentifierInvalid in "contact_pec", |c, _| { c.content.contact_pec = "officine.pec".into(); true };
    wrong_phone: IdentifierInvalid in "contact_phone", |c, _| { c.content.contact_phone = "dieci".into(); true };
    wrong_filer: IdentifierInvalid in "filer_codice_fiscale", |c, _| {
        { c.content.filer_codice_fiscale = "RSSMRA80A01H501V".into(); true }
    };
    wrong_codice_fiscale: IdentifierInvalid in "beneficiaries[0].codice_fiscale", |c, dice| {
        let code = &mut first_worker(c).codice_fiscale;
        let last = code.pop().unwrap();
        let step = u8::try_from(dice.between(1, 25)).unwrap();
        code.push(char::from(b'A' + (u8::try_from(last).unwrap() - b'A' + step) % 26));
        true
    };
    unlisted_declaration: IdentifierInvalid in "self_declarations[0].declaration_id", |c, _| {
        { c.content.self_declarations[0].declaration_id = "ALTRA".into(); true }
    };
    unlisted_fund: IdentifierInvalid in "fund_code", |c, _| {
        c.content.fund_code = "NESSUNO".into();
        c.content.product == Some(Product::AisFund)
    };
    wrong_extension: IdentifierInvalid in "extension_of", |c, _| { c.content.extension_of = "123".into(); true };
    another_quality: FilerNotEntitled in "filer_quality", |c, _| { c.quality = FilerQuality::Intermediary; true };
    not_a_monday: PeriodInvalid in "period.first_week", |c, dice| {
        let period = c.content.period.as_mut().unwrap();
        period.first_day = period.first_day + Days::new(dice.between(1, 6));
        true
    };
    no_weeks: PeriodInvalid in "period.weeks", |c, _| { c.content.period.as_mut().unwrap().weeks = 0; true };
    too_many_weeks: PeriodInvalid in "period.weeks", |c, _| {
        { c.content.period.as_mut().unwrap().weeks = 120; true }
    };
    start_outside: PeriodInvalid in "effective_start_date", |c, dice| {
        let monday = c.content.period.unwrap().first_day;
        c.content.effective_start_date = Some(monday + Days::new(dice.between(7, 20)));
        true
    };
    event_outside: PeriodInvalid in "event_days[0]", |c, _| {
        let eone = c.content.is_eone();
        if eone {
            c.content.event_days[0] = c.content.weeks().unwrap().first_day().pred_opt().unwrap();
        }
        eone
    };
    too_many_days: PeriodInvalid in "days_requested", |c, _| {
        c.content.days_requested = 200;
        c.content.product == Some(Product::Cisoa)
    };
    too_early: ClaimTooEarly in "period.first_week", |c, _| {
        let not_before = Filed::of(&c.content, &IN_FORCE).and_then(|filed| filed.not_before());
        let Some(day) = not_before else { return false };
        c.today = day.pred_opt().unwrap();
        true
    };
    no_list: BeneficiariesInvalid in "beneficiaries", |c, _| { c.content.beneficiaries.clear(); true };
    twice_in_the_list: BeneficiariesInvalid in "beneficiaries[1].codice_fiscale", |c, _| {
        let again = first_worker(c).clone();
        c.content.beneficiaries.insert(0, again);
        { total(&mut c.content); true }
    };
    count_differs: BeneficiariesInvalid in "beneficiaries_count", |c, _| { c.content.beneficiaries_count += 1; true };
    hours_differ: BeneficiariesInvalid in "hours_requested_hundredths", |c, _| {
        { c.content.hours_requested_hundredths += 1; true }
    };
    unknown_qualifica: BeneficiariesInvalid in "beneficiaries[0].qualifica", |c, _| {
        { first_worker(c).qualifica = "X".into(); true }
    };
    too_long_a_week: BeneficiariesInvalid in "beneficiaries[0].weekly_hours_hundredths", |c, _| {
        { first_worker(c).weekly_hours_hundredths = 4_801; true }
    };
    hired_tomorrow: BeneficiariesInvalid in "beneficiaries[0].hired_on", |c, _| {
        let tomorrow = c.today.succ_opt();
        { first_worker(c).hired_on = tomorrow; true }
    };
    stray_iban: BeneficiariesInvalid in "beneficiaries[0].iban", |c, _| {
        { first_worker(c).iban = "IT60X0542811101000000123456".into(); true }
    };
    advance_without_iban: BeneficiariesInvalid in "beneficiaries[0].iban", |c, _| {
        c.content.advance_40_requested = true;
        c.content.payment_mode == Some(PaymentMode::Direct)
    };
    no_report: AttachmentMissing in "technical_report", |c, _| {
        c.content.technical_report = None;
        c.report() != Report::None
    };
    short_section: AttachmentMissing in "technical_report.activity", |c, _| {
        sections(c).activity.truncate(50);
        c.report() != Report::None
    };
    short_section_of_the_reason: AttachmentMissing in "technical_report.sections", |c, _| {
        let Some(section) = sections(c).sections.first_mut() else { return false };
        section.text.clear();
        c.report() != Report::None
    };
    no_indicators: AttachmentMissing in "financial_indicators", |c, _| {
        let had = !c.content.financial_indicators.is_empty();
        c.content.financial_indicators.truncate(1);
        had && c.report() == Report::Full
    };
    no_communication: AttachmentMissing in "consultation.communication_date", |c, _| {
        c.content.consultation = None;
        c.consults() && !c.content.is_eone()
    };
    no_recipients: AttachmentMissing in "consultation.recipients", |c, _| {
        c.content.consultation.as_mut().unwrap().recipients.clear();
        c.consults() && !c.content.is_eone()
    };
    no_outcome: AttachmentMissing in "consultation.outcome", |c, _| {
        c.content.consultation.as_mut().unwrap().outcome = None;
        c.consults() && !c.content.is_eone()
    };
    no_statement: AttachmentMissing in "direct_payment_statement", |c, _| {
        c.content.direct_payment_statement.clear();
        c.content.payment_mode == Some(PaymentMode::Direct) && !c.is_covid()
    };
    no_decree: AttachmentMissing in "decree", |c, _| c.content.decree.take().is_some();
    decree_without_number: AttachmentMissing in "decree.number", |c, _| {
        c.content.decree.as_mut().is_some_and(|decree| { decree.number.clear(); true })
    };
    beyond_the_decree: DecreeExceeded in "period", |c, _| {
        let last = c.content.weeks().unwrap().last_week().monday().pred_opt();
        let first = c.content.weeks().unwrap().first_day();
        c.content.weeks().unwrap().count() > 1
            && c.content.decree.as_mut().is_some_and(|decree| { decree.to = last.max(Some(first)); true })
    };
    more_hours_than_the_decree: DecreeExceeded in "hours_requested_hundredths", |c, _| {
        c.content.decree.as_mut().is_some_and(|decree| { decree.hours_hundredths -= 1; true })
    };
    another_classification: ProductNotCompatible in "product", |c, _| {
        c.unit.protection_scheme = if c.content.product == Some(Product::Cisoa) { "FIS" } else { "CISOA" }.into();
        true
    };
    reason_of_another_product: CausaleNotAllowed in "causale", |c, _| {
        let other = if c.content.product == Some(Product::Cisoa) {
            Causale::MarketCrisis
        } else {
            Causale::SeasonalBadWeather
        };
        { c.content.causale = Some(other); true }
    };
    too_large_for_the_fis: CausaleNotAllowed in "causale", |c, _| {
        c.unit.average_heads_hundredths = 1_600;
        c.content.product == Some(Product::AisFis)
            && matches!(
                c.content.causale,
                Some(Causale::Reorganisation | Causale::CompanyCrisis | Causale::SolidarityContract)
            )
    };
    covid_after_its_term: ClaimTermExpired in "period.first_week", |c, _| {
        c.today = day("2026-09-07");
        c.is_covid()
    };
    beyond_the_covid_maximum: CovidWindowExceeded in "period.weeks", |c, _| {
        c.covid_weeks = 40;
        c.is_covid() && c.content.product != Some(Product::Cisoa)
    };
    covid_outside_its_window: CovidWindowExceeded in "period", |c, _| {
        let (Some(causale), Some(product)) = (c.content.causale, c.content.product) else { return false };
        let Some(rule) = IN_FORCE.covid(causale, product, c.today) else { return false };
        let after = Week::of(rule.value.window.last_day()) + 1;
        c.content.period.as_mut().unwrap().first_day = after.monday();
        c.content.effective_start_date = None;
        c.today = after.monday();
        true
    };
    week_without_event: EoneWeekWithoutEvent in "event_days", |c, _| {
        let several = c.content.event_days.len() > 1;
        if several {
            c.content.event_days[1] = c.content.event_days[0];
        }
        several
    };
    worker_in_another_claim: ClaimPeriodOverlaps in "beneficiaries[0].codice_fiscale", |c, _| {
        let weeks = c.content.weeks().unwrap();
        c.overlaps.push(Overlap {
            protocol: "INPS.4900.01/09/2026.0000007".into(),
            first_day: weeks.first_day(),
            last_day: weeks.last_day(),
            same_matricola: true,
            covid: true,
            workers: 1,
            positions: vec![0],
        });
        true
    };
    another_claim_of_the_unit: SameUnitSamePeriod in "period", |c, _| {
        let weeks = c.content.weeks().unwrap();
        c.same_unit.push(SameUnit {
            protocol: "INPS.4900.01/09/2026.0000007".into(),
            first_day: weeks.first_day(),
            last_day: weeks.last_day(),
        });
        true
    };
    unknown_worker: WorkerUnknown in "beneficiaries[0].codice_fiscale", |c, _| { c.unknown_workers.push(0); true };
    not_employed_there: WorkerNotEmployed in "beneficiaries[0].codice_fiscale", |c, _| {
        { c.not_employed.push(0); true }
    };
    executive: WorkerNotEligible in "beneficiaries[0].qualifica", |c, _| {
        { first_worker(c).qualifica = "3".into(); true }
    };
    hired_after_the_covid_decree: WorkerNotEligible in "beneficiaries[0].hired_on", |c, _| {
        let (causale, product) = (c.content.causale.unwrap(), c.content.product.unwrap());
        let by = IN_FORCE.covid(causale, product, c.today).and_then(|rule| rule.value.hired_by);
        let Some(by) = by.filter(|by| *by < c.today) else { return false };
        { first_worker(c).hired_on = by.succ_opt(); true }
    };
    just_hired: WorkerSeniorityShort in "beneficiaries[0].hired_on", |c, dice| {
        let hired = c.today - Days::new(dice.between(0, 29));
        first_worker(c).hired_on = Some(hired);
        !c.is_covid() && !c.content.is_eone()
    };
    more_hours_than_the_contract: WorkerHoursExceedContract in "beneficiaries[0].hours_requested_hundredths", |c, _| {
        let weeks = i64::from(c.content.weeks().unwrap().count());
        let worker = first_worker(c);
        worker.hours_requested_hundredths = worker.weekly_hours_hundredths * weeks + 1;
        total(&mut c.content);
        // A decree allows no more than was asked for at first.
        c.content.decree.is_none()
    };
    beyond_52_weeks: Limit52Weeks in "period.weeks", |c, _| reached(c, LimitKind::Weeks52);
    beyond_a_third: LimitOneThirdHours in "hours_requested_hundredths", |c, _| reached(c, LimitKind::OneThird);
    beyond_24_months: LimitTotalDuration in "period.weeks", |c, _| reached(c, LimitKind::TotalDuration);
    told_after_the_start: ConsultationInconsistent in "consultation.communication_date", |c, _| {
        let start = c.content.start();
        c.content.consultation.as_mut().unwrap().communication_date = start;
        c.consults() && !c.content.is_eone()
    };
    event_without_communication: ConsultationInconsistent in "consultation.communication_date", |c, _| {
        c.content.consultation = None;
        c.content.is_eone()
    };
    joint_examination_under_way: ConsultationInconsistent in "consultation.joint_exam_end_date", |c, _| {
        let consultation = c.content.consultation.as_mut().unwrap();
        consultation.joint_exam_requested = true;
        // The ten days of a small firm have not lapsed yet.
        let lapses = consultation.communication_date.unwrap() + Days::new(10);
        c.consults() && !c.content.is_eone() && c.today <= lapses
    };
};

fn reached(case: &mut Case, kind: LimitKind) -> bool {
    case.limit = Some(LimitReached {
        kind,
        grantable_weeks: 0,
        first_failing_week: None,
    });
    true
}

#[expect(
    clippy::disallowed_methods,
    reason = "a test is told by its environment how long to work"
)]
fn drafts() -> u64 {
    std::env::var("CLAIMS_DRAFTS").map_or(DRAFTS, |number| {
        number.parse().expect("CLAIMS_DRAFTS is a number")
    })
}

#[test]
fn of_the_corpus_every_mistake_is_caught_in_its_field_and_no_valid_draft_is_blocked() {
    let drafts = drafts();
    let mut dice = Dice(20_261_122);
    let mut by_kind: BTreeMap<&str, (u64, u64)> = BTreeMap::new();
    let mut missed = Vec::new();
    for number in 0..drafts {
        let mut case = valid(&mut dice);
        if number % 2 == 0 {
            let findings = case.check();
            assert!(
                submittable(&case.content, &findings),
                "valid draft {number} of {:?} for {:?} on {}: {findings:?}",
                case.content.product,
                case.content.causale,
                case.today
            );
            continue;
        }
        // Kinds take turns, and one that this draft cannot have lets the draft be made again.
        let mistake = &MISTAKES[usize::try_from(number / 2).unwrap() % MISTAKES.len()];
        while !(mistake.make)(&mut case, &mut dice) {
            case = valid(&mut dice);
        }
        let findings = case.check();
        let found = findings.iter().any(|it| {
            it.code == mistake.code
                && it.severity != Severity::Info
                && it.field.starts_with(mistake.field)
        });
        let counts = by_kind.entry(mistake.name).or_default();
        counts.1 += 1;
        if found && !submittable(&case.content, &findings) {
            counts.0 += 1;
        } else {
            missed.push((
                mistake.name,
                number,
                case.content.product,
                case.content.causale,
            ));
        }
    }
    let (caught, seeded) = by_kind
        .values()
        .fold((0, 0), |sum, one| (sum.0 + one.0, sum.1 + one.1));
    for (name, (caught, seeded)) in &by_kind {
        println!("{caught:>5} of {seeded:>5}  {name}");
    }
    println!("{caught:>5} of {seeded:>5}  mistakes caught in {drafts} drafts");
    assert!(
        caught * 100 >= seeded * CAUGHT_LEAST,
        "{caught} of {seeded}; missed {missed:?}"
    );
}
