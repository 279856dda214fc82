//! The XML layout: root `FlussoPagamento`, `Testata` once and first, then `Lavoratore` for each line; decimals with a point.
//! No DTD, no entity but those of XML itself, no attribute but `n` of `Settimana`.

use std::io::{self, BufRead, BufReader, Read};

use chrono::NaiveDate;
use kernel::{Hours, Period};
use quick_xml::NsReader;
use quick_xml::errors::Error;
use quick_xml::events::{BytesRef, BytesStart, Event};
use quick_xml::name::ResolveResult;

use super::fields::{Fields, hundredths};
use super::metered::Metered;
use super::{DecimalSign, Header, LINE_BYTES_MOST, Reader};
use crate::domain::flow::FlowKind;
use crate::domain::refusal::Rule;

/// Namespace of the layout.
pub const NAMESPACE: &str = "urn:omnia:payments:flow:1";

/// The element that holds the header.
pub(super) const TESTATA: &str = "Testata";

/// The elements of the header, in order.
pub const HEADER: [&str; 9] = [
    "Tipo",
    "NumeroAutorizzazione",
    "Ticket",
    "Matricola",
    "PeriodoDal",
    "PeriodoAl",
    "NumeroRighe",
    "TotaleOre",
    "FlussoCorretto",
];

/// The elements of a line that hold a value, with their columns.
pub const VALUES: [(&str, usize); 16] = [
    ("CodiceFiscale", 0),
    ("Cognome", 1),
    ("Nome", 2),
    ("Mese", 3),
    ("TipoRichiesta", 4),
    ("Qualifica", 5),
    ("OrarioSettimanale", 6),
    ("GiorniSettimana", 7),
    ("PercPartTime", 8),
    ("PagaOraria", 9),
    ("OreLavorabili", 10),
    ("Iban", 17),
    ("BonificoDomiciliato", 18),
    ("Cellulare", 23),
    ("Trattenute", 24),
    ("ImportoAtteso", 25),
];

/// The elements of `Recapito`, with their columns.
pub const ADDRESS: [(&str, usize); 4] = [
    ("Indirizzo", 19),
    ("Cap", 20),
    ("Comune", 21),
    ("Provincia", 22),
];

/// Column of the first of the weeks (`Settimana`).
pub const FIRST_WEEK: usize = 11;

/// Where the reader stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Place {
    /// Outside the root.
    Document,
    /// In `FlussoPagamento`.
    Flow,
    /// In `Testata`.
    Header,
    /// In a value of the header.
    HeaderValue(usize),
    /// In `Lavoratore`.
    Line,
    /// In a value of a line.
    Value(usize),
    /// In `Ore`.
    Hours,
    /// In a week.
    Week(usize),
    /// In `Recapito`.
    Address,
    /// In a value of the address.
    AddressValue(usize),
}

impl Place {
    fn parent(self) -> Self {
        match self {
            Self::Document | Self::Flow => Self::Document,
            Self::Header | Self::Line => Self::Flow,
            Self::HeaderValue(_) => Self::Header,
            Self::Value(_) | Self::Hours | Self::Address => Self::Line,
            Self::Week(_) => Self::Hours,
            Self::AddressValue(_) => Self::Address,
        }
    }

    /// Column of the line that text belongs to here.
    fn column(self) -> Option<usize> {
        match self {
            Self::Value(column) | Self::Week(column) | Self::AddressValue(column) => Some(column),
            _ => None,
        }
    }
}

/// Why reading ends before the end of the document.
enum End {
    /// A fault that nothing after it can mend.
    Fault(&'static str, Rule),
    /// No room for another line.
    Full,
    /// The bytes cannot be read.
    Io(io::Error),
}

impl From<Error> for End {
    fn from(error: Error) -> Self {
        match error {
            Error::Io(error) if error.kind() != io::ErrorKind::InvalidData => {
                Self::Io(io::Error::new(error.kind(), error.to_string()))
            }
            Error::Encoding(_) => Self::Fault("", Rule::Encoding),
            _ => Self::Fault("", Rule::Xml),
        }
    }
}

/// Reads the document. Fails only when the bytes cannot be read.
pub(super) fn read(file: impl Read, reader: &mut Reader<'_>) -> io::Result<()> {
    match Document::new(reader).read(BufReader::new(file)) {
        Ok(()) | Err(End::Full) => Ok(()),
        Err(End::Fault(field, rule)) => {
            let line = reader.current();
            reader.fault(line, field, rule);
            Ok(())
        }
        Err(End::Io(error)) => Err(error),
    }
}

/// A document that is being read.
struct Document<'r, 'a> {
    reader: &'r mut Reader<'a>,
    place: Place,
    header: [String; HEADER.len()],
    /// Columns, or places of the header, that came already.
    came: u64,
    fields: Fields,
}

impl<'r, 'a> Document<'r, 'a> {
    fn new(reader: &'r mut Reader<'a>) -> Self {
        Self {
            reader,
            place: Place::Document,
            header: Default::default(),
            came: 0,
            fields: Fields::default(),
        }
    }

    fn read(&mut self, file: impl BufRead) -> Result<(), End> {
        let mut events = NsReader::from_reader(Metered::new(file));
        let config = events.config_mut();
        config.expand_empty_elements = true;
        config.check_comments = true;
        let mut buffer = Vec::new();
        let mut rooted = false;
        loop {
            buffer.clear();
            events.get_mut().allow(LINE_BYTES_MOST);
            let (namespace, event) = events.read_resolved_event_into(&mut buffer)?;
            match event {
                Event::Start(start) => {
                    let ours = matches!(namespace, ResolveResult::Bound(bound) if bound.as_ref() == NAMESPACE.as_bytes());
                    if !ours || (self.place == Place::Document && rooted) {
                        return Err(End::Fault("", Rule::Xml));
                    }
                    rooted = true;
                    self.open(&start)?;
                }
                Event::End(_) => self.close()?,
                Event::Text(text) => {
                    let text = text.decode().map_err(Error::from)?;
                    self.text(&text)?;
                }
                Event::CData(text) => {
                    let text = text.decode().map_err(Error::from)?;
                    self.text(&text)?;
                }
                Event::GeneralRef(reference) => self.reference(&reference)?,
                Event::DocType(_) => return Err(End::Fault("", Rule::Xml)),
                Event::Eof => break,
                Event::Comment(_) | Event::Decl(_) | Event::PI(_) | Event::Empty(_) => {}
            }
        }
        if rooted && self.place == Place::Document {
            Ok(())
        } else {
            Err(End::Fault("", Rule::Xml))
        }
    }

    fn open(&mut self, start: &BytesStart<'_>) -> Result<(), End> {
        let local = start.local_name();
        let name =
            std::str::from_utf8(local.as_ref()).map_err(|_| End::Fault("", Rule::Encoding))?;
        let place = self
            .child(name, start)
            .ok_or(End::Fault("", Rule::Element))?;
        let once = match place {
            Place::HeaderValue(number) => Some(number),
            Place::Hours => Some(40),
            Place::Address => Some(41),
            place => place.column(),
        };
        if let Some(number) = once {
            if self.came & (1 << number) != 0 {
                return Err(End::Fault("", Rule::Element));
            }
            self.came |= 1 << number;
        }
        match place {
            Place::Header if self.reader.reading.header.is_some() || self.came != 0 => {
                return Err(End::Fault(TESTATA, Rule::Element));
            }
            Place::Line => {
                if self.reader.reading.header.is_none() {
                    return Err(End::Fault(TESTATA, Rule::Required));
                }
                if !self.reader.next_line() {
                    return Err(End::Full);
                }
                self.came = 0;
                self.fields.clear();
            }
            _ => {}
        }
        self.place = place;
        Ok(())
    }

    /// The place that an element leads to from here; `None` where it has none.
    fn child(&self, name: &str, start: &BytesStart<'_>) -> Option<Place> {
        let among = |known: &[(&str, usize)]| {
            let found = known.iter().find(|(element, _)| *element == name);
            found.map(|(_, column)| *column)
        };
        let place = match (self.place, name) {
            (Place::Document, "FlussoPagamento") => Place::Flow,
            (Place::Flow, TESTATA) => Place::Header,
            (Place::Flow, "Lavoratore") => Place::Line,
            (Place::Header, name) => {
                Place::HeaderValue(HEADER.iter().position(|element| *element == name)?)
            }
            (Place::Line, "Ore") => Place::Hours,
            (Place::Line, "Recapito") => Place::Address,
            (Place::Line, _) => Place::Value(among(&VALUES)?),
            (Place::Hours, "Settimana") => return week_of(start).map(Place::Week),
            (Place::Address, _) => Place::AddressValue(among(&ADDRESS)?),
            _ => return None,
        };
        Some(place)
    }

    fn close(&mut self) -> Result<(), End> {
        match self.place {
            Place::Header => self.begin()?,
            Place::Line => self.reader.take(&self.fields, DecimalSign::Point),
            _ => {}
        }
        self.place = self.place.parent();
        Ok(())
    }

    fn text(&mut self, text: &str) -> Result<(), End> {
        match self.place {
            Place::HeaderValue(number) => self.header[number].push_str(text),
            place => match place.column() {
                Some(column) => self.fields.push(column, text),
                None if text.trim().is_empty() => {}
                None => return Err(End::Fault("", Rule::Element)),
            },
        }
        Ok(())
    }

    /// A reference to a character, or to one of the five entities of XML.
    fn reference(&mut self, reference: &BytesRef<'_>) -> Result<(), End> {
        if let Some(character) = reference.resolve_char_ref()? {
            return self.text(character.encode_utf8(&mut [0; 4]));
        }
        let name = reference.decode().map_err(Error::from)?;
        let text = quick_xml::escape::resolve_xml_entity(&name);
        self.text(text.ok_or(End::Fault("", Rule::Xml))?)
    }

    /// Reads the header that has come.
    fn begin(&mut self) -> Result<(), End> {
        let mut faults = Vec::new();
        let header = read_header(&self.header, &mut |field, rule| faults.push((field, rule)));
        if let Some(header) = header {
            self.reader.begin(header);
            return Ok(());
        }
        let (field, rule) = faults.pop().unwrap_or((TESTATA, Rule::Value));
        for (field, rule) in faults {
            self.reader.fault(0, field, rule);
        }
        Err(End::Fault(field, rule))
    }
}

/// Column of a week, by its attribute `n`.
fn week_of(start: &BytesStart<'_>) -> Option<usize> {
    let number = start.try_get_attribute("n").ok()??;
    match number.value.as_ref() {
        [digit @ b'1'..=b'6'] => Some(FIRST_WEEK + usize::from(digit - b'1')),
        _ => None,
    }
}

/// The header of its values; what is wrong goes to `fault` by element.
fn read_header(
    values: &[String; HEADER.len()],
    fault: &mut dyn FnMut(&'static str, Rule),
) -> Option<Header> {
    let mut values = HeaderValues { values, fault };
    let kind = values.read(0, FlowKind::parse);
    let authorization = values.read(1, |text| text.parse().ok());
    let ticket = values.read(2, |text| text.parse().ok());
    let matricola = values.read(3, |text| text.parse().ok());
    let from = values.read(4, day);
    let to = values.read(5, day);
    let lines = values.read(6, |text| text.parse().ok().filter(|lines| *lines > 0));
    let hours = values.read(7, |text| {
        hundredths(text, DecimalSign::Point).map(Hours::from_hundredths)
    });
    let corrects = match values.values[8].trim() {
        "" => Some(None),
        _ => values.read(8, |text| text.parse().ok()).map(Some),
    };
    let period = from
        .zip(to)
        .and_then(|(from, to)| Period::new(from, to).ok());
    if period.is_none() && from.is_some() && to.is_some() {
        (values.fault)(HEADER[5], Rule::Value);
    }
    Some(Header {
        kind: kind?,
        authorization: authorization?,
        ticket: ticket?,
        matricola: matricola?,
        period: period?,
        lines: lines?,
        hours: hours?,
        corrects: corrects?,
    })
}

struct HeaderValues<'a> {
    values: &'a [String; HEADER.len()],
    fault: &'a mut dyn FnMut(&'static str, Rule),
}

impl HeaderValues<'_> {
    fn read<T>(&mut self, number: usize, parse: impl Fn(&str) -> Option<T>) -> Option<T> {
        let text = self.values[number].trim();
        let value = parse(text);
        if value.is_none() {
            let rule = if text.is_empty() {
                Rule::Required
            } else {
                Rule::Value
            };
            (self.fault)(HEADER[number], rule);
        }
        value
    }
}

/// A day written `AAAA-MM-GG`.
fn day(text: &str) -> Option<NaiveDate> {
    let shaped = text.len() == 10
        && text.bytes().enumerate().all(|(place, byte)| match place {
            4 | 7 => byte == b'-',
            _ => byte.is_ascii_digit(),
        });
    text.parse().ok().filter(|_| shaped)
}
