//! Keyset pagination: page sizes, and tokens that are opaque to callers.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::failure::Failure;

/// A page to read: how many rows, and the key after which they begin.
#[derive(Debug, Clone)]
pub struct Page<Key> {
    /// Rows wanted, at least 1.
    pub size: i64,
    /// Key of the last row of the page before; `None` for the first page.
    pub after: Option<Key>,
}

impl<Key: DeserializeOwned> Page<Key> {
    /// Reads `page_size` (0 means `default`) and `page_token` of a request.
    pub fn read(size: i32, token: &str, default: i64) -> Result<Self, Failure> {
        let after = match token {
            "" => None,
            token => Some(decode(token).ok_or_else(|| {
                Failure::field(
                    "page_token",
                    "must be the next_page_token of the previous answer",
                )
            })?),
        };
        Ok(Self {
            size: if size <= 0 { default } else { i64::from(size) },
            after,
        })
    }
}

/// Turns what was read, one row more than the page at most, into the page and the token of the next one. Stores read
/// `size + 1` rows, so that the last page is known to be the last.
pub fn cut<Row, Key: Serialize>(
    mut rows: Vec<Row>,
    size: i64,
    key: impl Fn(&Row) -> Key,
) -> (Vec<Row>, String) {
    let size = usize::try_from(size).unwrap_or(usize::MAX);
    if rows.len() <= size {
        return (rows, String::new());
    }
    rows.truncate(size);
    let token = rows.last().map(|row| encode(&key(row))).unwrap_or_default();
    (rows, token)
}

fn encode(key: &impl Serialize) -> String {
    URL_SAFE_NO_PAD.encode(serde_json::to_vec(key).unwrap_or_default())
}

fn decode<Key: DeserializeOwned>(token: &str) -> Option<Key> {
    serde_json::from_slice(&URL_SAFE_NO_PAD.decode(token).ok()?).ok()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// Reads all pages of `rows` as a store does: those after the key, one more than the page.
    fn all_pages(rows: &[u32], size: i32) -> Vec<Vec<u32>> {
        let mut pages = Vec::new();
        let mut token = String::new();
        loop {
            let page: Page<u32> = Page::read(size, &token, 100).unwrap();
            let rest = rows
                .iter()
                .copied()
                .filter(|row| page.after.is_none_or(|after| *row > after));
            let read = rest.take(usize::try_from(page.size).unwrap() + 1).collect();
            let (rows, next) = cut(read, page.size, |row| *row);
            pages.push(rows);
            if next.is_empty() {
                return pages;
            }
            token = next;
        }
    }

    #[test]
    fn no_size_means_the_default() {
        assert_eq!(Page::<u32>::read(0, "", 50).unwrap().size, 50);
        assert_eq!(Page::<u32>::read(7, "", 50).unwrap().size, 7);
    }

    #[test]
    fn a_token_that_was_not_given_out_is_a_malformed_field() {
        for token in ["x", "!!", "bnVsbA", "ZZZZ"] {
            let failure = Page::<(u32, String)>::read(0, token, 50).unwrap_err();
            assert_eq!(failure.violations()[0].field, "page_token");
        }
    }

    #[test]
    fn a_last_page_that_is_full_says_that_it_is_the_last() {
        assert_eq!(all_pages(&[1, 2, 3, 4], 2), [[1, 2], [3, 4]]);
        assert_eq!(all_pages(&[], 2), [Vec::<u32>::new()]);
    }

    proptest! {
        #[test]
        fn pages_of_any_size_hold_every_row_once_and_in_order(
            rows in proptest::collection::btree_set(0_u32..1_000, 0..60),
            size in 1_i32..20,
        ) {
            let rows: Vec<u32> = rows.into_iter().collect();
            prop_assert_eq!(all_pages(&rows, size).concat(), rows);
        }

        #[test]
        fn a_key_comes_back_from_its_token(key in any::<(String, i64)>()) {
            prop_assert_eq!(decode::<(String, i64)>(&encode(&key)), Some(key));
        }
    }
}
