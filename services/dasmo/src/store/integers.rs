//! Rows of integers as PostgreSQL sends them.

use std::ops::Deref;

use sqlx::error::BoxDynError;
use sqlx::postgres::{PgTypeInfo, PgValueFormat, PgValueRef};
use sqlx::{Decode, Postgres, Type};

/// An `integer[]` without nulls. The driver's own reading asks every element for its type: of a month by office, whose cells
/// hold some hundred thousand of them, that was a third of the service's time.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(in crate::store) struct Integers(Vec<i32>);

impl Deref for Integers {
    type Target = [i32];

    fn deref(&self) -> &[i32] {
        &self.0
    }
}

impl Type<Postgres> for Integers {
    fn type_info() -> PgTypeInfo {
        <Vec<i32> as Type<Postgres>>::type_info()
    }

    fn compatible(ty: &PgTypeInfo) -> bool {
        <Vec<i32> as Type<Postgres>>::compatible(ty)
    }
}

impl<'r> Decode<'r, Postgres> for Integers {
    fn decode(value: PgValueRef<'r>) -> Result<Self, BoxDynError> {
        match value.format() {
            PgValueFormat::Binary => read(value.as_bytes()?)
                .map(Self)
                .ok_or_else(|| "not a row of integers".into()),
            PgValueFormat::Text => Ok(Self(Vec::decode(value)?)),
        }
    }
}

/// Number of dimensions, whether there are nulls, type of the elements; for the dimension its length and first subscript; then each
/// element after its length. All in words of four bytes, as the elements are.
fn read(bytes: &[u8]) -> Option<Vec<i32>> {
    let word = |word: &[u8]| i32::from_be_bytes([word[0], word[1], word[2], word[3]]);
    let mut words = bytes.chunks_exact(4).map(word);
    let [dimensions, nulls, _] = [words.next()?, words.next()?, words.next()?];
    match (dimensions, nulls) {
        (0, _) => Some(Vec::new()),
        (1, 0) => {
            let length = usize::try_from(words.next()?).ok()?;
            words.next()?;
            (0..length)
                .map(|_| (words.next()? == 4).then(|| words.next())?)
                .collect()
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sent(words: &[i32]) -> Vec<u8> {
        words.iter().flat_map(|word| word.to_be_bytes()).collect()
    }

    #[test]
    fn elements_come_in_their_order_and_an_empty_row_has_no_dimension() {
        assert_eq!(
            read(&sent(&[1, 0, 23, 2, 1, 4, 7, 4, -1])),
            Some(vec![7, -1])
        );
        assert_eq!(read(&sent(&[0, 0, 23])), Some(vec![]));
    }

    #[test]
    fn what_is_cut_short_or_of_another_shape_is_no_row_of_integers() {
        let two_dimensions = [2, 0, 23, 1, 1, 1, 1, 4, 7];
        let with_nulls = [1, 1, 23, 1, 1, -1];
        let longer_elements = [1, 0, 20, 1, 1, 8, 0, 7];
        for words in [
            &two_dimensions[..],
            &with_nulls,
            &longer_elements,
            &[1, 0, 23, 2, 1, 4, 7],
            &[],
        ] {
            assert_eq!(read(&sent(words)), None, "{words:?}");
        }
    }
}
