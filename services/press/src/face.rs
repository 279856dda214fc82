//! The typeface: Noto Sans, regular and bold, and how wide its letters are.

use std::sync::LazyLock;

use skrifa::raw::TableProvider;
use skrifa::raw::tables::hmtx::Hmtx;
use skrifa::{FontRef, GlyphId, MetadataProvider};

/// A cut of the typeface.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Face {
    /// Regular.
    Regular,
    /// Bold.
    Bold,
}

/// A cut, with the tables that setting needs.
struct Cut {
    font: FontRef<'static>,
    advances: Hmtx<'static>,
    em: i32,
}

static REGULAR: LazyLock<Cut> = LazyLock::new(|| Cut::read(Face::Regular.bytes()));
static BOLD: LazyLock<Cut> = LazyLock::new(|| Cut::read(Face::Bold.bytes()));

/// Stands for a character that the typeface lacks.
const LACKING: char = '\u{FFFD}';

impl Cut {
    fn read(bytes: &'static [u8]) -> Self {
        let font = FontRef::new(bytes).expect("the typeface is part of the program");
        let (advances, head) = (font.hmtx(), font.head());
        let whole = "a typeface has metrics";
        Self {
            advances: advances.expect(whole),
            em: head.expect(whole).units_per_em().into(),
            font,
        }
    }
}

impl Face {
    /// The file of the cut.
    pub(crate) fn bytes(self) -> &'static [u8] {
        match self {
            Self::Regular => notosans::REGULAR_TTF,
            Self::Bold => notosans::BOLD_TTF,
        }
    }

    fn cut(self) -> &'static Cut {
        match self {
            Self::Regular => &REGULAR,
            Self::Bold => &BOLD,
        }
    }

    /// The glyph of a character and its advance in thousandths of the size; `None` when the cut lacks it.
    pub(crate) fn glyph(self, character: char) -> Option<(u32, i32)> {
        let cut = self.cut();
        let glyph: GlyphId = cut.font.charmap().map(character)?;
        let advance = cut.advances.advance(glyph)?;
        (glyph.to_u32() != 0).then(|| (glyph.to_u32(), i32::from(advance) * 1_000 / cut.em))
    }

    /// How wide a text is at a size.
    pub(crate) fn width(self, text: &str, size: i32) -> i32 {
        let advances = text.chars().filter_map(|it| self.glyph(it));
        advances.map(|(_, advance)| scaled(advance, size)).sum()
    }
}

/// A length in thousandths of a size, at that size.
pub(crate) fn scaled(thousandths: i32, size: i32) -> i32 {
    thousandths * size / 1_000
}

/// A text in characters that both cuts have: white space is one space, what does not print goes, and what the typeface
/// lacks is replaced by a sign that says so. Nothing else may be set: an archived file holds no glyph of nothing.
pub(crate) fn settable(text: &str) -> String {
    let mut set = String::with_capacity(text.len());
    for character in text.chars() {
        match character {
            '\u{AD}'
            | '\u{200B}'..='\u{200F}'
            | '\u{202A}'..='\u{202E}'
            | '\u{2060}'..='\u{206F}'
            | '\u{FEFF}' => {}
            _ if character.is_control() || (character.is_whitespace() && character != '\u{A0}') => {
                if !set.ends_with(' ') {
                    set.push(' ');
                }
            }
            _ if is_had(character) => set.push(character),
            _ => set.push(LACKING),
        }
    }
    set
}

fn is_had(character: char) -> bool {
    let private = matches!(character, '\u{E000}'..='\u{F8FF}' | '\u{F0000}'..);
    !private && Face::Regular.glyph(character).is_some() && Face::Bold.glyph(character).is_some()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn letters_have_a_width_and_bold_ones_are_wider() {
        let (regular, bold) = (
            Face::Regular.width("Officine", 10_000),
            Face::Bold.width("Officine", 10_000),
        );
        assert!((30_000..60_000).contains(&regular), "{regular}");
        assert!(bold > regular);
        assert_eq!(Face::Regular.width("", 10_000), 0);
    }

    #[test]
    fn what_italians_write_is_in_the_typeface() {
        let text = "àèéìòùÀÈÉÌÒÙ «» “” ’ – — § € ° ª º … äöüßÄÖÜ čšžČŠŽ đ";
        assert_eq!(settable(text), text);
        assert!(Face::Bold.glyph(LACKING).is_some() && Face::Regular.glyph(LACKING).is_some());
    }

    #[test]
    fn what_cannot_be_set_leaves_a_sign_and_what_does_not_print_leaves_nothing() {
        assert_eq!(settable("a\u{4E2D}b"), "a\u{FFFD}b");
        assert_eq!(settable("a\u{E000}b"), "a\u{FFFD}b");
        assert_eq!(settable("dis\u{AD}positivo\u{200B}"), "dispositivo");
        assert_eq!(settable("due\r\n\trighe"), "due righe");
    }
}
