//! Lists of customers: everybody, newest first, or those who have what is looked for, the best first.

use chrono::DateTime;
use serde::Deserialize;

use super::fold::{self, Asked};
use super::{Customer, Sight, sql, tax};
use crate::Engine;
use crate::cuit::Cuit;
use crate::error::{Error, Result};
use crate::ids::{CustomerId, OrgId};
use crate::page::{Cursor, Page, Paging};

/// Beside other words a house number is no part of a phone.
const LEAST_DIGITS: i32 = 4;

/// Which customers a list shows.
#[derive(Debug, Default, Deserialize, utoipa::IntoParams)]
#[into_params(parameter_in = Query)]
pub struct Filter {
    /// Words that must all be there, in any order, each by its beginning, accents or not: of the name, the address, the
    /// e-mail address; or a part of the phone, or the whole tax number.
    pub q: Option<String>,
    /// Only active or only deactivated ones.
    pub is_active: Option<bool>,
}

/// What is looked for, as the query takes it: one of each group's words must be there.
#[derive(Debug, Default)]
pub(super) struct Terms {
    pub(super) groups: Vec<i32>,
    pub(super) words: Vec<String>,
    /// How many groups there are.
    pub(super) wanted: i64,
    /// Shorter words are no part of a phone.
    pub(super) least_digits: i32,
    /// The blind of a tax number, if it is one.
    pub(super) blind: Option<Vec<u8>>,
}

impl Terms {
    fn any_of(words: Vec<String>) -> Self {
        Self { groups: vec![0; words.len()], words, wanted: 1, least_digits: 0, blind: None }
    }

    fn all_of(words: Vec<String>) -> Self {
        let wanted = words.len();
        let (groups, least_digits) = ((0..).take(wanted).collect(), LEAST_DIGITS);
        Self { groups, words, wanted: wanted as i64, least_digits, blind: None }
    }
}

/// The customers of an organization: newest first, or with `q` the best first.
pub async fn list(
    engine: &Engine,
    org: OrgId,
    sight: Sight,
    filter: &Filter,
    paging: &Paging,
) -> Result<Page<Customer>> {
    let (limit, after) = (paging.limit()?, paging.after()?);
    let q = filter.q.as_deref().unwrap_or_default();
    if q.chars().count() > 200 || q.contains('\0') {
        return Err(Error::invalid("q", "hasta 200 letras (at most 200 letters)"));
    }
    let mut tenant = engine.db.tenant(org).await?;
    let (literal, terms) = match fold::read(q) {
        Asked::All => (None, None),
        Asked::Literal(text) => (Some(text), None),
        Asked::Digits(spellings) => (None, Some(Terms::any_of(spellings))),
        Asked::Words(words) => (None, Some(Terms::all_of(words))),
    };
    let mut page = match terms {
        None => {
            let rows = sql::list(tenant.conn(), sight, filter, literal.as_deref(), after, limit).await?;
            Page::cut(rows, limit, |c| Cursor { at: c.created_at.0, id: c.id.0 })
        }
        Some(mut terms) => {
            let cuit = Cuit::read(q).ok().filter(|_| sight.0.is_none());
            terms.blind = cuit.map(|c| tax::blind(engine, org, c.digits()));
            let after = after.map(|c| (c.at.timestamp_micros(), CustomerId(c.id)));
            let rows = sql::search(tenant.conn(), org, (sight, filter), &terms, after, limit).await?;
            let page = Page::cut(rows, limit, place);
            Page { items: page.items.into_iter().map(|f| f.customer).collect(), next: page.next }
        }
    };
    for row in &mut page.items {
        sight.show(engine, &mut tenant, row).await?;
    }
    Ok(page)
}

/// A place in an order by points, written where lists by age have their moment.
fn place(found: &sql::Found) -> Cursor {
    let at = DateTime::from_timestamp_micros(found.points).unwrap_or_default();
    Cursor { at, id: found.customer.id.0 }
}
