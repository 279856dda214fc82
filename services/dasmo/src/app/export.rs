//! Export of exactly what is shown (`claims.md` DAS-7).
//!
//! The table is written to a temporary file while it is read in one snapshot; then the file is sent as fast as the client
//! takes it. So a slow client holds no transaction, and neither side holds the whole.

use std::collections::BTreeMap;
use std::fs::File;
use std::io::{Seek, SeekFrom, Write};
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use chassis::db::ScopedFutureExt;
use chassis::identity::Caller;
use chassis::identity::refusal::too_many_requests;
use chassis::paging::Page;
use chassis::{Failure, Tx};
use chrono::{DateTime, NaiveDate, Utc};
use press::{Align, Block, Column, Document, Entry, Level};
use sheet::{Cell, Head, Table, TableError, TableFormat};
use tokio::sync::mpsc;
use tokio_stream::wrappers::ReceiverStream;

use super::cases::{CaseKey, CasesQuestion, ClaimCases, List, key_of};
use super::dashboard::{Dashboard, last_published};
use super::figures::{
    Breakdown, BreakdownQuestion, Claims, Grouping, Part, Subject, TrendQuestion,
};
use super::lines::{LineBreakdown, Lines, StockFlows};
use crate::domain::lines::{person_cells, person_heads};
use crate::domain::{
    Axis, ColumnHead, Dimension, Figures, Filter, Language, Selection, rate_cells, rate_heads,
    words,
};
use crate::store::corrections::Noted;
use crate::store::volumes;

/// Cases of a table at most.
const ROWS_MOST: i64 = 200_000;
/// Cases of a document at most: more are nothing to read.
const PRINTED_MOST: i64 = 500;
/// Cases read at a time.
const PAGE: i64 = 1_000;
/// Pages read ahead of the writer.
const PAGES_AHEAD: usize = 2;
/// Pieces read ahead of the client.
const PIECES_AHEAD: usize = 4;
/// Exports of a process at a time: each holds a connection and a file while it is written.
pub(crate) const AT_A_TIME: usize = 3;
/// When whoever found no turn may ask again.
const AGAIN_AFTER: Duration = Duration::from_secs(5);

/// What is shown.
#[derive(Debug, Clone)]
pub(crate) enum Question {
    Breakdown(BreakdownQuestion),
    Trend(TrendQuestion),
    Cases(CasesQuestion),
    FlowBreakdown(BreakdownQuestion),
    FlowTrend(TrendQuestion),
    Flows(CasesQuestion),
}

impl Question {
    fn filter(&self) -> &Filter {
        match self {
            Self::Breakdown(question) | Self::FlowBreakdown(question) => &question.filter,
            Self::Trend(question) | Self::FlowTrend(question) => &question.filter,
            Self::Cases(question) | Self::Flows(question) => &question.filter,
        }
    }

    fn file(&self, language: Language) -> &'static str {
        let (italian, english) = match self {
            Self::Breakdown(_) => ("dasmo-dati", "dasmo-figures"),
            Self::Trend(_) => ("dasmo-andamento", "dasmo-trend"),
            Self::Cases(_) => ("dasmo-pratiche", "dasmo-cases"),
            Self::FlowBreakdown(_) => ("dasmo-flussi-dati", "dasmo-flow-figures"),
            Self::FlowTrend(_) => ("dasmo-flussi-andamento", "dasmo-flow-trend"),
            Self::Flows(_) => ("dasmo-flussi", "dasmo-flows"),
        };
        language.choose(italian, english)
    }
}

/// In what form.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Format {
    Table(TableFormat),
    Pdf,
}

impl Format {
    fn extension(self) -> &'static str {
        match self {
            Self::Table(format) => format.extension(),
            Self::Pdf => "pdf",
        }
    }

    fn media_type(self) -> &'static str {
        match self {
            Self::Table(format) => format.media_type(),
            Self::Pdf => "application/pdf",
        }
    }

    fn code(self) -> &'static str {
        match self {
            Self::Table(format) => format.code(),
            Self::Pdf => "PDF",
        }
    }

    fn rows_most(self) -> i64 {
        match self {
            Self::Table(_) => ROWS_MOST,
            Self::Pdf => PRINTED_MOST,
        }
    }
}

/// What to export.
#[derive(Debug, Clone)]
pub(crate) struct ExportCommand {
    pub(crate) question: Question,
    pub(crate) format: Format,
    pub(crate) language: Language,
}

/// An export that is written and on its way.
#[derive(Debug)]
pub(crate) struct Exporting {
    pub(crate) file_name: String,
    pub(crate) media_type: &'static str,
    pub(crate) rows_total: i64,
    pub(crate) pieces: ReceiverStream<Result<Bytes, Failure>>,
}

/// Lines of a preamble that say what the figures are of; those after them say who took them along.
const ABOUT: usize = 3;

/// A breakdown to print, for a digest.
pub(super) struct Printing<'a> {
    pub(super) subject: Noted,
    pub(super) question: BreakdownQuestion,
    pub(super) language: Language,
    /// The values whose rows are wanted; `None` for all.
    pub(super) only: Option<&'a BTreeMap<String, String>>,
}

/// Figures as they are printed.
#[derive(Debug)]
pub(super) struct Printed {
    pub(super) name: String,
    /// What they are of.
    pub(super) about: Vec<(String, String)>,
    pub(super) heads: Vec<String>,
    pub(super) rows: Vec<Vec<String>>,
    pub(super) day: NaiveDate,
    /// Whether the last published day is not yesterday.
    pub(super) stale: bool,
}

/// What stands above the rows of a table.
#[derive(Debug, Clone)]
struct Title {
    name: String,
    preamble: Vec<(String, Cell)>,
    headings: Vec<ColumnHead>,
    made_at: DateTime<Utc>,
    language: Language,
}

type Rows = Vec<Vec<Cell>>;

impl Dashboard {
    /// Writes what a question shows into a file. Refused as the question is, and when there are too many rows, or too
    /// many exports at a time.
    pub(crate) async fn export(
        &self,
        caller: &Caller,
        command: ExportCommand,
    ) -> Result<Exporting, Failure> {
        let turn = Arc::clone(&self.exports)
            .try_acquire_owned()
            .map_err(|_| too_many_requests(AGAIN_AFTER))?;
        let filter = command.question.filter().clone();
        let selection = &self.select(caller, "dasmo.export", filter).await?;
        let command = &command;
        let (file, day, rows_total) = self
            .database
            .transaction("export_figures", |tx| {
                async move { self.write(tx, caller, command, selection).await }.scope_boxed()
            })
            .await?;
        drop(turn);
        let name = command.question.file(command.language);
        let ending = command.format.extension();
        Ok(Exporting {
            file_name: format!("{name}-{}.{ending}", day.format("%Y%m%d")),
            media_type: command.format.media_type(),
            rows_total,
            pieces: pieces_of(file),
        })
    }

    /// The file, the day that it is of, and how many rows it has.
    async fn write(
        &self,
        tx: &mut Tx,
        caller: &Caller,
        command: &ExportCommand,
        selection: &Selection,
    ) -> Result<(File, NaiveDate, i64), Failure> {
        let written = match &command.question {
            Question::Breakdown(question) => {
                let breakdown = self.cut::<Claims>(tx, question, selection).await?;
                let written = self.breakdown_rows(caller, command, question, &breakdown);
                let (title, rows, day) = written;
                (whole(title, rows, command.format).await?, day)
            }
            Question::FlowBreakdown(question) => {
                let cut = self.cut_lines(tx, question, selection).await?;
                let (title, rows, day) = self.line_rows(caller, command, question, &cut);
                (whole(title, rows, command.format).await?, day)
            }
            Question::FlowTrend(question) => {
                let (title, rows, day) = self
                    .trend_rows::<Lines>(tx, caller, command, question, selection)
                    .await?;
                (whole(title, rows, command.format).await?, day)
            }
            Question::Flows(question) => {
                self.list_file::<StockFlows>(tx, caller, command, question, selection)
                    .await?
            }
            Question::Trend(question) => {
                let (title, rows, day) = self
                    .trend_rows::<Claims>(tx, caller, command, question, selection)
                    .await?;
                (whole(title, rows, command.format).await?, day)
            }
            Question::Cases(question) => {
                self.list_file::<ClaimCases>(tx, caller, command, question, selection)
                    .await?
            }
        };
        let ((file, rows), day) = written;
        let resource = format!(
            "{}/{day}/{}",
            command.question.file(Language::English),
            command.format.code()
        );
        let counted = usize::try_from(rows).unwrap_or(usize::MAX);
        self.shown(tx, caller, "dasmo.export", resource, counted)
            .await?;
        Ok((file, day, rows))
    }

    fn breakdown_rows<F: Figures>(
        &self,
        caller: &Caller,
        command: &ExportCommand,
        question: &BreakdownQuestion,
        breakdown: &Breakdown<F>,
    ) -> (Title, Rows, NaiveDate) {
        let language = command.language;
        let axis = axis_of(question.by);
        let day = breakdown.picture.day;
        let mut headings = vec![ColumnHead::printed(words::axis(axis, language))];
        headings.extend(F::heads(&breakdown.picture.age_classes, language));
        headings.extend(rate_heads(language));
        let total = language.choose("Totale", "Total").to_owned();
        let rows = breakdown
            .parts
            .iter()
            .map(|part| (words::value(axis, &part.value, language), part))
            .chain([(total, &breakdown.total)])
            .map(|(name, part)| part_cells(name, part, language))
            .collect();
        let mut title = self.title(caller, command, day, breakdown.stale, headings);
        title.preamble.insert(
            1,
            (
                language.choose("Movimenti dal", "Counted from").to_owned(),
                Cell::Day(breakdown.from),
            ),
        );
        (title, rows, day)
    }

    fn line_rows(
        &self,
        caller: &Caller,
        command: &ExportCommand,
        question: &BreakdownQuestion,
        cut: &LineBreakdown,
    ) -> (Title, Rows, NaiveDate) {
        let written = self.breakdown_rows(caller, command, question, &cut.breakdown);
        let (mut title, mut rows, day) = written;
        title.headings.extend(person_heads(command.language));
        for (row, persons) in rows.iter_mut().zip(cut.in_order()) {
            row.extend(person_cells(&persons));
        }
        (title, rows, day)
    }

    /// A breakdown as it is printed: the same rows that the page and the file show, or some of them with the total of all.
    pub(in crate::app) async fn print_breakdown(
        &self,
        tx: &mut Tx,
        caller: &Caller,
        selection: &Selection,
        printing: Printing<'_>,
    ) -> Result<Printed, Failure> {
        let Printing {
            subject,
            question,
            language,
            only,
        } = printing;
        let command = &ExportCommand {
            question: match subject {
                Noted::Claims => Question::Breakdown(question.clone()),
                Noted::Lines => Question::FlowBreakdown(question.clone()),
            },
            format: Format::Pdf,
            language,
        };
        let wanted = |value: &str| only.is_none_or(|only| only.contains_key(value));
        let ((title, rows, day), stale) = match subject {
            Noted::Claims => {
                let mut cut = self.cut::<Claims>(tx, &question, selection).await?;
                cut.parts.retain(|part| wanted(&part.value));
                let rows = self.breakdown_rows(caller, command, &question, &cut);
                (rows, cut.stale)
            }
            Noted::Lines => {
                let mut cut = self.cut_lines(tx, &question, selection).await?;
                cut.breakdown.parts.retain(|part| wanted(&part.value));
                let rows = self.line_rows(caller, command, &question, &cut);
                (rows, cut.breakdown.stale)
            }
        };
        let (heads, rows) = printed(&title, &rows);
        Ok(Printed {
            about: title.preamble[..ABOUT]
                .iter()
                .map(|(name, value)| (name.clone(), told(value, language)))
                .collect(),
            name: title.name,
            heads,
            rows,
            day,
            stale,
        })
    }

    async fn trend_rows<S: Subject>(
        &self,
        tx: &mut Tx,
        caller: &Caller,
        command: &ExportCommand,
        question: &TrendQuestion,
        selection: &Selection,
    ) -> Result<(Title, Rows, NaiveDate), Failure> {
        let language = command.language;
        let trend = self.follow::<S>(tx, question, selection).await?;
        let stale = trend.stale;
        let trend = trend.periods;
        let day = trend.last().map_or(question.to, |period| period.to);
        let classes = trend
            .last()
            .map(|period| period.age_classes.clone())
            .unwrap_or_default();
        let mut headings: Vec<ColumnHead> = [("Dal", "From"), ("Al", "To")]
            .map(|(italian, english)| ColumnHead::printed(language.choose(italian, english)))
            .into();
        headings.extend(S::Figures::heads(&classes, language));
        let rows = trend
            .iter()
            .map(|period| {
                let figures = period.total.clone().with_age_classes(classes.len());
                let mut cells = vec![Cell::Day(period.from), Cell::Day(period.to)];
                cells.extend(figures.cells());
                cells
            })
            .collect();
        Ok((self.title(caller, command, day, stale, headings), rows, day))
    }

    async fn list_file<L: List>(
        &self,
        tx: &mut Tx,
        caller: &Caller,
        command: &ExportCommand,
        question: &CasesQuestion,
        selection: &Selection,
    ) -> Result<((File, i64), NaiveDate), Failure> {
        volumes::take_snapshot(tx).await?;
        let day = last_published(tx).await?.day;
        let most = command.format.rows_most();
        let found = L::count(tx, day, selection, &question.cases, most + 1).await?;
        if found > most {
            return Err(Failure::field(
                "filter",
                format!("finds more than {most} cases: narrow it"),
            ));
        }
        let stale = self.stale(Some(day));
        let title = self.title(caller, command, day, stale, L::heads(command.language));
        let (pages, coming) = mpsc::channel(PAGES_AHEAD);
        let format = command.format;
        let writing = tokio::task::spawn_blocking(move || written(&title, format, coming));
        let read = read_pages::<L>(tx, day, selection, question, command.language, pages).await;
        let file = writing.await.map_err(Failure::internal)?;
        read?;
        Ok((file?, day))
    }

    fn title(
        &self,
        caller: &Caller,
        command: &ExportCommand,
        day: NaiveDate,
        stale: bool,
        headings: Vec<ColumnHead>,
    ) -> Title {
        let language = command.language;
        let say = |italian: &str, english: &str| language.choose(italian, english).to_owned();
        let now = self.clock.now();
        let name = match &command.question {
            Question::Breakdown(_) => say("DASMO – Dati", "DASMO – Figures"),
            Question::Trend(_) => say("DASMO – Andamento", "DASMO – Trend"),
            Question::Cases(_) => say("DASMO – Pratiche in giacenza", "DASMO – Cases in stock"),
            Question::FlowBreakdown(_) => say(
                "DASMO – Flussi di pagamento: dati",
                "DASMO – Payment flows: figures",
            ),
            Question::FlowTrend(_) => say(
                "DASMO – Flussi di pagamento: andamento",
                "DASMO – Payment flows: trend",
            ),
            Question::Flows(_) => say(
                "DASMO – Flussi di pagamento in giacenza",
                "DASMO – Payment flows in stock",
            ),
        };
        let mut title = Title {
            name,
            preamble: vec![
                (say("Situazione al", "As of"), Cell::Day(day)),
                (
                    say("Filtri", "Filters"),
                    Cell::Text(told_filters(&command.question, language)),
                ),
                (
                    say("Estratto da", "Exported by"),
                    Cell::Text(caller.name.0.clone()),
                ),
                (say("Estratto il", "Exported at"), Cell::instant(now)),
            ],
            headings,
            made_at: now,
            language,
        };
        if stale {
            title.preamble.push((
                say("Avvertenza", "Notice"),
                Cell::Text(words::stale(language).to_owned()),
            ));
        }
        title
    }
}

fn part_cells<F: Figures>(name: String, part: &Part<F>, language: Language) -> Vec<Cell> {
    let mut cells = vec![Cell::Text(name)];
    cells.extend(part.figures.cells());
    cells.extend(rate_cells(&part.rates, part.growing, language));
    cells
}

fn told_filters(question: &Question, language: Language) -> String {
    let mut flags = Vec::new();
    let parts = match question {
        Question::Cases(question) | Question::Flows(question) => {
            if question.cases.only_chronic {
                flags.push(language.choose("solo croniche", "only chronic"));
            }
            if question.cases.only_very_old {
                flags.push(language.choose("solo molto risalenti", "only very old"));
            }
            &question.cases.parts[..]
        }
        _ => &[],
    };
    words::filters(question.filter(), parts, &flags, language)
}

fn axis_of(by: Grouping) -> Axis {
    match by {
        Grouping::Region => Axis::Region,
        Grouping::Product => Axis::Product,
        Grouping::Section => Axis::Section,
        Grouping::Office | Grouping::OfficeAndProduct => Axis::Office,
        Grouping::Values(dimension) => Axis::Of(dimension),
        Grouping::Nothing => Axis::Of(Dimension::Whole),
    }
}

/// Reads cases page by page. Nobody waits for the rest when the writer is gone.
async fn read_pages<L: List>(
    tx: &mut Tx,
    day: NaiveDate,
    selection: &Selection,
    question: &CasesQuestion,
    language: Language,
    pages: mpsc::Sender<Rows>,
) -> Result<(), Failure> {
    let mut page = Page::<CaseKey> {
        size: PAGE,
        after: None,
    };
    loop {
        let mut found = L::page(tx, day, selection, &question.cases, &page).await?;
        let more = i64::try_from(found.len()).unwrap_or(i64::MAX) > PAGE;
        if more {
            found.pop();
        }
        page.after = found.last().map(|row| key_of::<L>(day, row));
        let rows = found
            .into_iter()
            .map(|row| L::cells(row, language))
            .collect();
        if pages.send(rows).await.is_err() || !more {
            return Ok(());
        }
    }
}

/// A table of which all rows are there.
async fn whole(title: Title, rows: Rows, format: Format) -> Result<(File, i64), Failure> {
    let (pages, coming) = mpsc::channel(1);
    let writing = tokio::task::spawn_blocking(move || written(&title, format, coming));
    // A writer that is gone says why itself.
    let _ = pages.send(rows).await;
    drop(pages);
    writing.await.map_err(Failure::internal)?
}

/// The file of what comes, from its beginning, and its rows.
fn written(
    title: &Title,
    format: Format,
    coming: mpsc::Receiver<Rows>,
) -> Result<(File, i64), Failure> {
    let (mut file, rows) = match format {
        Format::Table(format) => table(title, format, coming).map_err(Failure::internal)?,
        Format::Pdf => document(title, coming)?,
    };
    file.seek(SeekFrom::Start(0)).map_err(Failure::internal)?;
    Ok((file, rows))
}

fn table(
    title: &Title,
    format: TableFormat,
    mut coming: mpsc::Receiver<Rows>,
) -> Result<(File, i64), TableError> {
    let headings: Vec<&str> = title.headings.iter().map(|it| it.text.as_str()).collect();
    let head = Head {
        sheet: "DASMO",
        preamble: &title.preamble,
        headings: &headings,
        made_at: title.made_at,
    };
    let mut table = Table::begin(tempfile::tempfile()?, format, head)?;
    let mut rows = 0;
    while let Some(page) = coming.blocking_recv() {
        for cells in &page {
            table.row(cells)?;
            rows += 1;
        }
    }
    Ok((table.end()?, rows))
}

fn document(title: &Title, mut coming: mpsc::Receiver<Rows>) -> Result<(File, i64), Failure> {
    let mut rows = Vec::new();
    while let Some(page) = coming.blocking_recv() {
        rows.extend(page);
    }
    let language = title.language;
    let entry = |(name, value): &(String, Cell)| Entry {
        name: name.clone(),
        value: told(value, language),
    };
    let (heads, rows) = printed(title, &rows);
    let column = |(position, head): (usize, String)| Column {
        title: head,
        share: if position == 0 { 2 } else { 1 },
        align: if position == 0 {
            Align::Start
        } else {
            Align::End
        },
    };
    let counted = rows.len();
    let bytes = press::print(&Document {
        title: title.name.clone(),
        subject: language
            .choose(
                "Cruscotto di monitoraggio degli ammortizzatori sociali",
                "Dashboard of social safety nets",
            )
            .to_owned(),
        author: "INPS".to_owned(),
        language: language.tag().to_owned(),
        issued_at: title.made_at,
        foot: title.name.clone(),
        numbering: language
            .choose("Pagina {n} di {m}", "Page {n} of {m}")
            .to_owned(),
        blocks: vec![
            Block::Heading {
                level: Level::Title,
                text: title.name.clone(),
            },
            Block::Definitions {
                entries: title.preamble.iter().map(entry).collect(),
            },
            Block::Table {
                caption: title.name.clone(),
                columns: heads.into_iter().enumerate().map(column).collect(),
                rows,
            },
        ],
    })
    .map_err(Failure::internal)?;
    let mut file = tempfile::tempfile().map_err(Failure::internal)?;
    file.write_all(&bytes).map_err(Failure::internal)?;
    Ok((file, i64::try_from(counted).unwrap_or(i64::MAX)))
}

/// The heads and cells that have a place on paper, as people write them.
fn printed(title: &Title, rows: &Rows) -> (Vec<String>, Vec<Vec<String>>) {
    let heads = title.headings.iter().enumerate();
    let (chosen, heads): (Vec<usize>, Vec<String>) = heads
        .filter(|(_, head)| head.printed)
        .map(|(position, head)| (position, head.text.clone()))
        .unzip();
    let cell = |row: &Vec<Cell>, position: usize| {
        row.get(position)
            .map_or(String::new(), |cell| told(cell, title.language))
    };
    let row = |row: &Vec<Cell>| chosen.iter().map(|position| cell(row, *position)).collect();
    (heads, rows.iter().map(row).collect())
}

/// A cell as people write it.
fn told(cell: &Cell, language: Language) -> String {
    match cell {
        Cell::Empty => "–".to_owned(),
        Cell::Text(text) => text.clone(),
        Cell::Number(number) => number.to_string(),
        Cell::Hundredths(hundredths) => {
            let sign = if *hundredths < 0 { "-" } else { "" };
            let size = hundredths.unsigned_abs();
            let decimal = language.choose(",", ".");
            format!("{sign}{}{decimal}{:02}", size / 100, size % 100)
        }
        Cell::Day(day) => day.format("%d/%m/%Y").to_string(),
        Cell::Instant(at) => at.format("%d/%m/%Y %H:%M").to_string(),
    }
}

/// The pieces of a file, read as the client takes them.
fn pieces_of(file: File) -> ReceiverStream<Result<Bytes, Failure>> {
    let (pieces, coming) = mpsc::channel(PIECES_AHEAD);
    tokio::spawn(async move {
        if let Err(error) = sheet::send(file, &pieces, Ok).await {
            // The client learns of it before the stream ends, so that half a table is not taken for a whole one.
            let _ = pieces.send(Err(Failure::internal(error))).await;
        }
    });
    ReceiverStream::new(coming)
}
