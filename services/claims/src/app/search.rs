//! Search: a page of what a filter finds, with a token that belongs to filter and order.

use chassis::db::ScopedFutureExt;
use chassis::identity::Caller;
use chassis::paging::{Page, cut};
use chassis::{Failure, audit};
use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};
use uuid::Uuid;

use super::App;
use crate::domain::search::{Criteria, Found, Handling, Order, Place, SortField};
use crate::store;

/// Claims a page when the caller does not say.
const DEFAULT_PAGE: i64 = 50;
/// Counted up to here: more is not a number that anybody reads.
pub(super) const COUNTED_MOST: i64 = 10_000;

/// What to find and how to show it.
#[derive(Debug)]
pub(crate) struct SearchCommand {
    /// What.
    pub(crate) criteria: Criteria,
    /// The filter as it came, to which page tokens belong.
    pub(crate) fingerprint: Vec<u8>,
    /// In what order.
    pub(crate) order: Order,
    /// Claims a page; 0 for the default.
    pub(crate) page_size: i32,
    /// Token of the page before.
    pub(crate) page_token: String,
}

/// A page of what was found.
#[derive(Debug)]
pub(crate) struct Results {
    /// The claims.
    pub(crate) claims: Vec<Found>,
    /// Token of the next page.
    pub(crate) next_page_token: String,
    /// How many on all pages, counted up to a limit.
    pub(crate) total: i64,
    /// Whether there are more.
    pub(crate) total_exceeded: bool,
}

/// Where a page begins, and of which list.
#[derive(Debug, Clone, Serialize, Deserialize)]
struct Token {
    filter: String,
    order: String,
    key: String,
    id: Uuid,
}

impl Token {
    /// The place after which the next page begins; a field of the request is named when the token is of another list.
    fn place(self, filter: &str, order: &str) -> Result<Place, Failure> {
        if self.filter != filter {
            return Err(Failure::field(
                "page_token",
                "belongs to another `filter`: begin again without it",
            ));
        }
        if self.order != order {
            return Err(Failure::field(
                "page_token",
                "belongs to another `order`: begin again without it",
            ));
        }
        let place = Place {
            key: self.key,
            id: self.id,
        };
        Ok(place)
    }
}

/// Refuses a key that cannot be of the field: it did not come from here.
fn fits(field: SortField, key: &str) -> bool {
    match field {
        SortField::SubmittedAt | SortField::StateSince => {
            chrono::DateTime::parse_from_str(key, "%Y-%m-%d %H:%M:%S%.f%#z").is_ok()
        }
        SortField::Deadline => key == "infinity" || key.parse::<chrono::NaiveDate>().is_ok(),
        SortField::Hours => key.parse::<i64>().is_ok(),
        SortField::Protocol | SortField::EmployerName => true,
    }
}

impl App {
    /// A page of the claims in the caller's rows that the criteria find. A filter outside the scope is IDN-E05, or
    /// IDN-E07 for the matricola of an intermediary.
    pub(crate) async fn search(
        &self,
        caller: &Caller,
        command: &SearchCommand,
    ) -> Result<Results, Failure> {
        permit(caller, &command.criteria)?;
        let (filter, order) = (fingerprint(&command.fingerprint), name_of(command.order));
        let page: Page<Token> = Page::read(command.page_size, &command.page_token, DEFAULT_PAGE)?;
        let after = page
            .after
            .map(|token| token.place(&filter, &order))
            .transpose()?;
        if !after
            .as_ref()
            .is_none_or(|place| fits(command.order.field, &place.key))
        {
            return Err(Failure::field(
                "page_token",
                "must be the next_page_token of the previous answer",
            ));
        }
        let (after, limit) = (&after, page.size + 1);
        let (rows, counted) = self
            .database
            .transaction("claims_search", |tx| {
                async move {
                    let (scope, criteria) = (&caller.scope, &command.criteria);
                    let order = command.order;
                    let rows =
                        store::search::page(tx, scope, criteria, order, after.as_ref(), limit)
                            .await?;
                    let counted =
                        store::search::count(tx, scope, criteria, COUNTED_MOST + 1).await?;
                    let entry = audit::Entry {
                        action: "claims.search",
                        resource_type: "claim",
                        resource_id: String::new(),
                        result_count: i64::try_from(rows.len()).unwrap_or(i64::MAX).min(limit - 1),
                    };
                    audit::record(tx, caller, entry, self.clock.now()).await?;
                    Ok((rows, counted))
                }
                .scope_boxed()
            })
            .await?;
        let (claims, next_page_token) = cut(rows, page.size, |row| Token {
            filter: filter.clone(),
            order: order.clone(),
            key: row.place.key.clone(),
            id: row.place.id,
        });
        Ok(Results {
            claims,
            next_page_token,
            total: counted.min(COUNTED_MOST),
            total_exceeded: counted > COUNTED_MOST,
        })
    }
}

/// Refuses a filter that names what lies outside the caller's rows, or what a filer may not know.
pub(super) fn permit(caller: &Caller, criteria: &Criteria) -> Result<(), Failure> {
    if let Some(matricola) = &criteria.matricola {
        caller.require_matricola(matricola)?;
    }
    for office in &criteria.offices {
        caller.require_office(office)?;
    }
    if caller.is_filer() && criteria.handling != Handling::Any {
        return Err(Failure::field(
            "filter.handler_id",
            "who has a claim in charge is for offices to know",
        ));
    }
    Ok(())
}

fn name_of(order: Order) -> String {
    let direction = if order.descending { "DESC" } else { "ASC" };
    format!("{} {direction}", order.field.code())
}

fn fingerprint(filter: &[u8]) -> String {
    let digest = Sha256::digest(filter);
    let mut half = [0; 16];
    half.copy_from_slice(&digest[..16]);
    Uuid::from_bytes(half).simple().to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn token() -> Token {
        Token {
            filter: "a".into(),
            order: "HOURS ASC".into(),
            key: "100".into(),
            id: Uuid::nil(),
        }
    }

    #[test]
    fn a_token_of_another_filter_or_order_says_which() {
        let of_filter = token().place("b", "HOURS ASC").unwrap_err();
        assert!(of_filter.violations()[0].description.contains("`filter`"));
        let of_order = token().place("a", "HOURS DESC").unwrap_err();
        assert!(of_order.violations()[0].description.contains("`order`"));
        assert_eq!(token().place("a", "HOURS ASC").unwrap().key, "100");
    }

    #[test]
    fn a_key_must_be_of_the_field() {
        assert!(fits(SortField::SubmittedAt, "2026-09-10 10:00:00+00"));
        assert!(fits(SortField::StateSince, "2026-09-10 10:00:00.123456+00"));
        assert!(!fits(SortField::SubmittedAt, "yesterday"));
        assert!(fits(SortField::Deadline, "infinity"));
        assert!(!fits(SortField::Hours, "1; drop table claim"));
    }
}
