//! Documents as readers find them.

use chrono::{DateTime, Utc};
use proptest::prelude::*;

use crate::layout::{Laid, Mark, Node, PAGE_HEIGHT, PAGE_WIDTH, Role, Text, set};
use crate::{Align, Block, Column, Document, Entry, Fault, Level, Style, print};

fn document(blocks: Vec<Block>) -> Document {
    Document {
        title: "Provvedimento di accoglimento".into(),
        subject: "Domanda di integrazione salariale".into(),
        author: "Direzione di Milano".into(),
        language: "it-IT".into(),
        issued_at: DateTime::<Utc>::from_timestamp(1_788_336_000, 0).unwrap(),
        foot: "INPS.4900.02/09/2026.0000002".into(),
        numbering: "Pagina {n} di {m}".into(),
        blocks,
    }
}

fn heading(level: Level, text: &str) -> Block {
    Block::Heading {
        level,
        text: text.into(),
    }
}

fn paragraph(text: &str) -> Block {
    Block::Paragraph {
        style: Style::Plain,
        text: text.into(),
    }
}

fn column(title: &str, share: u16, align: Align) -> Column {
    Column {
        title: title.into(),
        share,
        align,
    }
}

fn weeks(rows: usize) -> Block {
    Block::Table {
        caption: "Settimane autorizzate".into(),
        columns: vec![
            column("Settimana", 60, Align::Start),
            column("Lavoratori", 20, Align::End),
            column("Ore", 20, Align::End),
        ],
        rows: (1..=rows)
            .map(|row| vec![format!("settimana {row}"), "12".into(), "1.920,00".into()])
            .collect(),
    }
}

/// One of everything.
fn act() -> Document {
    document(vec![
        heading(Level::Title, "Provvedimento di accoglimento"),
        Block::Definitions {
            entries: vec![Entry {
                name: "Protocollo".into(),
                value: "INPS.4900.02/09/2026.0000002".into(),
            }],
        },
        heading(Level::Section, "Motivazione"),
        paragraph(
            "Esaminata la relazione tecnica, l'evento risulta transitorio e non imputabile al datore di lavoro.",
        ),
        weeks(10),
        Block::Code {
            content: "https://omnia.example.it/verifica/ABCDE".into(),
            alternative: "Codice a barre con l'indirizzo della pagina di verifica".into(),
            lines: vec!["Codice di verifica: ABCDE".into(), String::new()],
        },
        Block::Paragraph {
            style: Style::Closing,
            text: "Il direttore".into(),
        },
    ])
}

fn texts(laid: &Laid) -> impl Iterator<Item = (usize, &Text)> {
    let marks = laid.pages.iter().enumerate();
    marks.flat_map(|(page, marks)| {
        marks.iter().filter_map(move |mark| match mark {
            Mark::Text(text) => Some((page, text)),
            _ => None,
        })
    })
}

/// Everything that is content, in the order of the tree.
fn read_aloud(laid: &Laid) -> Vec<String> {
    fn read(node: &Node, said: &[&str], aloud: &mut Vec<String>) {
        match node {
            Node::Leaf(leaf) => aloud.last_mut().unwrap().push_str(said[*leaf]),
            Node::Group(_, children) => {
                aloud.push(String::new());
                for child in children {
                    read(child, said, aloud);
                }
            }
        }
    }
    let mut said = vec![""; laid.leaves];
    for (_, text) in texts(laid) {
        if let Some(leaf) = text.leaf {
            said[leaf] = &text.words;
        }
    }
    let mut aloud = Vec::new();
    for node in &laid.tree {
        read(node, &said, &mut aloud);
    }
    aloud.retain(|it| !it.is_empty());
    aloud
}

#[test]
fn the_same_document_is_the_same_file() {
    let file = print(&act()).unwrap();
    assert_eq!(print(&act()).unwrap(), file);
    let mut other = act();
    other.issued_at += chrono::TimeDelta::seconds(1);
    assert_ne!(print(&other).unwrap(), file);
}

#[test]
fn a_document_that_was_kept_is_the_same_file() {
    let kept = serde_json::to_string(&act()).unwrap();
    let read: Document = serde_json::from_str(&kept).unwrap();
    assert_eq!(print(&read).unwrap(), print(&act()).unwrap());
}

#[test]
fn a_file_says_that_it_is_archival_and_accessible() {
    let file = String::from_utf8_lossy(&print(&act()).unwrap()).into_owned();
    for said in [
        "<pdfaid:part>2</pdfaid:part>",
        "<pdfaid:conformance>A</pdfaid:conformance>",
        "<pdfuaid:part>1</pdfuaid:part>",
        "<xmp:CreateDate>2026-09-02T08:00:00+00:00</xmp:CreateDate>",
        "Provvedimento di accoglimento",
        "/Lang(it-IT)",
        "/OutputIntents",
    ] {
        assert!(file.contains(said), "{said}");
    }
}

#[test]
fn everything_is_read_in_its_order() {
    let aloud = read_aloud(&set(&act()).unwrap());
    assert_eq!(
        &aloud[..4],
        [
            "Provvedimento di accoglimento",
            "Protocollo",
            "INPS.4900.02/09/2026.0000002",
            "Motivazione"
        ]
    );
    assert_eq!(
        &aloud[5..10],
        [
            "Settimane autorizzate",
            "Settimana",
            "Lavoratori",
            "Ore",
            "settimana 1"
        ]
    );
    assert_eq!(aloud.last().unwrap(), "Il direttore");
}

#[test]
fn a_table_of_thousands_of_rows_repeats_its_head_and_numbers_its_pages() {
    let laid = set(&document(vec![
        heading(Level::Title, "Elenco"),
        weeks(2_000),
    ]))
    .unwrap();
    let count = laid.pages.len();
    assert!((40..80).contains(&count), "{count}");
    for page in 0..count {
        let on_page: Vec<&Text> = texts(&laid)
            .filter(|it| it.0 == page)
            .map(|it| it.1)
            .collect();
        let heads: Vec<_> = on_page
            .iter()
            .filter(|it| it.words == "Lavoratori")
            .collect();
        assert_eq!(heads.len(), 1, "page {page}");
        // Read aloud the head is heard once.
        assert_eq!(heads[0].leaf.is_some(), page == 0);
        let numbering = format!("Pagina {} di {count}", page + 1);
        assert!(
            on_page
                .iter()
                .any(|it| it.words == numbering && it.leaf.is_none())
        );
    }
    let aloud = read_aloud(&laid);
    assert_eq!(
        aloud
            .iter()
            .filter(|it| it.starts_with("settimana "))
            .count(),
        2_000
    );
}

#[test]
fn a_row_taller_than_a_page_goes_on_overleaf_as_one_row() {
    let long = "parola ".repeat(2_000);
    let entries = vec![Entry {
        name: "Motivazione".into(),
        value: long.clone(),
    }];
    let laid = set(&document(vec![Block::Definitions { entries }])).unwrap();
    assert!(laid.pages.len() > 1);
    assert_eq!(read_aloud(&laid), ["Motivazione", long.trim_end()]);
}

#[test]
fn a_row_is_not_broken_when_the_next_page_holds_it() {
    let tall = "parola ".repeat(100);
    let row = |text: &str| vec![text.to_owned(), tall.clone()];
    let block = Block::Table {
        caption: "Rilievi".into(),
        columns: vec![
            column("Codice", 20, Align::Start),
            column("Testo", 80, Align::Start),
        ],
        rows: (0..12)
            .map(|row_number| row(&format!("S{row_number}")))
            .collect(),
    };
    let laid = set(&document(vec![block])).unwrap();
    let pages_of = |node: &Node| {
        let Node::Group(Role::Row, cells) = node else {
            return Vec::new();
        };
        let leaves = cells.iter().flat_map(|cell| match cell {
            Node::Group(_, leaves) => leaves.clone(),
            leaf @ Node::Leaf(_) => vec![leaf.clone()],
        });
        let mut pages: Vec<usize> = leaves
            .filter_map(|leaf| {
                texts(&laid).find(|(_, it)| it.leaf.map(Node::Leaf).as_ref() == Some(&leaf))
            })
            .map(|(page, _)| page)
            .collect();
        pages.dedup();
        pages
    };
    let Node::Group(Role::Table, rows) = &laid.tree[0] else {
        panic!("no table")
    };
    assert!(laid.pages.len() > 1);
    assert!(rows.iter().all(|row| pages_of(row).len() <= 1));
}

#[test]
fn a_heading_is_never_the_last_thing_on_a_page() {
    for before in 0..60 {
        let mut blocks = vec![heading(Level::Title, "Atto")];
        blocks.extend((0..before).map(|_| paragraph("riga")));
        blocks.push(heading(Level::Section, "Avvertenze"));
        blocks.push(paragraph("subito dopo"));
        let laid = set(&document(blocks)).unwrap();
        let page_of = |words: &str| texts(&laid).find(|(_, it)| it.words == words).unwrap().0;
        assert_eq!(page_of("Avvertenze"), page_of("subito dopo"), "{before}");
    }
}

#[test]
fn a_table_that_is_no_table_is_refused() {
    let table = |columns, rows| {
        document(vec![Block::Table {
            caption: "Ore".into(),
            columns,
            rows,
        }])
    };
    let two = || vec![column("a", 1, Align::Start), column("b", 1, Align::End)];
    let ragged = table(
        two(),
        vec![vec![String::new(), String::new()], vec![String::new()]],
    );
    assert_eq!(
        print(&ragged),
        Err(Fault::Ragged {
            table: "Ore".into(),
            row: 2,
            cells: 1,
            columns: 2
        })
    );
    assert_eq!(
        print(&table(Vec::new(), Vec::new())),
        Err(Fault::NoColumns("Ore".into()))
    );
    let none = vec![column("a", 0, Align::Start)];
    assert_eq!(
        print(&table(none, Vec::new())),
        Err(Fault::NoColumns("Ore".into()))
    );
}

#[test]
fn what_people_write_is_set_whatever_it_is() {
    let odd = "中文 \u{1F600} e\u{301} \u{0} «testo» \u{E000} שלום\nnuova riga";
    let file = print(&document(vec![
        heading(Level::Title, odd),
        paragraph(odd),
        paragraph(""),
    ]));
    assert!(file.is_ok(), "{file:?}");
}

fn block() -> impl Strategy<Value = Block> {
    let text = "[a-zA-Zàèéìòù0-9 ,.'-]{0,400}";
    prop_oneof![
        text.prop_map(|text| paragraph(&text)),
        text.prop_map(|text| heading(Level::Section, &text)),
        prop::collection::vec((text, text), 1..6).prop_map(|rows| Block::Table {
            caption: "Tabella".into(),
            columns: vec![
                column("Uno", 30, Align::Start),
                column("Due", 70, Align::End)
            ],
            rows: rows.into_iter().map(|(one, two)| vec![one, two]).collect(),
        }),
        prop::collection::vec((text, text), 1..6).prop_map(|rows| Block::Definitions {
            entries: rows
                .into_iter()
                .map(|(name, value)| Entry { name, value })
                .collect(),
        }),
        text.prop_map(|text| Block::Code {
            content: "https://omnia.example.it/verifica".into(),
            alternative: "codice".into(),
            lines: vec![text],
        }),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn nothing_stands_outside_the_page_or_over_the_foot(blocks in prop::collection::vec(block(), 0..30)) {
        let laid = set(&document(blocks)).unwrap();
        for (_, text) in texts(&laid) {
            let right = text.left + text.face.width(text.words.trim_end(), text.size);
            prop_assert!(text.left >= 50_000 && right <= PAGE_WIDTH - 50_000, "{:?}", text);
            let lowest = if text.leaf.is_some() { PAGE_HEIGHT - 65_000 } else { PAGE_HEIGHT - 40_000 };
            prop_assert!(text.baseline >= 50_000 && text.baseline <= lowest, "{:?}", text);
        }
    }

    #[test]
    fn every_leaf_is_painted_once(blocks in prop::collection::vec(block(), 0..30)) {
        let laid = set(&document(blocks)).unwrap();
        let codes = laid.pages.iter().flatten().filter_map(|mark| match mark {
            Mark::Code { leaf, .. } => Some(*leaf),
            _ => None,
        });
        let mut leaves: Vec<usize> = texts(&laid).filter_map(|(_, it)| it.leaf).chain(codes).collect();
        leaves.sort_unstable();
        prop_assert_eq!(leaves, (0..laid.leaves).collect::<Vec<_>>());
    }
}
