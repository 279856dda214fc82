//! The columns of tables of payment flows.

use sheet::Cell;

use super::super::columns::days_cells;
use super::super::{ColumnHead, Language};
use super::{LineMeasures, LinePersons};

type Figure = fn(&LineMeasures) -> i64;

/// Whole numbers, in the order of the page: Italian and English head, whether printed, figure.
const COUNTS: [(&str, &str, bool, Figure); 16] = [
    ("Flussi pervenuti", "Flows received", true, |it| {
        it.received_flows
    }),
    ("Trattamenti pervenuti", "Lines received", true, |it| {
        it.received
    }),
    ("Ordinati", "Ordered", true, |it| it.ordered),
    ("Pagati", "Paid", true, |it| it.paid),
    ("Respinti", "Rejected", false, |it| it.rejected),
    ("Annullati", "Cancelled", false, |it| it.cancelled),
    (
        "Restituiti dalla banca",
        "Sent back by the bank",
        false,
        |it| it.sent_back,
    ),
    (
        "Di cui dopo il pagamento",
        "Of which after payment",
        false,
        |it| it.reopened,
    ),
    ("Giacenza", "Stock", true, |it| it.stock),
    ("In verifica", "In verification", false, |it| {
        it.stock_verifying
    }),
    ("Fermi", "Stopped", true, |it| it.stock_stopped),
    ("Da ordinare", "To be ordered", false, |it| {
        it.stock_to_order
    }),
    ("In pagamento", "In payment", false, |it| it.stock_ordered),
    ("Cronici", "Chronic", true, |it| it.stock_chronic),
    ("Molto risalenti", "Very old", true, |it| it.stock_very_old),
    (
        "Usciti dalla giacenza",
        "Gone from the stock",
        false,
        |it| it.paid + it.rejected + it.cancelled,
    ),
];

/// Hours and amounts: Italian and English head, figure in hundredths.
const HUNDREDTHS: [(&str, &str, Figure); 8] = [
    ("Ore dei pervenuti", "Hours of the received", |it| {
        it.received_hours_hundredths
    }),
    (
        "Importo dei pervenuti (euro)",
        "Amount of the received (euro)",
        |it| it.received_cents,
    ),
    (
        "Importo degli ordinati (euro)",
        "Amount of the ordered (euro)",
        |it| it.ordered_cents,
    ),
    ("Ore dei pagati", "Hours of the paid", |it| {
        it.paid_hours_hundredths
    }),
    (
        "Importo dei pagati (euro)",
        "Amount of the paid (euro)",
        |it| it.paid_cents,
    ),
    (
        "Importo dei respinti (euro)",
        "Amount of the rejected (euro)",
        |it| it.rejected_cents,
    ),
    ("Ore in giacenza", "Hours in stock", |it| {
        it.stock_hours_hundredths
    }),
    (
        "Importo in giacenza (euro)",
        "Amount in stock (euro)",
        |it| it.stock_cents,
    ),
];

/// Heads of the columns of figures, after that of what they are of.
pub(super) fn figure_heads(age_classes: &[String], language: Language) -> Vec<ColumnHead> {
    let counts = COUNTS
        .iter()
        .map(|(italian, english, printed, _)| (*italian, *english, *printed));
    let ages = age_classes.iter().map(|class| {
        ColumnHead::on_screen(format!(
            "{} {class} {}",
            language.choose("Giacenza", "Stock"),
            language.choose("giorni", "days")
        ))
    });
    let hundredths = HUNDREDTHS
        .iter()
        .map(|(italian, english, _)| (*italian, *english, false));
    let days = [
        ("Giorni al pagamento: media", "Days to payment: mean", false),
        (
            "Giorni al pagamento: mediana",
            "Days to payment: median",
            true,
        ),
        (
            "Giorni al pagamento: 90° percentile",
            "Days to payment: 90th percentile",
            false,
        ),
    ];
    let named = |head| ColumnHead::of(head, language);
    counts
        .map(named)
        .chain(ages)
        .chain(hundredths.map(named))
        .chain(days.map(named))
        .collect()
}

/// The cells under those heads.
pub(super) fn figure_cells(measures: &LineMeasures) -> Vec<Cell> {
    let mut cells: Vec<Cell> = COUNTS
        .iter()
        .map(|(_, _, _, figure)| Cell::Number(figure(measures)))
        .collect();
    cells.extend(measures.ages.iter().copied().map(Cell::Number));
    let hundredths = HUNDREDTHS.iter();
    cells.extend(hundredths.map(|(_, _, figure)| Cell::Hundredths(figure(measures))));
    cells.extend(days_cells(&measures.payment_days));
    cells
}

/// Heads of the columns of distinct workers.
pub fn person_heads(language: Language) -> [ColumnHead; 6] {
    [
        ("Lavoratori dei pervenuti", "Workers of the received", false),
        ("Lavoratori degli ordinati", "Workers of the ordered", false),
        ("Lavoratori pagati", "Workers paid", false),
        ("Lavoratori dei respinti", "Workers of the rejected", false),
        ("Lavoratori in giacenza", "Workers in stock", false),
        (
            "In attesa del primo pagamento",
            "Waiting for a first payment",
            true,
        ),
    ]
    .map(|head| ColumnHead::of(head, language))
}

/// The cells under those heads.
pub fn person_cells(persons: &LinePersons) -> [Cell; 6] {
    [
        persons.received,
        persons.ordered,
        persons.paid,
        persons.rejected,
        persons.stock,
        persons.first_payment_pending,
    ]
    .map(|one| {
        one.told()
            .map_or_else(|| Cell::Text(one.to_string()), Cell::Number)
    })
}

/// Heads of a table of flows.
pub fn flow_heads(language: Language) -> Vec<ColumnHead> {
    [
        ("Protocollo", "Protocol number", true),
        ("Pervenuto il", "Received on", true),
        ("Sede", "Office", true),
        ("Prodotto", "Product", true),
        ("Tipo di flusso", "Form of the flow", false),
        ("Causale", "Reason", false),
        ("Settore (CSC)", "Sector (CSC)", false),
        ("Dimensione dell'impresa", "Size of the firm", false),
        ("Età (giorni)", "Age (days)", true),
        ("Cronico", "Chronic", true),
        ("Molto risalente", "Very old", false),
        ("Trattamenti del flusso", "Lines of the flow", false),
        ("In giacenza", "In stock", true),
        ("In verifica", "In verification", false),
        ("Fermi", "Stopped", true),
        ("Da ordinare", "To be ordered", false),
        ("In pagamento", "In payment", false),
        ("Anomalie", "Anomalies", false),
        ("Lavoratori", "Workers", false),
        ("Ore", "Hours", false),
        ("Importo (euro)", "Amount (euro)", false),
    ]
    .map(|head| ColumnHead::of(head, language))
    .into()
}

#[cfg(test)]
mod tests {
    use super::super::super::Figures;
    use super::super::Persons;
    use super::*;

    #[test]
    fn there_is_a_cell_under_every_head_of_lines() {
        let classes = ["0-15", ">15"].map(str::to_owned);
        let heads = figure_heads(&classes, Language::English);
        assert_eq!(heads.len(), LineMeasures::none(2).cells().len());
        assert_eq!(heads[16].text, "Stock 0-15 days");
    }

    #[test]
    fn few_workers_are_not_told_in_a_table_either() {
        let persons = LinePersons {
            paid: Persons::new(2),
            stock: Persons::new(7),
            ..LinePersons::default()
        };
        let cells = person_cells(&persons);
        assert_eq!(cells[2], Cell::Text("<3".to_owned()));
        assert_eq!(cells[4], Cell::Number(7));
    }
}
