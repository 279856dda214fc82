//! Where everything stands: a document as pages of marks, and the tree that says what the marks are.
//!
//! Lengths run right and down from the corner of the page.

use crate::code::Modules;
use crate::document::{Align, Block, Column, Document, Entry, Level, Style};
use crate::face::{Face, settable};
use crate::wrap::lines;
use crate::{Fault, face};

/// Width of a page (A4).
pub(crate) const PAGE_WIDTH: i32 = 595_276;
/// Height of a page (A4).
pub(crate) const PAGE_HEIGHT: i32 = 841_890;
/// White at either side.
const SIDE: i32 = 56_693;
/// White above the text.
const TOP: i32 = 56_693;
/// Where the text ends.
const BOTTOM: i32 = PAGE_HEIGHT - 70_866;
/// Where the foot stands.
const FOOT: i32 = PAGE_HEIGHT - 42_520;
/// Width of the text.
const MEASURE: i32 = PAGE_WIDTH - 2 * SIDE;
/// White between a cell and its text.
const PADDING: i32 = 3_000;
/// Side of a code.
const CODE_SIDE: i32 = 79_370;
/// White between a code and the lines beside it.
const CODE_GAP: i32 = 14_173;
/// Share of the names in a table of definitions, of a hundred.
const NAMES: u16 = 32;

/// A document, laid out.
#[derive(Debug, Default)]
pub(crate) struct Laid {
    /// Marks of each page.
    pub(crate) pages: Vec<Vec<Mark>>,
    /// What the marks are.
    pub(crate) tree: Vec<Node>,
    /// How many leaves the tree has.
    pub(crate) leaves: usize,
    /// Headings and where they stand.
    pub(crate) outline: Vec<Place>,
}

/// Something on a page.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Mark {
    /// A line of text.
    Text(Text),
    /// A thin line from side to side.
    Rule {
        /// Where it starts.
        left: i32,
        /// Its height on the page.
        top: i32,
        /// How long it is.
        width: i32,
    },
    /// A code.
    Code {
        /// Its leaf.
        leaf: usize,
        /// Where it starts.
        left: i32,
        /// Its upper side.
        top: i32,
        /// How large it is.
        side: i32,
        /// What is dark.
        modules: Modules,
    },
}

/// A line of text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Text {
    /// Its leaf; `None` for what is not content: feet, and heads of tables that are repeated.
    pub(crate) leaf: Option<usize>,
    /// In what cut.
    pub(crate) face: Face,
    /// At what size.
    pub(crate) size: i32,
    /// Where it starts.
    pub(crate) left: i32,
    /// On what it stands.
    pub(crate) baseline: i32,
    /// The words.
    pub(crate) words: String,
}

/// A node of the tree.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Node {
    /// What its children are together.
    Group(Role, Vec<Node>),
    /// Marks of a page.
    Leaf(usize),
}

/// What something is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Role {
    Heading(Level, String),
    Paragraph,
    Caption,
    Table,
    Row,
    ColumnHeader,
    RowHeader,
    Cell,
    Figure(String),
}

/// A heading and where it stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Place {
    pub(crate) level: Level,
    pub(crate) title: String,
    pub(crate) page: usize,
    pub(crate) top: i32,
}

/// How text looks.
#[derive(Debug, Clone, Copy)]
struct Look {
    face: Face,
    size: i32,
    leading: i32,
    before: i32,
    align: Align,
}

const PLAIN: Look = look(Face::Regular, 10_000, 14_000, 5_000, Align::Start);
const SMALL: Look = look(Face::Regular, 8_500, 12_000, 4_000, Align::Start);
const CELL: Look = look(Face::Regular, 9_000, 12_500, 0, Align::Start);
const HEAD: Look = look(Face::Bold, 9_000, 12_500, 0, Align::Start);
const CAPTION: Look = look(Face::Bold, 9_000, 12_500, 6_000, Align::Start);
const FOOTNOTE: Look = look(Face::Regular, 8_000, 11_000, 0, Align::Start);

const fn look(face: Face, size: i32, leading: i32, before: i32, align: Align) -> Look {
    Look {
        face,
        size,
        leading,
        before,
        align,
    }
}

impl Style {
    fn look(self) -> Look {
        match self {
            Self::Plain => PLAIN,
            Self::Small => SMALL,
            Self::Strong => Look {
                face: Face::Bold,
                ..PLAIN
            },
            Self::Centred => Look {
                face: Face::Bold,
                align: Align::Centre,
                before: 10_000,
                ..PLAIN
            },
            Self::Closing => Look {
                align: Align::End,
                ..PLAIN
            },
        }
    }
}

impl Level {
    fn look(self) -> Look {
        match self {
            Self::Title => look(Face::Bold, 15_000, 20_000, 8_000, Align::Start),
            Self::Section => look(Face::Bold, 11_500, 16_000, 13_000, Align::Start),
        }
    }
}

/// Lays a document out.
pub(crate) fn set(document: &Document) -> Result<Laid, Fault> {
    let mut setter = Setter::default();
    setter.turn();
    for block in &document.blocks {
        setter.block(block)?;
    }
    let mut laid = setter.laid;
    number(&mut laid.pages, document);
    Ok(laid)
}

/// Writes the feet, once it is known how many pages there are.
fn number(pages: &mut [Vec<Mark>], document: &Document) {
    let count = pages.len();
    for (place, page) in pages.iter_mut().enumerate() {
        let numbering = document
            .numbering
            .replace("{n}", &(place + 1).to_string())
            .replace("{m}", &count.to_string());
        let numbering = settable(&numbering);
        let used = FOOTNOTE.face.width(&numbering, FOOTNOTE.size);
        let room = MEASURE - used - CODE_GAP;
        let foot = settable(&document.foot);
        let foot = lines(&foot, FOOTNOTE.face, FOOTNOTE.size, room).swap_remove(0);
        page.push(Mark::Rule {
            left: SIDE,
            top: FOOT - FOOTNOTE.leading,
            width: MEASURE,
        });
        for (left, words) in [(SIDE, foot), (SIDE + MEASURE - used, numbering)] {
            page.push(Mark::Text(Text {
                leaf: None,
                face: FOOTNOTE.face,
                size: FOOTNOTE.size,
                left,
                baseline: FOOT,
                words,
            }));
        }
    }
}

/// A row of cells.
struct Band {
    cells: Vec<Cell>,
}

struct Cell {
    role: Role,
    look: Look,
    lines: Vec<String>,
}

/// Where a column stands.
#[derive(Clone, Copy)]
struct Track {
    left: i32,
    width: i32,
}

impl Band {
    fn most_lines(&self) -> usize {
        let lines = self.cells.iter().map(|cell| cell.lines.len());
        lines.max().unwrap_or(1)
    }
}

#[derive(Default)]
struct Setter {
    laid: Laid,
    y: i32,
}

impl Setter {
    /// Begins a page.
    fn turn(&mut self) {
        self.laid.pages.push(Vec::new());
        self.y = TOP;
    }

    fn is_fresh(&self) -> bool {
        self.y == TOP
    }

    fn fits(&self, height: i32) -> bool {
        self.y + height <= BOTTOM
    }

    fn mark(&mut self, mark: Mark) {
        if let Some(page) = self.laid.pages.last_mut() {
            page.push(mark);
        }
    }

    fn leaf(&mut self) -> usize {
        self.laid.leaves += 1;
        self.laid.leaves - 1
    }

    fn block(&mut self, block: &Block) -> Result<(), Fault> {
        match block {
            Block::Heading { level, text } => self.heading(*level, &settable(text)),
            Block::Paragraph { style, text } => {
                let leaves = self.paragraph(style.look(), &settable(text));
                self.laid.tree.push(Node::Group(Role::Paragraph, leaves));
            }
            Block::Definitions { entries } => self.definitions(entries),
            Block::Table {
                caption,
                columns,
                rows,
            } => self.table(caption, columns, rows)?,
            Block::Code {
                content,
                alternative,
                lines,
            } => self.code(content, alternative, lines)?,
        }
        Ok(())
    }

    /// A heading stays with what it heads.
    fn heading(&mut self, level: Level, text: &str) {
        let look = level.look();
        if !self.fits(look.before + 2 * look.leading + 3 * PLAIN.leading) && !self.is_fresh() {
            self.turn();
        }
        self.laid.outline.push(Place {
            level,
            title: text.to_owned(),
            page: self.laid.pages.len() - 1,
            top: self.y,
        });
        let leaves = self.paragraph(look, text);
        let role = Role::Heading(level, text.to_owned());
        self.laid.tree.push(Node::Group(role, leaves));
        self.y += 2_000;
    }

    /// Sets text over the whole measure and returns its leaves. The last two lines, like the first two, stay together.
    fn paragraph(&mut self, look: Look, text: &str) -> Vec<Node> {
        let lines = lines(text, look.face, look.size, MEASURE);
        if !self.is_fresh() {
            self.y += look.before;
        }
        let count = lines.len();
        let mut leaves = Vec::new();
        for (place, line) in lines.into_iter().enumerate() {
            let together = if place == 0 || place + 2 == count {
                2.min(count)
            } else {
                1
            };
            let together = i32::try_from(together).unwrap_or(1);
            if !self.fits(together * look.leading) && !self.is_fresh() {
                self.turn();
            }
            let track = Track {
                left: SIDE,
                width: MEASURE,
            };
            let leaf = self.leaf();
            self.line(look, track, Some(leaf), self.y, line);
            leaves.push(Node::Leaf(leaf));
            self.y += look.leading;
        }
        leaves
    }

    /// Sets one line in a track whose upper side is `top`.
    fn line(&mut self, look: Look, track: Track, leaf: Option<usize>, top: i32, words: String) {
        let used = look.face.width(words.trim_end(), look.size);
        let indent = match look.align {
            Align::Start => 0,
            Align::Centre => (track.width - used) / 2,
            Align::End => track.width - used,
        };
        self.mark(Mark::Text(Text {
            leaf,
            face: look.face,
            size: look.size,
            left: track.left + indent,
            // The letters stand in the middle of the leading; a tenth lies below the line.
            baseline: top + i32::midpoint(look.leading, face::scaled(700, look.size)),
            words,
        }));
    }

    fn definitions(&mut self, entries: &[Entry]) {
        let tracks = tracks([NAMES, 100 - NAMES].into_iter());
        let bands: Vec<_> = entries
            .iter()
            .map(|entry| Band {
                cells: vec![
                    cell(Role::RowHeader, HEAD, &entry.name, tracks[0]),
                    cell(Role::Cell, CELL, &entry.value, tracks[1]),
                ],
            })
            .collect();
        self.grid(&tracks, None, &bands, None);
    }

    fn table(
        &mut self,
        caption: &str,
        columns: &[Column],
        rows: &[Vec<String>],
    ) -> Result<(), Fault> {
        if columns.is_empty() || columns.iter().any(|column| column.share == 0) {
            return Err(Fault::NoColumns(caption.to_owned()));
        }
        let tracks = tracks(columns.iter().map(|column| column.share));
        let aligned = |look: Look, column: &Column| Look {
            align: column.align,
            ..look
        };
        let head = Band {
            cells: columns
                .iter()
                .zip(&tracks)
                .map(|(it, track)| cell(Role::ColumnHeader, aligned(HEAD, it), &it.title, *track))
                .collect(),
        };
        let mut bands = Vec::with_capacity(rows.len());
        for (place, row) in rows.iter().enumerate() {
            if row.len() != columns.len() {
                return Err(Fault::Ragged {
                    table: caption.to_owned(),
                    row: place + 1,
                    cells: row.len(),
                    columns: columns.len(),
                });
            }
            let cells = row.iter().zip(columns).zip(&tracks);
            let cells =
                cells.map(|((text, it), track)| cell(Role::Cell, aligned(CELL, it), text, *track));
            bands.push(Band {
                cells: cells.collect(),
            });
        }
        self.grid(&tracks, Some(&head), &bands, Some(caption));
        Ok(())
    }

    /// Sets a table. Its caption and its head stay with the first row.
    fn grid(
        &mut self,
        tracks: &[Track],
        head: Option<&Band>,
        bands: &[Band],
        caption: Option<&str>,
    ) {
        let head_height = head.map_or(0, height);
        let first = CAPTION.before + CAPTION.leading + head_height + one_line();
        if !self.fits(first) && !self.is_fresh() {
            self.turn();
        }
        let mut nodes = Vec::new();
        if let Some(caption) = caption {
            let leaves = self.paragraph(CAPTION, &settable(caption));
            nodes.push(Node::Group(Role::Caption, leaves));
            self.y += 2_000;
        } else if !self.is_fresh() {
            self.y += PLAIN.before;
        }
        self.rule();
        if let Some(head) = head {
            nodes.push(self.piece(tracks, head, 0..head.most_lines(), &mut Vec::new()));
        }
        for band in bands {
            nodes.push(self.band(tracks, band, head));
        }
        self.y += 4_000;
        self.laid.tree.push(Node::Group(Role::Table, nodes));
    }

    /// Sets a row: whole on this page or on the next; over several when no page holds it.
    fn band(&mut self, tracks: &[Track], band: &Band, head: Option<&Band>) -> Node {
        let most = band.most_lines();
        let page = BOTTOM - TOP - head.map_or(0, height);
        if !self.fits(height(band)) && height(band) <= page {
            self.turn_in_table(tracks, head);
        }
        let mut leaves = vec![Vec::new(); band.cells.len()];
        let mut from = 0;
        loop {
            let room = (BOTTOM - self.y - 2 * PADDING) / CELL.leading;
            let to = most.min(from + usize::try_from(room).unwrap_or(0));
            let row = self.piece(tracks, band, from..to, &mut leaves);
            if to == most {
                return row;
            }
            from = to;
            self.turn_in_table(tracks, head);
        }
    }

    /// Begins a page within a table: its head again, for the eye only.
    fn turn_in_table(&mut self, tracks: &[Track], head: Option<&Band>) {
        self.turn();
        self.rule();
        let Some(head) = head else { return };
        for (cell, track) in head.cells.iter().zip(tracks) {
            for (place, line) in (0..).zip(&cell.lines) {
                let top = self.y + PADDING + place * cell.look.leading;
                self.line(cell.look, inner(*track), None, top, line.clone());
            }
        }
        self.y += height(head);
        self.rule();
    }

    /// Sets some lines of a row and the rule below. `leaves` gathers those of each cell; the row that they make is returned.
    fn piece(
        &mut self,
        tracks: &[Track],
        band: &Band,
        piece: std::ops::Range<usize>,
        leaves: &mut Vec<Vec<Node>>,
    ) -> Node {
        leaves.resize(band.cells.len(), Vec::new());
        for ((cell, track), leaves) in band.cells.iter().zip(tracks).zip(leaves.iter_mut()) {
            for place in piece.clone() {
                let Some(line) = cell.lines.get(place) else {
                    break;
                };
                let below = i32::try_from(place - piece.start).unwrap_or(0);
                let top = self.y + PADDING + below * cell.look.leading;
                let leaf = self.leaf();
                self.line(cell.look, inner(*track), Some(leaf), top, line.clone());
                leaves.push(Node::Leaf(leaf));
            }
        }
        self.y += height_of(piece.len());
        self.rule();
        let cells = band.cells.iter().zip(leaves.iter());
        let cells = cells.map(|(cell, leaves)| Node::Group(cell.role.clone(), leaves.clone()));
        Node::Group(Role::Row, cells.collect())
    }

    fn rule(&mut self) {
        self.mark(Mark::Rule {
            left: SIDE,
            top: self.y,
            width: MEASURE,
        });
    }

    fn code(&mut self, content: &str, alternative: &str, beside: &[String]) -> Result<(), Fault> {
        let modules = Modules::of(content)?;
        let left = SIDE + CODE_SIDE + CODE_GAP;
        let track = Track {
            left,
            width: SIDE + MEASURE - left,
        };
        let paragraphs: Vec<_> = beside
            .iter()
            .map(|text| lines(&settable(text), CELL.face, CELL.size, track.width))
            .collect();
        let count: usize = paragraphs.iter().map(Vec::len).sum();
        let tall =
            CODE_SIDE.max(i32::try_from(count).unwrap_or(i32::MAX / CELL.leading) * CELL.leading);
        if !self.is_fresh() {
            self.y += PLAIN.before * 2;
        }
        if !self.fits(tall) && !self.is_fresh() {
            self.turn();
        }
        let leaf = self.leaf();
        self.mark(Mark::Code {
            leaf,
            left: SIDE,
            top: self.y,
            side: CODE_SIDE,
            modules,
        });
        let figure = Role::Figure(settable(alternative));
        self.laid
            .tree
            .push(Node::Group(figure, vec![Node::Leaf(leaf)]));
        let mut top = self.y;
        for paragraph in paragraphs {
            let mut leaves = Vec::new();
            for line in paragraph {
                let leaf = self.leaf();
                self.line(CELL, track, Some(leaf), top, line);
                leaves.push(Node::Leaf(leaf));
                top += CELL.leading;
            }
            self.laid.tree.push(Node::Group(Role::Paragraph, leaves));
        }
        self.y += tall;
        Ok(())
    }
}

/// A cell. An empty one says so: a reader that is not the eye would miss it otherwise.
fn cell(role: Role, look: Look, text: &str, track: Track) -> Cell {
    let text = settable(text);
    let text = if text.trim().is_empty() {
        "–"
    } else {
        text.trim()
    };
    Cell {
        role,
        look,
        lines: lines(text, look.face, look.size, inner(track).width),
    }
}

/// The columns, by their shares of the measure.
fn tracks(shares: impl Iterator<Item = u16> + Clone) -> Vec<Track> {
    let whole: i32 = shares.clone().map(i32::from).sum();
    let mut tracks = Vec::new();
    let mut passed = 0;
    for share in shares.map(i32::from) {
        let at = |shares: i32| SIDE + part(shares, whole);
        tracks.push(Track {
            left: at(passed),
            width: at(passed + share) - at(passed),
        });
        passed += share;
    }
    tracks
}

/// So many shares of the measure.
fn part(shares: i32, whole: i32) -> i32 {
    let width = i64::from(MEASURE) * i64::from(shares) / i64::from(whole.max(1));
    i32::try_from(width).unwrap_or(MEASURE)
}

fn inner(track: Track) -> Track {
    Track {
        left: track.left + PADDING,
        width: track.width - 2 * PADDING,
    }
}

fn height(band: &Band) -> i32 {
    height_of(band.most_lines())
}

fn one_line() -> i32 {
    height_of(1)
}

fn height_of(lines: usize) -> i32 {
    i32::try_from(lines).unwrap_or(i32::MAX / CELL.leading) * CELL.leading + 2 * PADDING
}
