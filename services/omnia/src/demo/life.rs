//! What happens to a claim after it is written, up to now: most are decided in weeks, some never.

use anyhow::Context;
use chrono::{DateTime, Days, NaiveDate, TimeDelta, Utc};
use claims::domain::claim::Asked;
use claims::domain::decision::{Grant, Outcome, Proposed, Refusal, RejectionReason};
use claims::domain::role::Actor;
use claims::domain::rules::IN_FORCE;
use claims::domain::terms::{Filed, Lateness};
use claims::load::{Act, Scripted, ScriptedStep};
use kernel::{Week, WeekPeriod, rome};

use super::content::{Written, is_working};
use super::dice::Dice;

/// Those who act on a claim.
#[derive(Debug, Clone, Copy)]
pub(super) struct Cast {
    pub(super) filer: Actor,
    pub(super) operator: Actor,
    pub(super) officer: Actor,
    pub(super) director: Actor,
    /// How long things take at the office, in hundredths of the usual time.
    pub(super) pace: u32,
}

/// What becomes of a claim, if there is time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Fate {
    /// Written and never filed.
    Abandoned,
    /// Withdrawn by the filer before a decision.
    Withdrawn,
    /// Annulled by the director before a decision.
    Annulled,
    /// Left lying in the queue.
    Forgotten,
    /// Left lying on somebody's desk.
    ForgottenWhenAssigned,
    /// Left lying in the middle of the review.
    ForgottenInReview,
    /// Left lying when only the signature was missing.
    ForgottenWhenProposed,
    /// Decided.
    Decided,
}

/// In a thousand claims.
const FATES: [(Fate, u32); 8] = [
    (Fate::Abandoned, 10),
    (Fate::Withdrawn, 25),
    (Fate::Annulled, 8),
    (Fate::Forgotten, 7),
    (Fate::ForgottenWhenAssigned, 6),
    (Fate::ForgottenInReview, 9),
    (Fate::ForgottenWhenProposed, 3),
    (Fate::Decided, 932),
];
/// In a hundred decisions on what could be granted in full.
const OUTCOMES: [(Outcome, u32); 3] = [
    (Outcome::Acceptance, 84),
    (Outcome::PartialAcceptance, 7),
    (Outcome::Rejection, 9),
];
/// Days after a decision within which filers appeal: the term has 30 (CLM-25).
const APPEAL_DAYS: (u32, u32) = (3, 22);

/// The script of a written claim as of `now`.
pub(super) fn script(
    dice: &mut Dice,
    written: Written,
    cast: Cast,
    now: DateTime<Utc>,
) -> anyhow::Result<Scripted> {
    let Written {
        mut content,
        filed_on,
    } = written;
    let filed_at = office_hours(dice, filed_on);
    let drafted_at = filed_at - TimeDelta::minutes(i64::from(dice.between(20, 5 * 24 * 60)));
    let mut tale = Tale {
        asked: Asked::of(&content)
            .context("an invented claim is whole")?
            .whole,
        lateness: Filed::of(&content, &IN_FORCE)
            .context("an invented claim has a term")?
            .lateness(filed_on),
        dice,
        cast,
        now,
        at: filed_at,
        steps: Vec::new(),
    };
    tale.tell();
    let steps = tale.steps;
    // What would be filed tomorrow is a draft of this morning.
    let drafted_at = drafted_at.min(now - TimeDelta::hours(1));
    for declaration in &mut content.self_declarations {
        declaration.declared_on = Some(rome::date_of(drafted_at));
    }
    Ok(Scripted {
        content,
        by: cast.filer,
        drafted_at,
        steps,
    })
}

/// Some minute of a day at which offices are open.
fn office_hours(dice: &mut Dice, day: NaiveDate) -> DateTime<Utc> {
    let second = i64::from(dice.between(0, 59));
    rome::at(day, dice.between(8, 17), dice.between(0, 59)) + TimeDelta::seconds(second)
}

/// A life as it is told.
struct Tale<'a> {
    dice: &'a mut Dice,
    cast: Cast,
    now: DateTime<Utc>,
    /// When the last thing happened.
    at: DateTime<Utc>,
    asked: Grant,
    lateness: Lateness,
    steps: Vec<ScriptedStep>,
}

impl Tale<'_> {
    fn tell(&mut self) {
        let Cast {
            filer, operator, ..
        } = self.cast;
        let fate = self.dice.weighted(&FATES);
        if fate == Fate::Abandoned {
            return;
        }
        self.happen(filer, Act::Submit);
        if fate == Fate::Forgotten {
            return;
        }
        if fate == Fate::ForgottenWhenAssigned || self.dice.in_hundred(60) {
            self.later((1, 12));
            self.happen(self.cast.officer, Act::Assign(operator.person));
        }
        match fate {
            Fate::ForgottenWhenAssigned => return,
            Fate::Withdrawn => return self.end_early(filer, Act::Withdraw(WITHDRAWN.to_owned())),
            Fate::Annulled => {
                return self.end_early(self.cast.director, Act::Annul(ANNULLED.to_owned()));
            }
            _ => {}
        }
        self.later((1, 20));
        self.happen(operator, Act::TakeInCharge);
        if fate == Fate::ForgottenInReview {
            return;
        }
        let wish = self.dice.weighted(&OUTCOMES);
        let proposed = self.proposal(wish);
        self.later((1, 30));
        self.happen(operator, Act::Propose(proposed.clone()));
        if fate == Fate::ForgottenWhenProposed {
            return;
        }
        self.adopt();
        self.afterwards(proposed.outcome);
    }

    /// Withdrawn or annulled, some while already under review.
    fn end_early(&mut self, by: Actor, act: Act) {
        if self.dice.in_hundred(50) {
            self.later((1, 15));
            self.happen(self.cast.operator, Act::TakeInCharge);
        }
        self.later((1, 20));
        self.happen(by, act);
    }

    fn adopt(&mut self) {
        self.later((1, 8));
        self.happen(self.cast.director, Act::Adopt);
    }

    /// Few decisions are the last word.
    fn afterwards(&mut self, outcome: Outcome) {
        let (annulled, reexamined, appealed) = match outcome {
            Outcome::Acceptance => (1, 1, 0),
            Outcome::PartialAcceptance => (1, 10, 6),
            Outcome::Rejection => (0, 10, 7),
        };
        if self.dice.in_hundred(annulled) {
            self.later((5, 60));
            self.happen(self.cast.director, Act::Annul(ANNULLED.to_owned()));
        } else if self.dice.in_hundred(reexamined) {
            self.reexamination(outcome);
        } else if self.dice.in_hundred(appealed) {
            let days = self.dice.between(APPEAL_DAYS.0, APPEAL_DAYS.1);
            self.wait(days);
            self.happen(self.cast.filer, Act::Appeal(APPEALED.to_owned()));
        }
    }

    /// Two in three have been decided again by now, or will be.
    fn reexamination(&mut self, outcome: Outcome) {
        self.later((5, 40));
        self.happen(self.cast.filer, Act::Reexamine(REEXAMINED.to_owned()));
        if self.dice.in_hundred(33) {
            return;
        }
        let heard = self.dice.in_hundred(50);
        let again = self.proposal(if heard { Outcome::Acceptance } else { outcome });
        self.later((10, 60));
        self.happen(self.cast.operator, Act::Propose(again));
        self.adopt();
    }

    /// Lets time pass: working days of an office of the usual pace.
    fn later(&mut self, (least, most): (u32, u32)) {
        let days = self.dice.between(least, most) * self.cast.pace / 100;
        self.wait(days.max(1));
    }

    /// Lets so many days pass, and those until the office opens again.
    fn wait(&mut self, days: u32) {
        let mut day = rome::date_of(self.at) + Days::new(u64::from(days));
        while !is_working(day) {
            day = day + Days::new(1);
        }
        self.at = office_hours(self.dice, day);
    }

    /// Something happens, unless it lies in the future; then nothing happens afterwards either.
    fn happen(&mut self, by: Actor, act: Act) {
        if self.at <= self.now {
            self.steps.push(ScriptedStep {
                at: self.at,
                by,
                act,
            });
        }
    }

    /// What the operator proposes who would decide so: less where the claim is late (`claims.md` §4.7).
    fn proposal(&mut self, wish: Outcome) -> Proposed {
        if self.lateness.nothing_recognisable {
            return rejection(RejectionReason::OutOfTerm);
        }
        match (wish, self.lateness.earliest_recognisable) {
            (Outcome::Rejection, _) => {
                let reason = *self.dice.one_of(&REFUSALS);
                rejection(reason)
            }
            (_, Some(from)) => {
                let left_out = Week::of(from) - self.asked.period.first_week();
                self.part(left_out, RejectionReason::OutOfTerm)
            }
            (Outcome::Acceptance, None) => {
                decision(Outcome::Acceptance, Some(self.asked), Vec::new())
            }
            (Outcome::PartialAcceptance, None) => {
                let weeks = self.asked.period.count();
                let left_out = self.dice.between(1, (weeks / 2).max(1));
                self.part(-left_out.cast_signed(), RejectionReason::CausaleNotProven)
            }
        }
    }

    /// All but the first weeks, or with a number below zero all but the last; of a single week, half of the hours.
    fn part(&self, left_out: i32, reason: RejectionReason) -> Proposed {
        let asked = &self.asked;
        let weeks = asked.period.count();
        let kept = weeks.saturating_sub(left_out.unsigned_abs());
        let first = asked.period.first_week() + left_out.max(0);
        let (period, hours) = match WeekPeriod::new(first, kept) {
            Ok(period) => (
                period,
                asked.hours_hundredths * i64::from(kept) / i64::from(weeks),
            ),
            Err(_) => (asked.period, asked.hours_hundredths / 2),
        };
        let what = if kept == 0 {
            "metà delle ore richieste"
        } else {
            "le settimane non comprese nel periodo concesso"
        };
        let refusal = Refusal {
            reason,
            what: what.to_owned(),
        };
        decision(
            Outcome::PartialAcceptance,
            Some(Grant {
                period,
                hours_hundredths: hours,
                ..*asked
            }),
            vec![refusal],
        )
    }
}

const REFUSALS: [RejectionReason; 5] = [
    RejectionReason::NotTransient,
    RejectionReason::AttributableToFirm,
    RejectionReason::NoResumptionForeseen,
    RejectionReason::CausaleNotProven,
    RejectionReason::ConsultationMissing,
];
const WITHDRAWN: &str = "L'attività è ripresa prima del previsto: la domanda non serve più.";
const ANNULLED: &str = "La domanda è stata presentata per errore in luogo di un'altra.";
const REEXAMINED: &str =
    "Si chiede il riesame: sono disponibili nuovi elementi sull'andamento degli ordini.";
const APPEALED: &str =
    "Il provvedimento non tiene conto degli elementi esposti nella relazione tecnica.";

fn rejection(reason: RejectionReason) -> Proposed {
    let refusal = Refusal {
        reason,
        what: "l'intero periodo richiesto".to_owned(),
    };
    decision(Outcome::Rejection, None, vec![refusal])
}

fn decision(outcome: Outcome, grant: Option<Grant>, refusals: Vec<Refusal>) -> Proposed {
    let motivation = match outcome {
        Outcome::Acceptance => {
            "Esaminati la relazione tecnica e gli indici, l'evento risulta transitorio e non imputabile: la domanda è \
             accolta per l'intero periodo."
        }
        Outcome::PartialAcceptance => {
            "Esaminati la relazione tecnica e i termini, la domanda è accolta per la sola parte che risulta provata e \
             riconoscibile."
        }
        Outcome::Rejection => {
            "Esaminati la relazione tecnica e i termini, non ricorrono i presupposti di legge per concedere il \
             trattamento richiesto."
        }
    };
    Proposed {
        outcome,
        grant,
        refusals,
        motivation: motivation.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::super::scripts::of_unit;
    use super::super::world::tests::world;
    use super::*;

    fn now() -> DateTime<Utc> {
        rome::at("2026-09-02".parse().unwrap(), 10, 0)
    }

    fn scripts(seed: u64) -> Vec<Scripted> {
        let world = world(seed, 100);
        (0..world.units.len())
            .flat_map(|unit| of_unit(&world, unit, 15, now()).unwrap())
            .collect()
    }

    #[test]
    fn the_same_seed_tells_the_same_lives() {
        let told = |seed| format!("{:?}", scripts(seed));
        let first = told(1);
        assert_eq!(first, told(1));
        assert_ne!(first, told(2));
    }

    #[test]
    fn steps_follow_each_other_at_office_hours_and_none_lies_in_the_future() {
        for script in scripts(1) {
            assert!(script.drafted_at < now());
            assert!(
                script
                    .steps
                    .first()
                    .is_none_or(|step| script.drafted_at < step.at)
            );
            assert!(script.steps.windows(2).all(|pair| pair[0].at < pair[1].at));
            assert!(
                script
                    .steps
                    .iter()
                    .all(|step| step.at <= now() && is_working(rome::date_of(step.at)))
            );
        }
    }

    #[test]
    fn an_appeal_comes_within_thirty_days_of_its_decision() {
        let scripts = scripts(1);
        let appeals = scripts.iter().filter_map(|script| {
            let last = script.steps.len().checked_sub(1)?;
            matches!(script.steps[last].act, Act::Appeal(_))
                .then(|| script.steps[last].at - script.steps[last - 1].at)
        });
        let waits: Vec<i64> = appeals.map(|wait| wait.num_days()).collect();
        assert!(
            waits.len() > 5 && waits.iter().all(|days| *days < 30),
            "{waits:?}"
        );
    }

    #[test]
    fn most_claims_are_decided_and_a_tail_of_old_ones_is_not() {
        let scripts = scripts(1);
        let adopted = |script: &&Scripted| {
            script
                .steps
                .iter()
                .any(|step| matches!(step.act, Act::Adopt))
        };
        let decided = scripts.iter().filter(adopted).count();
        assert!(
            decided * 100 > scripts.len() * 80,
            "{decided} of {}",
            scripts.len()
        );
        let last_year = now() - TimeDelta::days(300);
        let chronic = scripts.iter().filter(|script| {
            let last = script.steps.last();
            last.is_some_and(|step| {
                let open = matches!(
                    step.act,
                    Act::Submit | Act::Assign(_) | Act::TakeInCharge | Act::Propose(_)
                );
                open && step.at < last_year
            })
        });
        let chronic = chronic.count();
        assert!(
            chronic > 5 && chronic * 100 < scripts.len() * 4,
            "{chronic} of {}",
            scripts.len()
        );
    }
}
