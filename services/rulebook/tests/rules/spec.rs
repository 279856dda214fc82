//! The cases of the rulebook, answered by the conformance module.

use std::path::{Path, PathBuf};

use rulebook::conformance::evaluate;
use rulebook::rules::IN_FORCE;
use serde_json::Value;

/// Compares what the rulebook expects of a case with what the engine answers.
pub(crate) fn check(id: &str) {
    let Some(cases) = cases() else { return };
    let case = cases
        .iter()
        .find(|case| case["id"] == id)
        .unwrap_or_else(|| panic!("no case {id}"));
    let outcome = evaluate(case, 0, &IN_FORCE);
    assert!(outcome.agrees(), "{outcome}");
}

/// Every case of the rulebook.
pub(crate) fn ids() -> Vec<String> {
    let id = |case: &Value| case["id"].as_str().unwrap().to_owned();
    cases().unwrap_or_default().iter().map(id).collect()
}

/// The machine-readable block of the rulebook; `None`, and a word about it, when the rulebook is not there.
fn cases() -> Option<Vec<Value>> {
    let path = folder().join("limits.md");
    let Ok(text) = std::fs::read_to_string(&path) else {
        println!(
            "skipped: the rulebook is not at {} (OMNIA_SPEC names its folder)",
            path.display()
        );
        return None;
    };
    let block = text
        .split("```json\n")
        .nth(1)
        .and_then(|rest| rest.split("```").next());
    Some(
        serde_json::from_str(block.expect("the rulebook has a JSON block"))
            .expect("the block is JSON"),
    )
}

#[expect(
    clippy::disallowed_methods,
    reason = "tests are told where the rulebook is"
)]
fn folder() -> PathBuf {
    let beside_the_repository =
        || Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared/domain");
    std::env::var("OMNIA_SPEC").map_or_else(|_| beside_the_repository(), PathBuf::from)
}
