//! Compares `permissions/matrix.csv` with the tables of `identity.md` §5, cell by cell, and the rows of direct payment, which that
//! page does not list, with the table of `claims.md` §10.5.

use std::collections::BTreeMap;
use std::path::PathBuf;

use super::{Matrix, Role};

/// Cells of the page that are not one letter, and how the table spells them.
const WORDS: [(&str, &str); 30] = [
    ("–", ""),
    ("A (S)", "A(S)"),
    ("A (E)", "A(E)"),
    ("A (N)", "A(N)"),
    ("A (R)", "A(R)"),
    ("A (M)", "A(M)"),
    ("A (territory)", "A(*)"),
    ("X (N)", "X(N)"),
    ("X (territory)", "X(*)"),
    ("X (L3)", "X!L3"),
    ("X, region only (L3)", "X(*)!L3:region-only"),
    ("O (L2)", "O!L2"),
    ("CIT O", "O"),
    ("own", "O"),
    ("own chats", "O:own-chats"),
    ("the users in own chats", "O:own-chats"),
    ("own statement", "O:own-statement"),
    ("confirm", "O:confirm"),
    ("published A", "A:published"),
    ("E, own pseudonyms", "E:own-pseudonyms"),
    (
        "S, only if tied to an assigned finding",
        "S:assigned-finding",
    ),
    ("S, at the counter", "S:at-the-counter"),
    ("SEDE: at the counter", "S:at-the-counter"),
    ("take: S", "S:take"),
    ("N, on PSA", "N:psa"),
    ("N with area CASELLARIO_CENTRALE", "N@CASELLARIO_CENTRALE"),
    ("D (not associations)", "D:not-associations"),
    ("D, own delega", "D:own-delega"),
    ("approves", "S:approves"),
    ("told", "N:told"),
];
const WORDS_OF_SRE: [(&str, &str); 2] = [("proposes", "T:proposes"), ("asks", "T:asks")];

#[test]
fn the_matrix_is_that_of_the_specification() {
    let Some(page) = page("identity.md") else {
        return;
    };
    let expected = cells(&page);
    let matrix = Matrix::embedded();
    let of_the_page = |id: &&str| !id.starts_with(DIRECT_PAYMENT);
    let capabilities: Vec<&str> = matrix
        .capabilities()
        .map(|(id, _)| id)
        .filter(of_the_page)
        .collect();
    assert_eq!(
        capabilities,
        expected.keys().map(String::as_str).collect::<Vec<_>>()
    );
    for (capability, roles) in &expected {
        for role in Role::ALL {
            let alternatives = matrix.alternatives(capability, role);
            let cell: Vec<String> = alternatives.iter().map(ToString::to_string).collect();
            let wanted = roles.get(&role).map_or("", String::as_str);
            assert_eq!(cell.join("|"), wanted, "{capability} {role}");
        }
    }
}

/// Capabilities of direct payment.
const DIRECT_PAYMENT: &str = "PGD-";

/// Those of them that §10.5 has a line for. Who reads flows follows from ROL-2; who orders payments is ours to say.
const ACTIONS: [(&str, &str); 3] = [
    ("PGD-1", "send, correct, delete flow"),
    ("PGD-3", "cure lines, reject flow"),
    ("PGD-4", "read own payment lines"),
];

/// The columns of §10.5, with the roles of each and how "own" is spelled in the matrix. Advisors read payments during a chat, which
/// is not served yet.
const COLUMNS: [&[(Role, &str)]; 7] = [
    &[
        (Role::AzTit, "O"),
        (Role::AzLr, "O"),
        (Role::AzCon, "O"),
        (Role::Int, "D"),
    ],
    &[(Role::Lav, "O")],
    &[(Role::Sede, "S")],
    &[(Role::Po, "S")],
    &[(Role::Dir, "S")],
    &[(Role::Dsede, "S")],
    &[(Role::Dreg, "R"), (Role::Dcm, "M")],
];

#[test]
fn direct_payment_is_for_those_whom_claims_name() {
    let Some(page) = page("claims.md") else {
        return;
    };
    let table = &page[page.find("### 10.5").unwrap()..];
    for (capability, action) in ACTIONS {
        let mut lines = table.lines();
        let line = lines
            .find(|line| line.starts_with(&format!("| {action} |")))
            .unwrap();
        let cells: Vec<&str> = line.trim_matches('|').split('|').map(str::trim).collect();
        for (text, roles) in cells[1..].iter().zip(COLUMNS) {
            for (role, own) in roles {
                let granted = Matrix::embedded().alternatives(capability, *role);
                let granted: Vec<String> = granted.iter().map(ToString::to_string).collect();
                let wanted = if *text == "own" { *own } else { "" };
                assert_eq!(granted.join("|"), wanted, "{capability} {role}");
            }
        }
    }
}

/// The page, from the folder that `OMNIA_SPEC` names or from beside the repository.
fn page(name: &str) -> Option<String> {
    let folder = std::env::var_os("OMNIA_SPEC").map_or_else(
        || {
            PathBuf::from(concat!(
                env!("CARGO_MANIFEST_DIR"),
                "/../../../shared/domain"
            ))
        },
        PathBuf::from,
    );
    let path = folder.join(name);
    let page = std::fs::read_to_string(&path).ok();
    if page.is_none() {
        println!(
            "skipped: the specification is not at {} (set OMNIA_SPEC)",
            path.display()
        );
    }
    page
}

fn cells(page: &str) -> BTreeMap<String, BTreeMap<Role, String>> {
    let start = page.find("## 5. Permission matrix").unwrap();
    let section = &page[start..start + page[start..].find("\n## 6.").unwrap()];
    let mut capabilities = BTreeMap::new();
    let mut heads: Vec<&str> = Vec::new();
    for line in section.lines().filter(|line| line.starts_with('|')) {
        let columns: Vec<&str> = line.trim_matches('|').split('|').map(str::trim).collect();
        if columns[0] == "capability" {
            heads = columns;
        } else if !columns[0].starts_with('-') {
            let id = columns[0].split(' ').next().unwrap().to_owned();
            let row = row(&id, &heads[1..], &columns[1..]);
            capabilities.insert(id, row);
        }
    }
    capabilities
}

fn row(capability: &str, heads: &[&str], columns: &[&str]) -> BTreeMap<Role, String> {
    let mut row = BTreeMap::new();
    for (head, text) in heads.iter().zip(columns) {
        for role in roles(head, text, &row) {
            let cell = cell(capability, role, text);
            row.entry(role).or_insert(cell);
        }
    }
    // SYS-I acts with the caller's token, never with more: not even what is published to all others.
    row.insert(Role::SysI, String::new());
    row
}

fn roles(head: &str, text: &str, before: &BTreeMap<Role, String>) -> Vec<Role> {
    match (head, text) {
        ("persons", "CIT O") => vec![Role::Cit],
        ("persons", "–") => Vec::new(),
        ("persons", _) => Role::ALL
            .into_iter()
            .filter(|role| *role != Role::SysP)
            .collect(),
        ("others", "SEDE: at the counter") => vec![Role::Sede],
        ("others" | "everyone else", _) => Role::ALL
            .into_iter()
            .filter(|role| !before.contains_key(role))
            .collect(),
        _ => head.split('/').map(|id| id.parse().unwrap()).collect(),
    }
}

fn cell(capability: &str, role: Role, text: &str) -> String {
    let text = match (text, role) {
        ("R/M", Role::Dreg) => "R",
        ("R/M", _) => "M",
        ("A (R/M)", Role::Dreg) => "A (R)",
        ("A (R/M)", _) => "A (M)",
        _ => text,
    };
    let words = WORDS
        .iter()
        .chain(&WORDS_OF_SRE)
        .find(|(words, _)| *words == text);
    let cell = words.map_or(text, |(_, cell)| cell).to_owned();
    assert!(
        words.is_some() || text.len() == 1,
        "{capability} {role}: `{text}` is new"
    );
    remarks(capability, role, cell)
}

/// What the page says in prose around its tables.
fn remarks(capability: &str, role: Role, cell: String) -> String {
    match (capability, role) {
        (das, Role::Po | Role::Dir) if das.starts_with("DAS-") => format!("{cell}@AMMORTIZZATORI"),
        ("CAS-8", Role::Dir) => format!("N@CASELLARIO_CENTRALE|{cell}"),
        ("CAS-10", Role::Dir) => format!("A(N)@CASELLARIO_CENTRALE|{cell}"),
        _ => cell,
    }
}
