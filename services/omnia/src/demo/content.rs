//! What the filer of an invented claim writes: whole, and right by every check of `claims.md` §4.9.

use anyhow::Context;
use chrono::{Datelike, Days, NaiveDate, Weekday};
use claims::domain::content::{
    Beneficiary, Consultation, ConsultationOutcome, Content, Decree, FilerQuality,
    FinancialIndicator, Recipient, RecipientKind, ReportSection, SelfDeclaration, TechnicalReport,
    WrittenPeriod,
};
use claims::domain::product::{Causale, PaymentMode, Product};
use claims::domain::rules::IN_FORCE;
use claims::domain::terms::Filed;
use kernel::{Week, WeekPeriod, holidays};

use super::dice::Dice;
use super::world::{Firm, Unit, World};

/// Longest claim for an unavoidable event, in weeks.
const EVENT_WEEKS: u32 = 3;
/// How many of a hundred claims are filed late.
const LATE: u32 = 4;
/// Of a hundred longer claims of firms under the CIGS, so many are for it; and how long those are at least.
const CIGS: u32 = 12;
const CIGS_WEEKS: u32 = 6;
/// Days after a decree within which a claim is filed.
const AFTER_DECREE_DAYS: u64 = 20;
/// How late at most, in days.
const LATE_DAYS: u64 = 25;
/// Everybody was hired so many days before the week of the suspension, at least and at most: the least is before the last day of
/// hiring of every COVID reason (COV-3).
const HIRED_DAYS: (u32, u32) = (240, 2_600);
/// Hours of which a suspension takes so many of a hundred.
const SHARES: [(u32, u32); 6] = [(25, 15), (40, 20), (50, 25), (60, 15), (80, 10), (100, 15)];

/// A claim and the day on which it is filed.
#[derive(Debug)]
pub(super) struct Written {
    pub(super) content: Content,
    pub(super) filed_on: NaiveDate,
}

/// Writes a claim of a unit for some weeks, and the day on which it is filed.
pub(super) fn write(
    dice: &mut Dice,
    world: &World,
    unit: &Unit,
    weeks: WeekPeriod,
    quality: FilerQuality,
) -> anyhow::Result<Written> {
    let asked = asked(dice, world.firm_of(unit), weeks);
    let content = content(dice, world, unit, weeks, quality, asked)?;
    let filed_on = filing_day(dice, &content)?;
    Ok(Written { content, filed_on })
}

/// A claim of a unit for some weeks and a reason.
pub(super) fn content(
    dice: &mut Dice,
    world: &World,
    unit: &Unit,
    weeks: WeekPeriod,
    quality: FilerQuality,
    (product, causale): (Product, Causale),
) -> anyhow::Result<Content> {
    let firm = world.firm_of(unit);
    let beneficiaries = workers(dice, firm, unit, weeks);
    let hours = beneficiaries
        .iter()
        .map(|worker| worker.hours_requested_hundredths)
        .sum();
    let direct = dice.in_hundred(25);
    Ok(Content {
        product: Some(product),
        fund_code: firm.trade.fund.to_owned(),
        days_requested: if product == Product::Cisoa {
            weeks.count() * dice.between(2, 5)
        } else {
            0
        },
        decree: decree(dice, product, weeks, hours),
        causale: Some(causale),
        period: Some(WrittenPeriod {
            first_day: weeks.first_day(),
            weeks: weeks.count(),
        }),
        event_days: if causale.is_eone() {
            event_days(dice, weeks)
        } else {
            Vec::new()
        },
        beneficiaries_count: u32::try_from(beneficiaries.len())?,
        hours_requested_hundredths: hours,
        beneficiaries,
        payment_mode: Some(if direct {
            PaymentMode::Direct
        } else {
            PaymentMode::Conguaglio
        }),
        direct_payment_statement: if direct {
            DIFFICULTY.to_owned()
        } else {
            String::new()
        },
        technical_report: Some(report(world, unit, causale, weeks)),
        consultation: Some(consultation(dice, weeks)),
        self_declarations: vec![SelfDeclaration {
            declaration_id: "PRIOR_CONSULTATION".to_owned(),
            text: DECLARATION.to_owned(),
            declared_on: None,
            declarant: FILER.to_owned(),
        }],
        filer_quality: Some(quality),
        contact_pec: format!("azienda{:04}@pec.example.it", firm.number + 1),
        contact_email: format!("azienda{:04}@example.it", firm.number + 1),
        contact_phone: format!("+39 02 {:07}", 5_550_000 + firm.number),
        filer_codice_fiscale: FILER.to_owned(),
        financial_indicators: indicators(dice, causale, weeks),
        ..Content::of(unit.key.clone())
    })
}

/// The instrument of the trade; the larger firms sometimes the CIGS, for longer suspensions.
fn asked(dice: &mut Dice, firm: &Firm, weeks: WeekPeriod) -> (Product, Causale) {
    if firm.has_cigs() && weeks.count() >= CIGS_WEEKS && dice.in_hundred(CIGS) {
        let reasons = [
            Causale::Reorganisation,
            Causale::CompanyCrisis,
            Causale::SolidarityContract,
        ];
        return (Product::Cigs, *dice.one_of(&reasons));
    }
    (firm.trade.product, causale(dice, firm, weeks))
}

/// The decree that a claim of CIGS follows (CLM-1).
fn decree(dice: &mut Dice, product: Product, weeks: WeekPeriod, hours: i64) -> Option<Decree> {
    (product == Product::Cigs).then(|| Decree {
        authority: "Ministero del lavoro e delle politiche sociali".to_owned(),
        number: dice.between(100_000, 119_999).to_string(),
        date: Some(weeks.first_day() - Days::new(u64::from(dice.between(5, 30)))),
        from: Some(weeks.first_day()),
        to: Some(weeks.last_day()),
        hours_hundredths: hours,
    })
}

fn causale(dice: &mut Dice, firm: &Firm, weeks: WeekPeriod) -> Causale {
    let trade = firm.trade;
    let event = weeks.count() <= EVENT_WEEKS && dice.in_hundred(trade.events_in_hundred);
    *dice.one_of(if event { trade.events } else { trade.ordinary })
}

/// A working day of the event in every week (CLM-4).
fn event_days(dice: &mut Dice, weeks: WeekPeriod) -> Vec<NaiveDate> {
    weeks
        .weeks()
        .map(|week| week.monday() + Days::new(u64::from(dice.between(0, 4))))
        .collect()
}

/// Some of the unit's workers, each for the same share of the hours.
fn workers(dice: &mut Dice, firm: &Firm, unit: &Unit, weeks: WeekPeriod) -> Vec<Beneficiary> {
    let most = u32::try_from(unit.workers.len()).unwrap_or(u32::MAX);
    let count = dice.between(1, most);
    let first = dice.between(0, most - count);
    let share = dice.weighted(&SHARES);
    let chosen = unit
        .workers
        .iter()
        .skip(first as usize)
        .take(count as usize);
    chosen
        .map(|code| worker(dice, code, firm.trade.weekly_hours, weeks, share))
        .collect()
}

fn worker(
    dice: &mut Dice,
    code: &str,
    weekly_hours: u32,
    weeks: WeekPeriod,
    share: u32,
) -> Beneficiary {
    let days = dice.between(HIRED_DAYS.0, HIRED_DAYS.1);
    Beneficiary {
        codice_fiscale: code.to_owned(),
        qualifica: dice
            .weighted(&[("1", 75), ("2", 15), ("W", 6), ("Q", 4)])
            .to_owned(),
        weekly_hours_hundredths: i64::from(weekly_hours),
        hired_on: Some(weeks.first_day() - Days::new(u64::from(days))),
        hours_requested_hundredths: i64::from(weekly_hours * weeks.count() * share / 100),
        iban: String::new(),
    }
}

/// Told to the unions before the suspension; where a joint examination was asked for, it ended before the filing.
fn consultation(dice: &mut Dice, weeks: WeekPeriod) -> Consultation {
    let before = |days| weeks.first_day() - Days::new(u64::from(days));
    if dice.in_hundred(20) {
        // Over before the earliest filing, 30 days ahead of the start.
        let communicated = dice.between(45, 60);
        return Consultation {
            communication_date: Some(before(communicated)),
            joint_exam_requested: true,
            joint_exam_end_date: Some(before(communicated - dice.between(3, 10))),
            recipients: recipients(),
            outcome: Some(ConsultationOutcome::Agreement),
        };
    }
    Consultation {
        communication_date: Some(before(dice.between(3, 25))),
        joint_exam_requested: false,
        joint_exam_end_date: None,
        recipients: recipients(),
        outcome: Some(ConsultationOutcome::NotRequested),
    }
}

fn recipients() -> Vec<Recipient> {
    [
        (RecipientKind::Rsu, "RSU aziendale"),
        (
            RecipientKind::TerritorialUnion,
            "Organizzazioni territoriali di categoria",
        ),
    ]
    .map(|(kind, name)| Recipient {
        kind: Some(kind),
        name: name.to_owned(),
    })
    .into()
}

/// The figures of the two years before, for a market crisis.
fn indicators(dice: &mut Dice, causale: Causale, weeks: WeekPeriod) -> Vec<FinancialIndicator> {
    if causale != Causale::MarketCrisis {
        return Vec::new();
    }
    let year = weeks.first_day().year();
    let turnover = i64::from(dice.between(800_000, 9_000_000)) * 100;
    [(year - 2, 100), (year - 1, 82)]
        .map(|(year, share)| FinancialIndicator {
            year,
            quarter: None,
            turnover_cents: turnover / 100 * share,
            operating_result_cents: turnover / 100 * (share - 90),
            net_result_cents: turnover / 100 * (share - 94),
            debt_cents: turnover / 4,
        })
        .into()
}

/// A working day within the term, and sometimes after it.
fn filing_day(dice: &mut Dice, content: &Content) -> anyhow::Result<NaiveDate> {
    let filed = Filed::of(content, &IN_FORCE)
        .context("an invented claim names its weeks, reason and events")?;
    // What follows a decree has no term: it is filed soon after it.
    let due = filed
        .due(filed.start)
        .unwrap_or(filed.start + Days::new(AFTER_DECREE_DAYS));
    let not_before = filed.not_before().unwrap_or(filed.start);
    let late = filed.rule.term.is_some() && dice.in_hundred(LATE);
    let last_event = content.event_days.iter().max().copied();
    let (from, to) = if late {
        (due + Days::new(1), due + Days::new(LATE_DAYS))
    } else {
        (not_before.max(last_event.unwrap_or(NaiveDate::MIN)), due)
    };
    let days: Vec<NaiveDate> = from
        .iter_days()
        .take_while(|day| *day <= to)
        .filter(|day| is_working(*day))
        .collect();
    Ok(if days.is_empty() {
        due
    } else {
        *dice.one_of(&days)
    })
}

/// Whether offices are open.
pub(super) fn is_working(day: NaiveDate) -> bool {
    !matches!(day.weekday(), Weekday::Sat | Weekday::Sun) && !holidays::is_public_holiday(day)
}

const DIFFICULTY: &str = "L'impresa dichiara difficoltà finanziarie serie e documentate, che non le consentono di \
                          anticipare il trattamento ai lavoratori.";

/// Who files for the invented firms.
const FILER: &str = "VRDGPP70M10F839N";

const DECLARATION: &str =
    "La comunicazione alle organizzazioni sindacali è stata inviata nella data indicata.";

/// The six sections of CLM-8.
fn report(world: &World, unit: &Unit, causale: Causale, weeks: WeekPeriod) -> TechnicalReport {
    let trade = world.firm_of(unit).trade;
    let (place, monday) = (
        &world.office_of(unit).name,
        Week::of(weeks.first_day()).monday().format("%d/%m/%Y"),
    );
    TechnicalReport {
        activity: format!(
            "L'unità produttiva {} in provincia di {place} svolge l'attività di {} con maestranze proprie, su un turno \
             giornaliero; vi si compie un'intera fase del ciclo produttivo con autonomia tecnica e funzionale e i \
             lavoratori vi sono adibiti in via continuativa.",
            unit.key.code, trade.activity
        ),
        event_and_causes: format!(
            "{} L'evento ha effetto dal {monday} per {} settimane. I dati della produzione, degli ordini e delle \
             presenze dello stesso periodo degli anni precedenti sono agli atti dell'impresa e a disposizione \
             dell'Istituto per ogni verifica.",
            cause(causale),
            weeks.count()
        ),
        consequences: CONSEQUENCES.to_owned(),
        transience_and_resumption: TRANSIENCE.to_owned(),
        non_attributability: NOT_ATTRIBUTABLE.to_owned(),
        market_continuity: CONTINUITY.to_owned(),
        sections: IN_FORCE
            .sections(causale, weeks.first_day())
            .map(|row| ReportSection {
                section_id: row.value.section.clone(),
                text: format!("{}. {OF_THE_REASON}", row.value.label_it),
            })
            .collect(),
    }
}

fn cause(causale: Causale) -> &'static str {
    match causale {
        Causale::LackOfWorkOrOrders => {
            "Gli ordini acquisiti sono scesi sotto il livello che satura gli impianti."
        }
        Causale::MarketCrisis => {
            "L'andamento del settore ha ridotto la domanda dei prodotti dell'unità."
        }
        Causale::LackOfMaterials => {
            "I fornitori non hanno consegnato materie prime e componenti nei tempi pattuiti."
        }
        Causale::EndOfSite | Causale::EndOfPhase => {
            "La fase di lavoro prevista dal contratto si è conclusa."
        }
        Causale::VariantWorks => {
            "Il committente ha disposto una perizia di variante in corso d'opera."
        }
        Causale::Strike => "Lo sciopero di un'altra impresa ha fermato le forniture alla linea.",
        Causale::ExtraordinaryMaintenance => {
            "Gli impianti richiedono una manutenzione non rinviabile."
        }
        Causale::WeatherIndustry | Causale::WeatherConstruction => {
            "Le condizioni meteorologiche dei giorni indicati non hanno consentito di lavorare in sicurezza."
        }
        Causale::MachineFailure => {
            "Un guasto improvviso ha fermato le macchine, malgrado la manutenzione regolare."
        }
        Causale::PowerFailure => {
            "Il distributore ha interrotto l'erogazione dell'energia elettrica."
        }
        Causale::FireCollapseFlood | Causale::Earthquake => {
            "L'evento ha colpito gli edifici e gli impianti dell'unità."
        }
        Causale::PremisesUnusable => "I locali sono risultati impraticabili per cause esterne.",
        Causale::PublicAuthorityOrder => {
            "L'autorità ha ordinato la sospensione dell'attività nell'area."
        }
        // Reasons of other instruments tell themselves.
        other => other.rule().map_or("", |rule| rule.label_it.as_str()),
    }
}

const OF_THE_REASON: &str = "L'impresa ha documentato quanto richiesto per la causale: i fatti, le date e gli atti sono \
    elencati nella documentazione conservata presso l'unità produttiva, con i riscontri di clienti, fornitori e autorità \
    interessate, ed è a disposizione dell'Istituto per ogni verifica.";
const CONSEQUENCES: &str = "Le lavorazioni collegate all'evento sono ferme o ridotte e i lavoratori dell'elenco restano \
    inattivi per le ore indicate; restano in servizio gli addetti alla manutenzione, alla sicurezza e agli uffici, che \
    non sono interessati, e nessun lavoratore dell'elenco può essere adibito ad altri reparti.";
const TRANSIENCE: &str = "La contrazione è transitoria: il lavoro riprende al termine del periodo richiesto, come \
    mostrano gli ordini già acquisiti, il portafoglio in trattativa e l'andamento degli stessi mesi degli anni \
    precedenti, nei quali l'attività è sempre tornata al livello ordinario.";
const NOT_ATTRIBUTABLE: &str = "L'evento non dipende da imperizia o negligenza dell'impresa né dei lavoratori: \
    l'organizzazione, gli investimenti e le scorte erano adeguati e nessuna scelta della gestione avrebbe potuto \
    evitare la sospensione dell'attività nel periodo indicato nella domanda.";
const CONTINUITY: &str = "L'impresa continua a operare sul mercato: mantiene la clientela, partecipa a nuove gare e \
    trattative, ha confermato gli impegni con i fornitori e con le banche e non ha in corso né prevede procedure \
    concorsuali o riduzioni definitive del personale.";

#[cfg(test)]
mod tests {
    use claims::domain::checks::{Facts, Severity, check};
    use claims::domain::unit::{Activity, Staff, UnitFacts};

    use super::super::weeks;
    use super::super::world::tests::world;
    use super::*;

    fn facts(world: &World, unit: &Unit) -> UnitFacts {
        let always = Activity {
            from: "2018-01-01".parse().unwrap(),
            to: None,
        };
        let firm = world.firm_of(unit);
        UnitFacts {
            employer_name: firm.name.clone(),
            employer_cf: firm.partita_iva.clone(),
            csc: firm.trade.csc.to_owned(),
            authorization_codes: Vec::new(),
            ateco: firm.trade.ateco.to_owned(),
            ateco_version: "ATECO_2025".to_owned(),
            seat_province_istat: "015".to_owned(),
            unit_name: "Stabilimento".to_owned(),
            unit_address: "Via Roma 1".to_owned(),
            unit_municipality: "F205".to_owned(),
            unit_province_istat: "015".to_owned(),
            is_production_unit: true,
            sector: firm.trade.sector.to_owned(),
            working_days: 5,
            protection_scheme: firm.scheme().to_owned(),
            employer_active: always,
            unit_active: always,
            competent_office: world.office_of(unit).code.clone(),
            office_title: String::new(),
            region_istat: "03".to_owned(),
            average_heads_hundredths: i64::from(unit.heads) * 100,
            staff: Staff::default(),
            headcount: Vec::new(),
        }
    }

    #[test]
    fn the_check_has_nothing_to_say_but_that_a_claim_is_late() {
        let world = world(1, 60);
        let last = Week::of("2026-09-02".parse().unwrap());
        let (mut written, mut late) = (0, 0);
        for (number, unit) in (0..).zip(&world.units) {
            let mut dice = Dice::of(1, "check", number);
            for period in weeks::periods(&mut dice, 12, last) {
                let claim = write(&mut dice, &world, unit, period, FilerQuality::Owner).unwrap();
                let unit_facts = facts(&world, unit);
                let findings = check(
                    &claim.content,
                    &Facts {
                        quality: Some(FilerQuality::Owner),
                        ..Facts::on(claim.filed_on, &IN_FORCE, Some(&unit_facts))
                    },
                );
                written += 1;
                late += findings.len();
                assert!(
                    findings
                        .iter()
                        .all(|finding| finding.severity == Severity::Info),
                    "{findings:?}"
                );
                assert!(is_working(claim.filed_on));
            }
        }
        assert!(
            written / 50 < late && late < written / 12,
            "{late} of {written} are late"
        );
    }

    #[test]
    fn claims_are_for_events_and_for_ordinary_reasons() {
        let world = world(1, 60);
        let last = Week::of("2026-09-02".parse().unwrap());
        let mut dice = Dice::of(1, "reasons", 0);
        let eone = world
            .units
            .iter()
            .flat_map(|unit| {
                let period = weeks::periods(&mut dice, 20, last)[0];
                write(&mut dice, &world, unit, period, FilerQuality::Owner)
            })
            .filter(|claim| claim.content.is_eone())
            .count();
        assert!(eone > 5 && eone < world.units.len() / 2, "{eone}");
    }
}
