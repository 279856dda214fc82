//! From marks to the file.

use std::num::NonZeroU16;

use chrono::{Datelike, Timelike};
use krilla::Data;
use krilla::Document as Pdf;
use krilla::SerializeSettings;
use krilla::configure::{Accessibility, Archival, ConfigurationBuilder};
use krilla::destination::XyzDestination;
use krilla::geom::{PathBuilder, Point, Rect};
use krilla::metadata::{DateTime, Metadata};
use krilla::outline::{Outline, OutlineNode};
use krilla::page::PageSettings;
use krilla::paint::Fill;
use krilla::surface::Surface;
use krilla::tagging::{
    Artifact, ArtifactType, ContentTag, Identifier, Node as Tagged, SpanTag, TableHeaderScope, Tag,
    TagGroup, TagKind, TagTree,
};
use krilla::text::{Font, GlyphId, KrillaGlyph};

use crate::Fault;
use crate::code::Modules;
use crate::document::{Document, Level};
use crate::face::Face;
use crate::layout::{Laid, Mark, Node, PAGE_HEIGHT, PAGE_WIDTH, Place, Role, Text};

/// Thickness of a rule.
const RULE: i32 = 350;
/// The program, as files name it.
const PRODUCER: &str = "Omnia";

/// Paints what was laid out.
pub(crate) fn paint(document: &Document, laid: &Laid) -> Result<Vec<u8>, Fault> {
    let mut pdf = Pdf::new_with(settings()?);
    let fonts = Fonts::open()?;
    let mut identifiers = vec![None; laid.leaves];
    for marks in &laid.pages {
        let size = PageSettings::from_wh(points(PAGE_WIDTH), points(PAGE_HEIGHT));
        let size = size.ok_or_else(|| refused("a page has no size"))?;
        let mut page = pdf.start_page_with(size);
        let mut surface = page.surface();
        surface.set_fill(Some(Fill::default()));
        for mark in marks {
            let (leaf, identifier) = painted(&mut surface, mark, &fonts);
            if let Some(place) = leaf.and_then(|leaf| identifiers.get_mut(leaf)) {
                *place = Some(identifier);
            }
        }
        surface.finish();
        page.finish();
    }
    pdf.set_metadata(metadata(document));
    pdf.set_outline(outline(&laid.outline));
    let mut tree = TagTree::new().with_lang(Some(document.language.clone()));
    for node in &laid.tree {
        tree.children.extend(tagged(node, &identifiers));
    }
    pdf.set_tag_tree(tree);
    pdf.finish().map_err(|error| refused(format!("{error:?}")))
}

fn settings() -> Result<SerializeSettings, Fault> {
    let configuration = ConfigurationBuilder::new()
        .with_archival_validator(Archival::A2_A)
        .with_accessibility_validator(Accessibility::UA1)
        .finish()
        .map_err(|error| refused(format!("{error:?}")))?;
    Ok(SerializeSettings {
        configuration,
        ..SerializeSettings::default()
    })
}

fn refused(why: impl Into<String>) -> Fault {
    Fault::NotConforming(why.into())
}

fn metadata(document: &Document) -> Metadata {
    let at = document.issued_at;
    let small = |number: u32| u8::try_from(number).unwrap_or(0);
    let date = DateTime::new(u16::try_from(at.year()).unwrap_or(0))
        .month(small(at.month()))
        .day(small(at.day()))
        .hour(small(at.hour()))
        .minute(small(at.minute()))
        .second(small(at.second()))
        .utc_offset_hour(0);
    Metadata::new()
        .title(document.title.clone())
        .description(document.subject.clone())
        .authors(vec![document.author.clone()])
        .language(document.language.clone())
        .creation_date(date)
        .creator(PRODUCER.to_owned())
        .producer(PRODUCER.to_owned())
}

/// Sections under titles.
fn outline(places: &[Place]) -> Outline {
    let mut outline = Outline::new();
    let mut title: Option<OutlineNode> = None;
    for place in places {
        let at = XyzDestination::new(place.page, Point::from_xy(0.0, points(place.top)));
        let node = OutlineNode::new(place.title.clone(), at);
        match (place.level, &mut title) {
            (Level::Section, Some(title)) => title.push_child(node),
            (Level::Section, None) => outline.push_child(node),
            (Level::Title, before) => {
                if let Some(before) = before.replace(node) {
                    outline.push_child(before);
                }
            }
        }
    }
    if let Some(last) = title {
        outline.push_child(last);
    }
    outline
}

/// The cuts as the file embeds them.
struct Fonts {
    regular: Font,
    bold: Font,
}

impl Fonts {
    fn open() -> Result<Self, Fault> {
        let open = |face: Face| Font::new(Data::from(face.bytes()), 0);
        let both = open(Face::Regular).zip(open(Face::Bold));
        let (regular, bold) = both.ok_or_else(|| refused("the typeface cannot be read"))?;
        Ok(Self { regular, bold })
    }

    fn of(&self, face: Face) -> Font {
        match face {
            Face::Regular => self.regular.clone(),
            Face::Bold => self.bold.clone(),
        }
    }
}

/// Paints a mark; returns the leaf that it is of, and its identifier in the file.
fn painted(surface: &mut Surface<'_>, mark: &Mark, fonts: &Fonts) -> (Option<usize>, Identifier) {
    let artifact = |kind| ContentTag::Artifact(Artifact::with_kind(kind));
    let (leaf, tag) = match mark {
        Mark::Text(Text { leaf: None, .. }) => (None, artifact(ArtifactType::PaginationOther)),
        Mark::Text(text) => (text.leaf, ContentTag::Span(SpanTag::empty())),
        Mark::Rule { .. } => (None, artifact(ArtifactType::Layout)),
        Mark::Code { leaf, .. } => (Some(*leaf), ContentTag::Other),
    };
    let identifier = surface.start_tagged(tag);
    match mark {
        Mark::Text(text) => write(surface, text, fonts),
        Mark::Rule { left, top, width } => fill(surface, &[(*left, *top, *width, RULE)]),
        Mark::Code {
            left,
            top,
            side,
            modules,
            ..
        } => fill(surface, &squares(modules, *left, *top, *side)),
    }
    surface.end_tagged();
    (leaf, identifier)
}

fn write(surface: &mut Surface<'_>, text: &Text, fonts: &Fonts) {
    let mut glyphs = Vec::new();
    for (start, character) in text.words.char_indices() {
        let Some((glyph, advance)) = text.face.glyph(character) else {
            continue;
        };
        let range = start..start + character.len_utf8();
        let glyph = GlyphId::new(glyph);
        glyphs.push(KrillaGlyph::new(
            glyph,
            points(advance),
            0.0,
            0.0,
            0.0,
            range,
            None,
        ));
    }
    let start = Point::from_xy(points(text.left), points(text.baseline));
    let font = fonts.of(text.face);
    surface.draw_glyphs(start, &glyphs, font, &text.words, points(text.size), false);
}

/// Fills rectangles: left, top, width, height.
fn fill(surface: &mut Surface<'_>, rectangles: &[(i32, i32, i32, i32)]) {
    let mut path = PathBuilder::new();
    for (left, top, width, height) in rectangles {
        let sides = (
            points(*left),
            points(*top),
            points(left + width),
            points(top + height),
        );
        if let Some(rectangle) = Rect::from_ltrb(sides.0, sides.1, sides.2, sides.3) {
            path.push_rect(rectangle);
        }
    }
    if let Some(path) = path.finish() {
        surface.draw_path(&path);
    }
}

fn squares(modules: &Modules, left: i32, top: i32, side: i32) -> Vec<(i32, i32, i32, i32)> {
    let at = |module: usize| {
        let module = i64::try_from(module).unwrap_or(0) * i64::from(side);
        i32::try_from(module / i64::try_from(modules.side).unwrap_or(1)).unwrap_or(side)
    };
    let runs = modules.runs().into_iter();
    runs.map(|(row, column, count)| {
        let (x, y) = (at(column), at(row));
        (left + x, top + y, at(column + count) - x, at(row + 1) - y)
    })
    .collect()
}

/// A node of the tree, as the file has it; `None` when nothing of it was painted.
fn tagged(node: &Node, identifiers: &[Option<Identifier>]) -> Option<Tagged> {
    match node {
        Node::Leaf(leaf) => identifiers.get(*leaf)?.map(Tagged::Leaf),
        Node::Group(role, children) => {
            let children = children.iter().filter_map(|it| tagged(it, identifiers));
            let group = TagGroup::with_children(tag(role), children.collect());
            Some(Tagged::Group(group))
        }
    }
}

fn tag(role: &Role) -> TagKind {
    match role {
        Role::Heading(level, title) => {
            let level = match level {
                Level::Title => NonZeroU16::MIN,
                Level::Section => NonZeroU16::MIN.saturating_add(1),
            };
            Tag::Hn(level, Some(title.clone())).into()
        }
        Role::Paragraph => Tag::P.into(),
        Role::Caption => Tag::Caption.into(),
        Role::Table => Tag::Table.into(),
        Role::Row => Tag::TR.into(),
        Role::ColumnHeader => Tag::TH(TableHeaderScope::Column).into(),
        Role::RowHeader => Tag::TH(TableHeaderScope::Row).into(),
        Role::Cell => Tag::TD.into(),
        Role::Figure(alternative) => Tag::Figure(Some(alternative.clone())).into(),
    }
}

/// Thousandths of a point as the file counts.
#[expect(
    clippy::float_arithmetic,
    clippy::cast_possible_truncation,
    reason = "a file counts in floating point; all sums are made before, in integers"
)]
fn points(thousandths: i32) -> f32 {
    (f64::from(thousandths) / 1_000.0) as f32
}
