//! What the filer of an invented claim writes: whole, and right by every check of `claims.md` §4.9.

use anyhow::Context;
use chrono::{Datelike, Days, NaiveDate, Weekday};
use claims::domain::content::{
    Beneficiary, Consultation, Content, FilerQuality, SelfDeclaration, TechnicalReport,
    WrittenPeriod,
};
use claims::domain::product::{Causale, PaymentMode, Product};
use claims::domain::terms::Filed;
use kernel::{Week, WeekPeriod, holidays};

use super::dice::Dice;
use super::world::{Firm, Unit, World};

/// Longest claim for an unavoidable event, in weeks.
const EVENT_WEEKS: u32 = 3;
/// How many of a hundred claims are filed late.
const LATE: u32 = 4;
/// How late at most, in days.
const LATE_DAYS: u64 = 25;
/// Everybody was hired so many days before the week of the suspension, at least and at most.
const HIRED_DAYS: (u32, u32) = (120, 2_600);
/// Hours of which a suspension takes so many of a hundred.
const SHARES: [(u32, u32); 6] = [(25, 15), (40, 20), (50, 25), (60, 15), (80, 10), (100, 15)];

/// A claim and the day on which it is filed.
#[derive(Debug)]
pub(super) struct Written {
    pub(super) content: Content,
    pub(super) filed_on: NaiveDate,
}

/// Writes a claim of a unit for some weeks.
pub(super) fn write(
    dice: &mut Dice,
    world: &World,
    unit: &Unit,
    weeks: WeekPeriod,
    quality: FilerQuality,
) -> anyhow::Result<Written> {
    let firm = world.firm_of(unit);
    let causale = causale(dice, firm, weeks);
    let beneficiaries = workers(dice, firm, unit, weeks);
    let hours = beneficiaries
        .iter()
        .map(|worker| worker.hours_requested_hundredths)
        .sum();
    let direct = dice.in_hundred(25);
    let content = Content {
        product: Some(Product::Cigo),
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
        }],
        filer_quality: Some(quality),
        contact_pec: format!("azienda{:04}@pec.example.it", firm.number + 1),
        contact_email: format!("azienda{:04}@example.it", firm.number + 1),
        ..Content::of(unit.key.clone())
    };
    let filed_on = filing_day(dice, &content)?;
    Ok(Written { content, filed_on })
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
        let communicated = dice.between(30, 45);
        return Consultation {
            communication_date: Some(before(communicated)),
            joint_exam_requested: true,
            joint_exam_end_date: Some(before(communicated - dice.between(3, 10))),
        };
    }
    Consultation {
        communication_date: Some(before(dice.between(3, 25))),
        joint_exam_requested: false,
        joint_exam_end_date: None,
    }
}

/// A working day within the term, and sometimes after it.
fn filing_day(dice: &mut Dice, content: &Content) -> anyhow::Result<NaiveDate> {
    let filed =
        Filed::of(content).context("an invented claim names its weeks, reason and events")?;
    let due = filed.due();
    let last_event = content.event_days.iter().max().copied();
    let (from, to) = if dice.in_hundred(LATE) {
        (due + Days::new(1), due + Days::new(LATE_DAYS))
    } else {
        (
            filed.not_before().max(last_event.unwrap_or(NaiveDate::MIN)),
            due,
        )
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
    }
}

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
            sector: firm.trade.sector.to_owned(),
            working_days: 5,
            protection_scheme: "CIGO".to_owned(),
            employer_active: always,
            unit_active: always,
            competent_office: world.office_of(unit).code.clone(),
            region_istat: "03".to_owned(),
            average_heads_hundredths: i64::from(unit.heads) * 100,
            staff: Staff::default(),
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
                        today: claim.filed_on,
                        quality: Some(FilerQuality::Owner),
                        unit: Some(&unit_facts),
                        limit: None,
                        overlaps: &[],
                        same_unit: &[],
                        attachments: &[],
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
