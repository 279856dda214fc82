//! The type of a file, judged by its content alone (`claims.md` §4.4): a name proves nothing.

use super::codes::coded;

/// Bytes of the beginning that are looked at for the type.
const HEAD: usize = 8 * 1024;
/// The object identifier of CMS `SignedData`, 1.2.840.113549.1.7.2, in DER.
const SIGNED_DATA: [u8; 11] = [
    0x06, 0x09, 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x07, 0x02,
];
const UTF8_BOM: &[u8] = &[0xef, 0xbb, 0xbf];

coded! {
    /// A type of §4.4.
    pub enum FileType {
        /// PDF.
        Pdf = "PDF",
        /// CMS `SignedData`, as a signed file is (`CAdES`).
        P7m = "P7M",
        /// XML.
        Xml = "XML",
        /// Separated values.
        Csv = "CSV",
        /// JPEG.
        Jpeg = "JPEG",
        /// PNG.
        Png = "PNG",
        /// TIFF.
        Tiff = "TIFF",
    }
}

impl FileType {
    /// Suffixes that names of this type have, the usual one first.
    pub fn suffixes(self) -> &'static [&'static str] {
        match self {
            Self::Pdf => &["pdf"],
            Self::P7m => &["p7m"],
            Self::Xml => &["xml"],
            Self::Csv => &["csv"],
            Self::Jpeg => &["jpg", "jpeg"],
            Self::Png => &["png"],
            Self::Tiff => &["tif", "tiff"],
        }
    }

    /// Media type under which a browser runs nothing of it. XML is none of its own, since it may bring a script along.
    pub fn safe_media_type(self) -> &'static str {
        match self {
            Self::Pdf => "application/pdf",
            Self::P7m => "application/pkcs7-mime",
            Self::Xml => "application/octet-stream",
            Self::Csv => "text/csv; charset=utf-8",
            Self::Jpeg => "image/jpeg",
            Self::Png => "image/png",
            Self::Tiff => "image/tiff",
        }
    }

    /// Whether it is text from beginning to end.
    fn is_text(self) -> bool {
        matches!(self, Self::Xml | Self::Csv)
    }
}

/// Judges a content while it goes by.
#[derive(Debug, Default)]
pub struct Sniffer {
    head: Vec<u8>,
    binary: bool,
    seen: usize,
}

impl Sniffer {
    /// Looks at the next bytes.
    pub fn look(&mut self, bytes: &[u8]) {
        let wanted = HEAD.saturating_sub(self.head.len()).min(bytes.len());
        self.head.extend_from_slice(&bytes[..wanted]);
        self.binary = self.binary || bytes.iter().any(|byte| is_control(*byte));
        self.seen += bytes.len();
    }

    /// The type of what was looked at; `None` when it is none that is allowed.
    pub fn judge(&self) -> Option<FileType> {
        let whole = self.seen == self.head.len();
        let found = by_signature(&self.head).or_else(|| text_type(&self.head, whole))?;
        (!found.is_text() || !self.binary).then_some(found)
    }
}

/// A byte that no text holds: control characters other than tab, line feed and carriage return.
fn is_control(byte: u8) -> bool {
    byte < 0x20 && !matches!(byte, b'\t' | b'\n' | b'\r') || byte == 0x7f
}

fn by_signature(head: &[u8]) -> Option<FileType> {
    if is_signed_data(head) {
        return Some(FileType::P7m);
    }
    match infer::get(head)?.mime_type() {
        "application/pdf" => Some(FileType::Pdf),
        "image/jpeg" => Some(FileType::Jpeg),
        "image/png" => Some(FileType::Png),
        "image/tiff" => Some(FileType::Tiff),
        _ => None,
    }
}

/// `ContentInfo ::= SEQUENCE { contentType OBJECT IDENTIFIER, content [0] EXPLICIT SignedData }` (RFC 5652 §3), in DER or
/// with the open lengths of BER, which signing programs also write.
fn is_signed_data(head: &[u8]) -> bool {
    let signed_data = || -> Option<()> {
        let rest = inside(head, 0x30)?.strip_prefix(&SIGNED_DATA)?;
        let signed = inside(inside(rest, 0xa0)?, 0x30)?;
        // The version comes first: a small INTEGER.
        signed.starts_with(&[0x02, 0x01]).then_some(())
    };
    signed_data().is_some()
}

/// What follows the tag and the length of an element.
fn inside(bytes: &[u8], tag: u8) -> Option<&[u8]> {
    let (length, rest) = bytes.strip_prefix(&[tag])?.split_first()?;
    match *length {
        0..=0x80 => Some(rest),
        0x81..=0x84 => rest.get(usize::from(*length - 0x80)..),
        _ => None,
    }
}

fn text_type(head: &[u8], whole: bool) -> Option<FileType> {
    let text = head.strip_prefix(UTF8_BOM).unwrap_or(head);
    // XML 1.0 asks for nothing before the declaration.
    if text.starts_with(b"<?xml") && text.get(5).is_some_and(u8::is_ascii_whitespace) {
        return Some(FileType::Xml);
    }
    is_table(text, whole).then_some(FileType::Csv)
}

/// Whether lines have the same columns, two at least, by semicolon, comma or tab. Of a head the last line may be cut.
fn is_table(text: &[u8], whole: bool) -> bool {
    let lines = match text.iter().rposition(|byte| *byte == b'\n') {
        Some(end) if !whole => &text[..end],
        _ => text,
    };
    // Markup and scripts are text too, and never tables.
    if lines.is_empty() || lines.starts_with(b"<") || lines.starts_with(b"#!") {
        return false;
    }
    [b';', b',', b'\t'].into_iter().any(|separator| {
        let mut reader = csv::ReaderBuilder::new()
            .has_headers(false)
            .delimiter(separator)
            .from_reader(lines);
        let mut row = csv::ByteRecord::new();
        let mut columns = None;
        loop {
            match reader.read_byte_record(&mut row) {
                Ok(true) => columns = Some(row.len()),
                Ok(false) => return columns.is_some_and(|columns| columns > 1),
                Err(_) => return false,
            }
        }
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::samples::file_of;

    fn judge(content: &[u8]) -> Option<FileType> {
        let mut sniffer = Sniffer::default();
        for piece in content.chunks(7) {
            sniffer.look(piece);
        }
        sniffer.judge()
    }

    #[test]
    fn each_type_is_known_by_its_content() {
        for file_type in FileType::ALL {
            assert_eq!(judge(&file_of(*file_type)), Some(*file_type));
        }
    }

    #[test]
    fn a_signed_file_is_known_with_every_form_of_length() {
        let body = [
            &SIGNED_DATA[..],
            &[0xa0, 0x80, 0x30, 0x80, 0x02, 0x01, 0x01],
        ]
        .concat();
        for length in [
            &[0x80][..],
            &[0x20],
            &[0x81, 0x90],
            &[0x82, 0x01, 0x00],
            &[0x84, 0, 0, 1, 0],
        ] {
            let file = [&[0x30], length, &body].concat();
            assert_eq!(judge(&file), Some(FileType::P7m), "{length:?}");
        }
        // EnvelopedData, 1.2.840.113549.1.7.3, is encrypted and not signed.
        let mut sealed = [&[0x30, 0x80], &body[..]].concat();
        sealed[12] = 0x03;
        assert_eq!(judge(&sealed), None);
        assert_eq!(judge(&[0x30, 0x80]), None);
    }

    #[test]
    fn programs_pages_and_archives_are_none() {
        for content in [
            &b"MZ\x90\x00\x03\x00\x00\x00"[..],
            b"\x7fELF\x02\x01\x01\x00",
            b"PK\x03\x04\x14\x00\x06\x00",
            b"<!DOCTYPE html><html><script>alert(1)</script></html>",
            b"<svg xmlns=\"http://www.w3.org/2000/svg\" onload=\"alert(1)\"/>",
            b"#!/bin/sh\nrm -rf a,b\n",
            b"GIF89a\x01\x00\x01\x00",
            b"soltanto una riga di testo",
            b"",
        ] {
            assert_eq!(judge(content), None, "{content:?}");
        }
    }

    #[test]
    fn a_table_that_ends_in_binary_is_no_table() {
        let mut content = b"a;b\n".repeat(5_000);
        assert_eq!(judge(&content), Some(FileType::Csv));
        content.push(0);
        assert_eq!(judge(&content), None);
    }

    #[test]
    fn lines_of_different_columns_are_no_table() {
        assert_eq!(judge(b"a;b\nc;d;e\n"), None);
        assert_eq!(judge("nome\tore\nèà\t3\n".as_bytes()), Some(FileType::Csv));
    }
}
