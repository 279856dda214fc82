//! What came of every line of a flow, as a file for whoever mends it in a spreadsheet: asked for as fast as the browser takes it.

use std::io::{self, Write};
use std::mem;
use std::sync::{Arc, Mutex, PoisonError};

use axum::extract::{Path, State};
use axum::response::Response;
use futures_util::stream;
use proto::omnia::payments::v1::{Line, ListLinesResponse};
use sheet::{Cell, Head, Table, TableError, TableFormat};

use super::lines::{lines_of, row};
use super::{flow, reader};
use crate::App;
use crate::pages::files::attachments::saved_as;
use crate::pages::id_of;
use crate::problem::{Kind, Outcome, Problem};
use crate::text::Text;
use crate::web::Visitor;

/// Lines of a page that is asked for to write a file.
const PAGE: i32 = 1_000;

/// What was written and not yet sent.
#[derive(Clone, Default)]
struct Written(Arc<Mutex<Vec<u8>>>);

impl Written {
    fn take(&self) -> Vec<u8> {
        mem::take(&mut self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

impl Write for Written {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let mut written = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        written.extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

pub(super) async fn csv(
    State(app): State<Arc<App>>,
    id: Path<String>,
    visit: Visitor,
) -> Outcome<Response> {
    let platform = app.gateway.for_session(reader(&visit)?);
    let t = visit.text();
    let id = id_of(&id)?;
    // What is refused is told before the file begins.
    let (flow, first) = tokio::try_join!(
        flow(&platform, id),
        lines_of(&platform, id, None, PAGE, String::new())
    )?;
    let written = Written::default();
    let table = begin(t, written.clone(), app.clock.now()).map_err(|error| failed(&error))?;
    let start = Some((table, first));
    let pieces = stream::try_unfold(start, move |next| {
        let (platform, written) = (platform.clone(), written.clone());
        async move {
            let Some((mut table, page)) = next else {
                return Ok(None);
            };
            put(t, &mut table, &page.lines).map_err(io::Error::other)?;
            let next = if page.next_page_token.is_empty() {
                table.end().map_err(io::Error::other)?;
                None
            } else {
                let page = lines_of(&platform, id, None, PAGE, page.next_page_token).await;
                let page: ListLinesResponse =
                    page.map_err(|_| io::Error::other("the lines broke off"))?;
                Some((table, page))
            };
            Ok(Some((written.take(), next)))
        }
    });
    let name = format!("{}.csv", flow.protocol_number.replace(['/', '.'], "-"));
    Ok(saved_as(&name, pieces))
}

fn begin(
    t: Text,
    into: Written,
    made_at: chrono::DateTime<chrono::Utc>,
) -> Result<Table<Written>, TableError> {
    let headings = [
        t.pay_line_number(),
        t.codice_fiscale(),
        t.pay_worker(),
        t.pay_month(),
        t.pay_type(),
        t.state(),
        t.pay_code(),
        t.pay_remedy(),
        t.hours(),
        t.pay_gross(),
        t.pay_net(),
        t.pay_expected(),
    ];
    let head = Head {
        sheet: t.pay_lines_title(),
        preamble: &[],
        headings: &headings,
        made_at,
    };
    Table::begin(into, TableFormat::CsvSemicolon, head)
}

fn put(t: Text, table: &mut Table<Written>, lines: &[Line]) -> Result<(), TableError> {
    for line in lines {
        table.row(&cells(t, line))?;
    }
    Ok(())
}

fn cells(t: Text, line: &Line) -> [Cell; 12] {
    let told = row(t, line);
    let amount = |cents: i64| match cents {
        0 => Cell::Empty,
        cents => Cell::Hundredths(cents),
    };
    let joined = |texts: Vec<&str>| Cell::Text(texts.join(", "));
    let anomalies = told.anomalies.iter();
    [
        Cell::Number(told.number.into()),
        Cell::Text(told.codice_fiscale),
        Cell::Text(told.worker),
        Cell::Text(told.month),
        Cell::Text(told.kind.to_owned()),
        Cell::Text(told.state.to_owned()),
        joined(anomalies.clone().map(|it| it.code).collect()),
        joined(anomalies.map(|it| it.remedy.as_str()).collect()),
        Cell::Hundredths(line.hours_hundredths),
        amount(line.gross_cents),
        amount(line.net_cents),
        amount(line.expected_cents),
    ]
}

fn failed(error: &TableError) -> Problem {
    tracing::error!(error = error as &dyn std::error::Error, "write the lines");
    Problem::of(Kind::Internal)
}

#[cfg(test)]
mod tests {
    use proto::omnia::payments::v1::{Anomaly, AnomalyCode, LineState};

    use super::*;
    use crate::text::Language;

    #[test]
    fn a_line_is_told_with_its_code_and_what_to_do() {
        let t = Text(Language::Italian);
        let written = Written::default();
        let mut table = begin(t, written.clone(), chrono::DateTime::UNIX_EPOCH).unwrap();
        let mut line = Line {
            line_number: 2,
            codice_fiscale: "XXBHCB70A01Z990F".to_owned(),
            surname: "=Prova".to_owned(),
            hours_hundredths: 6_400,
            anomalies: vec![Anomaly {
                code: AnomalyCode::NotABeneficiary as i32,
                remedy_it: "Correggere; o annullare.".to_owned(),
                remedy_en: "Mend it.".to_owned(),
            }],
            ..Line::default()
        };
        line.set_state(LineState::Anomaly);
        put(t, &mut table, &[line]).unwrap();
        table.end().unwrap();
        let text = String::from_utf8(written.take()).unwrap();
        let (heading, line) = text.split_once("\r\n").unwrap();
        assert_eq!(heading.split(';').count(), 12);
        assert_eq!(
            line,
            "2;XXBHCB70A01Z990F;'=Prova ;;;ferma;NOT_A_BENEFICIARY;\"Correggere; o annullare.\";64,00;;;\r\n"
        );
    }
}
