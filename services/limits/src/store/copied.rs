//! Rows as PostgreSQL's `COPY … TO STDOUT (FORMAT binary)` writes them: half the work of the extended protocol on this
//! side, since no row is described, boxed or looked up by name.
//!
//! The layout is that of the manual of PostgreSQL, page `COPY`, part *Binary Format*; that of the values is what the
//! `…send` functions of the types write. Everything is big-endian. No input makes this panic.

use chrono::{Days, NaiveDate};

/// What every copy begins with.
const SIGNATURE: &[u8] = b"PGCOPY\n\xff\r\n\0";

/// Flags whose meaning a reader must know (upper half); of them none is known here.
const CRITICAL_FLAGS: u32 = 0xffff_0000;

/// In the place of a number of fields: there are no more rows.
const END: i16 = -1;

/// In the place of a length: there is no value.
const NULL: i32 = -1;

/// The day from which PostgreSQL counts.
const EPOCH: NaiveDate = NaiveDate::from_ymd_opt(2000, 1, 1).expect("is a day");

/// Bytes that are no copy, or not of the columns that were asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("copied rows cannot be read: {0}")]
pub(crate) struct Malformed(&'static str);

/// Rows one after the other, and the fields of each in the order of the columns.
#[derive(Debug)]
pub(crate) struct CopiedRows<'a> {
    rest: Bytes<'a>,
    fields_left: i16,
}

/// Bytes from which less and less is left.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Bytes<'a>(&'a [u8]);

/// A type of a column.
pub(crate) trait Column<'a>: Sized {
    /// The value from its bytes, all of them.
    fn read(bytes: &'a [u8]) -> Result<Self, Malformed>;

    /// In the place of a value that is not there: for most types an error.
    fn absent() -> Result<Self, Malformed> {
        Err(Malformed("a value is null that must not be"))
    }
}

impl<'a> Bytes<'a> {
    fn take(&mut self, length: usize) -> Result<&'a [u8], Malformed> {
        let (taken, rest) = self
            .0
            .split_at_checked(length)
            .ok_or(Malformed("the bytes end too early"))?;
        self.0 = rest;
        Ok(taken)
    }

    fn array<const N: usize>(&mut self) -> Result<[u8; N], Malformed> {
        let (taken, rest) = self
            .0
            .split_first_chunk()
            .ok_or(Malformed("the bytes end too early"))?;
        self.0 = rest;
        Ok(*taken)
    }

    fn word(&mut self) -> Result<i32, Malformed> {
        Ok(i32::from_be_bytes(self.array()?))
    }

    /// A value behind its length.
    fn value<T: Column<'a>>(&mut self) -> Result<T, Malformed> {
        match self.word()? {
            NULL => T::absent(),
            length => {
                let length =
                    usize::try_from(length).map_err(|_| Malformed("a length is negative"))?;
                T::read(self.take(length)?)
            }
        }
    }

    fn end<T>(self, value: T) -> Result<T, Malformed> {
        if self.0.is_empty() {
            Ok(value)
        } else {
            Err(Malformed("a value is longer than its type"))
        }
    }
}

impl<'a> CopiedRows<'a> {
    /// The rows of a whole copy.
    pub(crate) fn of(copy: &'a [u8]) -> Result<Self, Malformed> {
        let mut rest = Bytes(copy);
        if rest.take(SIGNATURE.len())? != SIGNATURE {
            return Err(Malformed("the signature is missing"));
        }
        if u32::from_be_bytes(rest.array()?) & CRITICAL_FLAGS != 0 {
            return Err(Malformed("a flag is not known"));
        }
        let extension = usize::try_from(rest.word()?);
        rest.take(extension.map_err(|_| Malformed("a length is negative"))?)?;
        Ok(Self {
            rest,
            fields_left: 0,
        })
    }

    /// Goes to the next row, which must have so many fields; tells whether there was one. All fields of the one before
    /// must have been read.
    pub(crate) fn next(&mut self, fields: i16) -> Result<bool, Malformed> {
        if self.fields_left != 0 {
            return Err(Malformed("fields of a row were not read"));
        }
        match i16::from_be_bytes(self.rest.array()?) {
            END => self.rest.end(false),
            count if count == fields => {
                self.fields_left = count;
                Ok(true)
            }
            _ => Err(Malformed("a row has another number of fields")),
        }
    }

    /// The next field of the row.
    pub(crate) fn field<T: Column<'a>>(&mut self) -> Result<T, Malformed> {
        if self.fields_left == 0 {
            return Err(Malformed("a row has fewer fields"));
        }
        self.fields_left -= 1;
        self.rest.value()
    }
}

impl<'a> Column<'a> for &'a str {
    fn read(bytes: &'a [u8]) -> Result<Self, Malformed> {
        str::from_utf8(bytes).map_err(|_| Malformed("a text is not UTF-8"))
    }
}

impl Column<'_> for bool {
    fn read(bytes: &[u8]) -> Result<Self, Malformed> {
        match bytes {
            [0] => Ok(false),
            [1] => Ok(true),
            _ => Err(Malformed("a boolean is neither 0 nor 1")),
        }
    }
}

impl Column<'_> for i32 {
    fn read(bytes: &[u8]) -> Result<Self, Malformed> {
        let number = bytes.try_into().map(Self::from_be_bytes);
        number.map_err(|_| Malformed("an integer has not four bytes"))
    }
}

impl Column<'_> for i64 {
    fn read(bytes: &[u8]) -> Result<Self, Malformed> {
        let number = bytes.try_into().map(Self::from_be_bytes);
        number.map_err(|_| Malformed("a bigint has not eight bytes"))
    }
}

impl<'a> Column<'a> for NaiveDate {
    fn read(bytes: &'a [u8]) -> Result<Self, Malformed> {
        let days = i32::read(bytes)?;
        let distance = Days::new(u64::from(days.unsigned_abs()));
        let date = if days < 0 {
            EPOCH.checked_sub_days(distance)
        } else {
            EPOCH.checked_add_days(distance)
        };
        date.ok_or(Malformed("a date is out of range"))
    }
}

impl<'a, T: Column<'a>> Column<'a> for Option<T> {
    fn read(bytes: &'a [u8]) -> Result<Self, Malformed> {
        T::read(bytes).map(Some)
    }

    fn absent() -> Result<Self, Malformed> {
        Ok(None)
    }
}

/// An array of one dimension, or an empty one.
impl<'a, T: Column<'a>> Column<'a> for Vec<T> {
    fn read(bytes: &'a [u8]) -> Result<Self, Malformed> {
        let mut rest = Bytes(bytes);
        let dimensions = rest.word()?;
        // Whether an element is null, which each says of itself; and the type, which the query fixed.
        let (_nulls, _type) = (rest.word()?, rest.word()?);
        match dimensions {
            0 => return rest.end(Self::new()),
            1 => {}
            _ => return Err(Malformed("an array has more than one dimension")),
        }
        let (count, _lower_bound) = (rest.word()?, rest.word()?);
        // It might say anything; but each element has at least its length.
        let most = rest.0.len() / size_of_val(&NULL);
        let mut elements = Self::with_capacity(most.min(usize::try_from(count).unwrap_or(0)));
        for _ in 0..count {
            elements.push(rest.value()?);
        }
        rest.end(elements)
    }
}

#[cfg(test)]
mod tests {
    use proptest::collection::vec;
    use proptest::prelude::*;

    use super::*;

    /// A copy of rows, each a list of values or of their absence.
    fn copy(rows: &[Vec<Option<Vec<u8>>>]) -> Vec<u8> {
        let mut bytes = [SIGNATURE, &[0; 8]].concat();
        for row in rows {
            bytes.extend(i16::try_from(row.len()).unwrap().to_be_bytes());
            for value in row {
                bytes.extend(framed(value.as_deref()));
            }
        }
        bytes.extend(END.to_be_bytes());
        bytes
    }

    fn framed(value: Option<&[u8]>) -> Vec<u8> {
        let length = value.map_or(NULL, |value| i32::try_from(value.len()).unwrap());
        [&length.to_be_bytes(), value.unwrap_or_default()].concat()
    }

    fn array(elements: &[Option<Vec<u8>>]) -> Vec<u8> {
        let count = i32::try_from(elements.len()).unwrap();
        let head = [1, 0, 20, count, 1].map(i32::to_be_bytes).concat();
        let elements = elements.iter().flat_map(|one| framed(one.as_deref()));
        head.into_iter().chain(elements).collect()
    }

    /// Everything that a row of one column of this type says.
    fn read<'a, T: Column<'a>>(bytes: &'a [u8]) -> Result<Vec<T>, Malformed> {
        let mut rows = CopiedRows::of(bytes)?;
        let mut read = Vec::new();
        while rows.next(1)? {
            read.push(rows.field()?);
        }
        Ok(read)
    }

    fn day(year: i32, month: u32, day: u32) -> NaiveDate {
        NaiveDate::from_ymd_opt(year, month, day).unwrap()
    }

    #[test]
    fn days_are_counted_from_the_year_2000_both_ways() {
        let days =
            [0, 9_823, -1, -730_119].map(|days: i32| vec![Some(days.to_be_bytes().to_vec())]);
        assert_eq!(
            read(&copy(&days)),
            Ok(vec![
                day(2000, 1, 1),
                day(2026, 11, 23),
                day(1999, 12, 31),
                day(1, 1, 1)
            ])
        );
    }

    #[test]
    fn infinity_is_no_day() {
        let infinity = copy(&[vec![Some(i32::MAX.to_be_bytes().to_vec())]]);
        assert_eq!(
            read::<NaiveDate>(&infinity),
            Err(Malformed("a date is out of range"))
        );
    }

    #[test]
    fn an_absent_value_is_an_error_where_none_may_be_absent() {
        let absent = copy(&[vec![None]]);
        assert_eq!(read::<Option<i64>>(&absent), Ok(vec![None]));
        let refused = Err(Malformed("a value is null that must not be"));
        assert_eq!(read::<i64>(&absent), refused);
        let within = copy(&[vec![Some(array(&[Some(vec![0; 8]), None]))]]);
        assert_eq!(
            read::<Vec<Option<i64>>>(&within),
            Ok(vec![vec![Some(0), None]])
        );
        assert!(read::<Vec<i64>>(&within).is_err());
    }

    #[test]
    fn columns_that_were_not_asked_for_are_noticed() {
        let two = copy(&[vec![Some(vec![1]), Some(vec![0])]]);
        let mut rows = CopiedRows::of(&two).unwrap();
        assert_eq!(
            rows.next(3),
            Err(Malformed("a row has another number of fields"))
        );
        let mut rows = CopiedRows::of(&two).unwrap();
        assert_eq!(rows.next(2), Ok(true));
        assert_eq!(rows.field(), Ok(true));
        assert_eq!(
            rows.next(2),
            Err(Malformed("fields of a row were not read"))
        );
        assert_eq!(rows.field(), Ok(false));
        assert_eq!(
            rows.field::<bool>(),
            Err(Malformed("a row has fewer fields"))
        );
        assert_eq!(rows.next(2), Ok(false));
    }

    #[test]
    fn a_value_of_another_type_is_noticed() {
        let bytes = copy(&[vec![Some(vec![0xff; 5])]]);
        assert!(read::<&str>(&bytes).is_err());
        assert!(read::<bool>(&bytes).is_err());
        assert!(read::<i32>(&bytes).is_err());
        assert!(read::<i64>(&bytes).is_err());
        assert!(read::<NaiveDate>(&bytes).is_err());
        assert!(read::<Vec<i64>>(&bytes).is_err());
        let square = [2, 0, 20, 1, 1, 1, 1].map(i32::to_be_bytes).concat();
        assert_eq!(
            read::<Vec<i64>>(&copy(&[vec![Some(square)]])),
            Err(Malformed("an array has more than one dimension"))
        );
    }

    #[test]
    fn what_is_no_copy_of_this_version_is_refused() {
        assert!(read::<i64>(b"").is_err());
        assert!(read::<i64>(b"PGCOPY\n\xff\r\n\x01\0\0\0\0\0\0\0\0\xff\xff").is_err());
        assert!(read::<i64>(b"PGCOPY\n\xff\r\n\0\0\x01\0\0\0\0\0\0\xff\xff").is_err());
        let extended = b"PGCOPY\n\xff\r\n\0\0\0\0\x01\0\0\0\x02xx\xff\xff";
        assert_eq!(
            read::<i64>(extended),
            Ok(Vec::new()),
            "what is not known is passed over"
        );
        let followed = [copy(&[]), vec![0]].concat();
        assert!(read::<i64>(&followed).is_err());
    }

    proptest! {
        #[test]
        fn numbers_come_back_as_they_went(rows in vec(vec(any::<Option<i64>>(), 0..9), 0..9)) {
            let of = |number: &Option<i64>| number.map(|number| number.to_be_bytes().to_vec());
            let bytes: Vec<_> = rows
                .iter()
                .map(|row| vec![Some(array(&row.iter().map(of).collect::<Vec<_>>()))])
                .collect();
            prop_assert_eq!(read::<Vec<Option<i64>>>(&copy(&bytes)), Ok(rows));
        }

        #[test]
        fn a_copy_that_was_cut_short_is_an_error(texts in vec("\\PC{0,9}", 1..9), cut in any::<proptest::sample::Index>()) {
            let rows: Vec<_> = texts.iter().map(|text| vec![Some(text.clone().into_bytes())]).collect();
            let whole = copy(&rows);
            prop_assert!(read::<&str>(&whole[..cut.index(whole.len())]).is_err());
            let read = read::<&str>(&whole).unwrap();
            prop_assert_eq!(read, texts);
        }

        #[test]
        fn no_bytes_make_it_panic(bytes in vec(prop_oneof![Just(0_u8), Just(1), Just(0xff), any::<u8>()], 0..99)) {
            let bytes = [copy(&[])[..19].to_vec(), bytes].concat();
            let _either = (read::<&str>(&bytes), read::<Vec<i64>>(&bytes), read::<Vec<&str>>(&bytes));
            let _either = read::<Option<Vec<Option<NaiveDate>>>>(&bytes);
        }
    }
}
