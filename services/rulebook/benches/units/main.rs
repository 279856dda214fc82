//! How many units a second one core evaluates, beside the slow oracle of the tests, and what an explanation costs.
//!
//! `cargo bench -p rulebook` measures all of it in alternating rounds and prints the ratios. `e2e/bench/run limits` puts
//! `OpenFisca` beside it: with `serve FOLDER` this program writes the units there, then measures whatever it is asked for,
//! one name a line. Every figure is checked first: whoever is measured gives the same answers.

mod export;
mod histories;
#[expect(
    dead_code,
    clippy::unwrap_used,
    reason = "the oracle belongs to the tests, which use all of it"
)]
#[path = "../../tests/rules/oracle.rs"]
mod oracle;
mod questions;
mod rows;

use std::hint::black_box;
use std::io::BufRead;
use std::path::Path;

use rustix::time::{ClockId, clock_gettime};

use questions::QUESTIONS;
use rows::Rows;

/// Processor time of one contestant in one round: who shares the machine does not count.
const ROUND_NANOS: i64 = 1_000_000_000;
/// Units between two looks at the clock: few enough for the slowest, many enough for the clock to cost nothing.
const BETWEEN_LOOKS: i64 = 128;
/// Rounds when nobody else asks.
const ROUNDS: usize = 7;

/// What one contestant did in one round.
#[derive(Debug, Clone, Copy)]
struct Measured {
    units: i64,
    nanos: i64,
}

/// The contestants, each with the unit at which it stands.
struct Arena {
    rows: Rows,
    next: Vec<usize>,
}

impl Arena {
    fn new() -> Self {
        let rows = Rows::new(histories::units());
        questions::check(&rows);
        Self {
            rows,
            next: vec![0; QUESTIONS.len()],
        }
    }

    /// Lets a contestant work for a round, from the unit at which it stands, round and round.
    fn round(&mut self, contestant: usize) -> Measured {
        let (_, question) = &QUESTIONS[contestant];
        let mut answer = question();
        let (mut units, mut nanos, began) = (0, 0, processor_nanos());
        while nanos < ROUND_NANOS {
            for _ in 0..BETWEEN_LOOKS {
                let asked = self.rows.at(self.next[contestant]);
                answer(black_box(asked));
                self.next[contestant] = (self.next[contestant] + 1) % self.rows.units().len();
            }
            units += BETWEEN_LOOKS;
            nanos = processor_nanos() - began;
        }
        Measured { units, nanos }
    }
}

/// Processor time of this program so far.
fn processor_nanos() -> i64 {
    let now = clock_gettime(ClockId::ProcessCPUTime);
    now.tv_sec * 1_000_000_000 + now.tv_nsec
}

fn main() {
    // Cargo adds arguments of its own, such as `--bench`.
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let words: Vec<&str> = arguments.iter().map(String::as_str).collect();
    let arena = Arena::new();
    match words.as_slice() {
        ["serve", folder] => serve(arena, Path::new(folder)),
        _ => alternate(arena),
    }
}

/// Writes the units, then answers each name with what that contestant does in one round: `UNITS NANOSECONDS`.
fn serve(mut arena: Arena, folder: &Path) {
    export::write(arena.rows.units(), folder).expect("the folder can be written");
    println!("ready");
    for line in std::io::stdin().lock().lines() {
        let name = line.expect("names are text");
        let contestant = QUESTIONS.iter().position(|(known, _)| *known == name);
        let measured = arena.round(contestant.expect("the name of a contestant"));
        println!("{} {}", measured.units, measured.nanos);
    }
}

/// Measures everybody in alternating rounds.
fn alternate(mut arena: Arena) {
    let mut rounds: Vec<Vec<i64>> = vec![Vec::new(); QUESTIONS.len()];
    for _ in 0..ROUNDS {
        for (contestant, rates) in rounds.iter_mut().enumerate() {
            let measured = arena.round(contestant);
            rates.push(measured.nanos / measured.units);
        }
    }
    println!("nanoseconds a unit: median of {ROUNDS} alternating rounds, fastest and slowest");
    for ((name, _), nanos) in QUESTIONS.iter().zip(&mut rounds) {
        nanos.sort_unstable();
        println!(
            "{name:<20} {:>10}   {} … {}",
            nanos[ROUNDS / 2],
            nanos[0],
            nanos[ROUNDS - 1]
        );
    }
}
