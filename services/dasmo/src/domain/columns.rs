//! The columns of tables of figures and of cases.

use sheet::Cell;

use super::{DaysTaken, Language, Measures, Rates};

/// The head of a column.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ColumnHead {
    /// The words.
    pub text: String,
    /// Whether it has a place on paper: a page is read, not calculated with, and as wide as it is.
    pub printed: bool,
}

impl ColumnHead {
    /// With a place on paper.
    pub fn printed(text: impl Into<String>) -> Self {
        Self {
            text: text.into(),
            printed: true,
        }
    }

    /// In spreadsheets only.
    pub fn on_screen(text: impl Into<String>) -> Self {
        Self {
            text: text.into(),
            printed: false,
        }
    }

    pub(super) fn of(head: (&str, &str, bool), language: Language) -> Self {
        let (italian, english, printed) = head;
        Self {
            text: language.choose(italian, english).to_owned(),
            printed,
        }
    }
}

type Figure = fn(&Measures) -> i64;

/// Whole numbers, in the order of the page: Italian and English head, whether printed, figure.
const COUNTS: [(&str, &str, bool, Figure); 18] = [
    ("Pervenute", "Received", true, |it| it.received),
    (
        "Lavoratori delle pervenute",
        "Workers of the received",
        false,
        |it| it.received_workers,
    ),
    ("Definite", "Defined", true, |it| it.defined),
    (
        "Lavoratori delle definite",
        "Workers of the defined",
        false,
        |it| it.defined_workers,
    ),
    ("Accolte", "Accepted", false, |it| it.accepted),
    ("Parzialmente accolte", "Partially accepted", false, |it| {
        it.partially_accepted
    }),
    ("Reiettate", "Rejected", false, |it| it.rejected),
    ("Ritirate", "Withdrawn", false, |it| it.withdrawn),
    ("Annullate", "Annulled", false, |it| it.annulled),
    ("Da altre sedi", "From other offices", false, |it| {
        it.transferred_in
    }),
    ("Ad altre sedi", "To other offices", false, |it| {
        it.transferred_out
    }),
    ("Giacenza", "Stock", true, |it| it.stock),
    ("Da prendere in carico", "To take in charge", false, |it| {
        it.stock_to_take
    }),
    ("In istruttoria", "Under review", false, |it| {
        it.stock_under_review
    }),
    (
        "In attesa del datore",
        "Waiting for the employer",
        false,
        |it| it.stock_waiting,
    ),
    ("Croniche", "Chronic", true, |it| it.stock_chronic),
    ("Molto risalenti", "Very old", true, |it| it.stock_very_old),
    ("Lavoratori in giacenza", "Workers in stock", false, |it| {
        it.stock_workers
    }),
];

/// Heads of the columns of figures, after that of what they are of.
pub(super) fn figure_heads(age_classes: &[String], language: Language) -> Vec<ColumnHead> {
    let counts = COUNTS
        .iter()
        .map(|(italian, english, printed, _)| (*italian, *english, *printed));
    let ages = age_classes.iter().map(|class| {
        let (before, after) = match language {
            Language::Italian => ("Giacenza", "giorni"),
            Language::English => ("Stock", "days"),
        };
        ColumnHead::on_screen(format!("{before} {class} {after}"))
    });
    let rest = [
        ("Ore delle pervenute", "Hours of the received", false),
        ("Ore delle definite", "Hours of the defined", false),
        ("Ore in giacenza", "Hours in stock", false),
        ("Giorni lordi: media", "Gross days: mean", false),
        ("Giorni lordi: mediana", "Gross days: median", true),
        (
            "Giorni lordi: 90° percentile",
            "Gross days: 90th percentile",
            false,
        ),
        ("Giorni netti: media", "Net days: mean", false),
        ("Giorni netti: mediana", "Net days: median", false),
        (
            "Giorni netti: 90° percentile",
            "Net days: 90th percentile",
            false,
        ),
        ("In riesame", "Under reexamination", false),
        ("In ricorso", "Under appeal", false),
    ];
    let named = |head| ColumnHead::of(head, language);
    counts
        .map(named)
        .chain(ages)
        .chain(rest.map(named))
        .collect()
}

/// The cells under those heads.
pub(super) fn figure_cells(measures: &Measures) -> Vec<Cell> {
    let mut cells: Vec<Cell> = COUNTS
        .iter()
        .map(|(_, _, _, figure)| Cell::Number(figure(measures)))
        .collect();
    cells.extend(measures.ages.iter().copied().map(Cell::Number));
    cells.push(Cell::Hundredths(measures.received_hours_hundredths));
    cells.push(Cell::Hundredths(measures.defined_hours_hundredths));
    cells.push(Cell::Hundredths(measures.stock_hours_hundredths));
    for taken in [&measures.gross_days, &measures.net_days] {
        cells.extend(days_cells(taken));
    }
    cells.push(Cell::Number(measures.reexaminations_pending));
    cells.push(Cell::Number(measures.appeals_pending));
    cells
}

pub(super) fn days_cells(taken: &DaysTaken) -> [Cell; 3] {
    taken
        .summary()
        .map_or([Cell::Empty, Cell::Empty, Cell::Empty], |summary| {
            [
                Cell::Hundredths(summary.mean_hundredths),
                Cell::Number(summary.median.into()),
                Cell::Number(summary.p90.into()),
            ]
        })
}

/// Heads of the columns that compare.
pub fn rate_heads(language: Language) -> [ColumnHead; 5] {
    [
        ("Indice di deflusso (%)", "Clearance (%)", true),
        (
            "Indice di giacenza (giorni)",
            "Stock in days of arrivals",
            false,
        ),
        (
            "Croniche (% della giacenza)",
            "Chronic (% of the stock)",
            false,
        ),
        (
            "Accolte (% delle definite)",
            "Accepted (% of the defined)",
            false,
        ),
        ("In crescita", "Growing", false),
    ]
    .map(|head| ColumnHead::of(head, language))
}

/// The cells under those heads.
pub fn rate_cells(rates: &Rates, growing: Option<bool>, language: Language) -> [Cell; 5] {
    let rate = |rate: Option<i64>| rate.map_or(Cell::Empty, Cell::Hundredths);
    [
        rate(rates.clearance),
        rate(rates.stock_days),
        rate(rates.chronic),
        rate(rates.acceptance),
        Cell::text(growing.map(|growing| yes_or_no(growing, language))),
    ]
}

/// A flag in words.
pub fn yes_or_no(flag: bool, language: Language) -> &'static str {
    if flag {
        language.choose("sì", "yes")
    } else {
        "no"
    }
}

/// Heads of a table of cases.
pub fn case_heads(language: Language) -> Vec<ColumnHead> {
    [
        ("Protocollo", "Protocol number", true),
        ("Protocollata il", "Submitted on", true),
        ("Sede", "Office", true),
        ("Prodotto", "Product", true),
        ("Causale", "Reason", false),
        ("Modalità di pagamento", "Payment", false),
        ("Settore (CSC)", "Sector (CSC)", false),
        ("Dimensione dell'impresa", "Size of the firm", false),
        ("Stato", "State", true),
        ("Età (giorni)", "Age (days)", true),
        ("Cronica", "Chronic", true),
        ("Molto risalente", "Very old", false),
        ("Lavoratori", "Workers", false),
        ("Ore", "Hours", false),
    ]
    .map(|head| ColumnHead::of(head, language))
    .into()
}

#[cfg(test)]
mod tests {
    use super::super::Figures;
    use super::*;

    #[test]
    fn there_is_a_cell_under_every_head() {
        let classes = ["0-15", ">15"].map(str::to_owned);
        let heads = figure_heads(&classes, Language::Italian);
        assert_eq!(heads.len(), figure_cells(&Measures::none(2)).len());
        assert_eq!(heads[COUNTS.len()].text, "Giacenza 0-15 giorni");
    }

    #[test]
    fn what_was_not_measured_is_empty_and_not_zero() {
        let cells = figure_cells(&Measures::none(0));
        assert_eq!(cells.iter().filter(|cell| **cell == Cell::Empty).count(), 6);
        let none = rate_cells(&Rates::of(&Measures::none(0), 1), None, Language::English);
        assert!(none.iter().all(|cell| *cell == Cell::Empty));
    }
}
