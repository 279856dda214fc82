//! What a service read in a file that it refused: every fault with line, column and rule, page by page and as a file.

use axum::response::Response;
use futures_util::stream;

use super::super::files::attachments::saved_as;
use crate::fields::Fields;
use crate::text::Text;

/// Faults of a page.
const PAGE: usize = 100;

/// A fault of a line.
#[derive(Debug, Clone)]
pub(crate) struct FaultView {
    pub(crate) line: String,
    pub(crate) column: String,
    pub(crate) text: String,
}

/// A page of faults.
#[derive(Debug)]
pub(crate) struct FaultsView {
    pub(crate) rows: Vec<FaultView>,
    /// Address of the first page.
    pub(crate) first: String,
    /// Query of the next page; empty when this is the last.
    pub(crate) next: String,
    /// Whether this is not the first page.
    pub(crate) later: bool,
}

impl FaultsView {
    /// The page that a query asks for.
    pub(crate) fn of(faults: &[FaultView], query: &Fields, first: String) -> Self {
        let from = query.read_as::<usize>("da").unwrap_or(0);
        Self {
            rows: faults.iter().skip(from).take(PAGE).cloned().collect(),
            first,
            next: next(from, faults.len()),
            later: from > 0,
        }
    }
}

fn next(from: usize, told: usize) -> String {
    let next = from.saturating_add(PAGE);
    if next < told {
        format!("?da={next}")
    } else {
        String::new()
    }
}

/// The faults as a file, for whoever mends the list in a spreadsheet.
pub(crate) fn csv(t: Text, faults: &[FaultView]) -> Response {
    let heading = format!(
        "\u{feff}{};{};{}\r\n",
        t.fault_line(),
        t.fault_column(),
        t.fault_rule()
    );
    let lines = faults.iter().map(|fault| {
        let what = fault.text.replace([';', '\r', '\n'], " ");
        format!("{};{};{what}\r\n", fault.line, fault.column)
    });
    let text = std::iter::once(heading).chain(lines).collect::<String>();
    saved_as("errori.csv", stream::iter([Ok(text)]))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_report_is_read_page_by_page() {
        assert_eq!(next(0, 250), "?da=100");
        assert_eq!(next(200, 250), "");
        assert_eq!(next(0, 100), "");
        assert_eq!(next(usize::MAX, 100), "");
    }
}
