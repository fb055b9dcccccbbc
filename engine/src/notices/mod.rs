//! The in-app inbox: what a person should know, kept until they have read it, and told live over the sockets.
//!
//! [`add`] writes a notice in the transaction of its cause; after the commit the person's open sockets in this
//! process hear of it. What a socket missed is in the list, which faces fetch when they come (back).

mod sql;
pub mod view;

use serde_json::Value;
use uuid::Uuid;

use crate::auth::role::Role;
use crate::db::Tenant;
use crate::error::{Error, Result};
use crate::ids::UserId;
use crate::live::Told;
use crate::page::{Cursor, Page, Paging};
use view::{NoticeFilter, NoticeFrame, NoticeList, NoticeView, Unread};

/// Something that a person should know.
#[derive(Debug, Clone)]
pub struct Notice {
    /// As `job_assigned`.
    pub kind: &'static str,
    /// One line, es-AR.
    pub title: String,
    /// A sentence or two, es-AR.
    pub body: String,
    /// What faces need to word it in the reader's language: `{"job_number": ..}`.
    pub params: Value,
    /// What it speaks of, as `("job", id)`: where a click leads.
    pub entity: Option<(&'static str, Uuid)>,
    /// The fact that is told: the same person hears it once.
    pub dedupe: String,
}

/// The page of a role.
pub fn face(role: Role) -> &'static str {
    if role == Role::Technician { "/tecnico" } else { "/dispatch" }
}

/// The most signs of a title and of a body; longer ones are cut.
const TITLE: usize = 200;
const BODY: usize = 1_000;

/// Puts a notice into a person's inbox; false where they have it already (or are no member any more).
pub async fn add(tenant: &mut Tenant, user: UserId, notice: &Notice) -> Result<bool> {
    let cut = Notice { title: cut(&notice.title, TITLE), body: cut(&notice.body, BODY), ..notice.clone() };
    let Some(row) = sql::insert(tenant, user, &cut).await? else { return Ok(false) };
    sql::forget(tenant, user).await?;
    tell(tenant, user, Some(row)).await?;
    Ok(true)
}

/// Active people with one of these roles.
pub async fn people(tenant: &mut Tenant, roles: &[Role]) -> Result<Vec<UserId>> {
    sql::people(tenant, roles).await
}

/// How often somebody got a notice of a kind in the last hour.
pub(crate) async fn recent(tenant: &mut Tenant, user: UserId, kind: &str) -> Result<i64> {
    sql::recent(tenant, user, kind).await
}

/// A person's phone and e-mail address.
pub(crate) async fn addresses(tenant: &mut Tenant, user: UserId) -> Result<Option<(String, Option<String>)>> {
    sql::reach(tenant, user).await
}

/// The same for every active person with one of these roles.
pub async fn add_for_roles(tenant: &mut Tenant, roles: &[Role], notice: &Notice) -> Result<()> {
    for user in sql::people(tenant, roles).await? {
        add(tenant, user, notice).await?;
    }
    Ok(())
}

/// A person's inbox, the newest first.
pub async fn list(
    tenant: &mut Tenant,
    user: UserId,
    filter: &NoticeFilter,
    paging: &Paging,
) -> Result<NoticeList> {
    let (limit, after) = (paging.limit()?, paging.after()?);
    let rows = sql::list(tenant, user, filter.unread.unwrap_or(false), (after, limit)).await?;
    let Page { items, next } = Page::cut(rows, limit, |n| Cursor { at: n.created_at.0, id: n.id });
    Ok(NoticeList { items, next, unread: sql::unread(tenant, user).await? })
}

/// A notice was read. Twice is once.
///
/// # Errors
/// `NotFound`, also where it is another person's.
pub async fn read(tenant: &mut Tenant, user: UserId, id: Uuid) -> Result<NoticeView> {
    let (row, is_news) = sql::read(tenant, user, id).await?.ok_or(Error::NotFound("notification"))?;
    if is_news {
        tell(tenant, user, None).await?;
    }
    Ok(row)
}

/// All that there is was read.
pub async fn read_all(tenant: &mut Tenant, user: UserId) -> Result<Unread> {
    if sql::read_all(tenant, user).await? > 0 {
        tell(tenant, user, None).await?;
    }
    Ok(Unread { unread: sql::unread(tenant, user).await? })
}

/// Tells the person's sockets after the commit: a new notice, or how many are left.
async fn tell(tenant: &mut Tenant, user: UserId, notice: Option<NoticeView>) -> Result<()> {
    let unread = sql::unread(tenant, user).await?;
    let frame = NoticeFrame { unread, notice }.text()?;
    let org = tenant.org();
    tenant.tell(Told { org, user, frame: frame.into() });
    Ok(())
}

fn cut(text: &str, most: usize) -> String {
    text.chars().filter(|c| *c != '\0').take(most).collect()
}
