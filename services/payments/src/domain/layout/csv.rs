//! The CSV layout: UTF-8, `;`, a heading, decimals with a comma, quotes doubled.

use std::io::{self, Read};

use csv::{ByteRecord, ReaderBuilder};

use super::fields::{COLUMNS, Fields};
use super::metered::Metered;
use super::{DecimalSign, LINE_BYTES_MOST, Reader};
use crate::domain::refusal::Rule;

const UTF8_BOM: &[u8] = &[0xef, 0xbb, 0xbf];

/// Reads the lines. Fails only when the bytes cannot be read.
pub(super) fn read(file: impl Read, reader: &mut Reader<'_>) -> io::Result<()> {
    let mut records = ReaderBuilder::new()
        .has_headers(false)
        .delimiter(b';')
        .flexible(true)
        .from_reader(Metered::new(file));
    let mut record = ByteRecord::new();
    let mut fields = Fields::default();
    let mut headed = false;
    loop {
        records.get_mut().allow(LINE_BYTES_MOST);
        match records
            .read_byte_record(&mut record)
            .map_err(csv::Error::into_kind)
        {
            Ok(true) => {}
            Ok(false) => break,
            Err(csv::ErrorKind::Io(error)) if error.kind() != io::ErrorKind::InvalidData => {
                return Err(error);
            }
            // Longer than a line may be.
            Err(_) => {
                reader.fault(reader.current() + 1, "", Rule::Columns);
                return Ok(());
            }
        }
        if !headed {
            headed = true;
            if !is_heading(&record) {
                break reader.fault(0, "", Rule::Heading);
            }
            continue;
        }
        if !reader.next_line() {
            break;
        }
        if fill(&record, &mut fields, reader) {
            reader.take(&fields, DecimalSign::Comma);
        }
    }
    if !headed {
        reader.fault(0, "", Rule::Heading);
    }
    Ok(())
}

fn is_heading(record: &ByteRecord) -> bool {
    record.len() == COLUMNS.len()
        && record
            .iter()
            .zip(COLUMNS)
            .enumerate()
            .all(|(place, (field, name))| {
                let field = match place {
                    0 => field.strip_prefix(UTF8_BOM).unwrap_or(field),
                    _ => field,
                };
                field == name.as_bytes()
            })
}

/// Brings a record into fields; false when it has not the columns of the layout, or is no text.
fn fill(record: &ByteRecord, fields: &mut Fields, reader: &mut Reader<'_>) -> bool {
    let number = reader.current();
    if record.len() != COLUMNS.len() {
        reader.fault(number, "", Rule::Columns);
        return false;
    }
    fields.clear();
    for (place, field) in record.iter().enumerate() {
        let Ok(text) = std::str::from_utf8(field) else {
            reader.fault(number, COLUMNS[place], Rule::Encoding);
            return false;
        };
        fields.push(place, text);
    }
    true
}
