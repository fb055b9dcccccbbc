//! Queries that look for customers. Whoever was merged into another is found as that one alone.

use sqlx::postgres::PgConnection;

use crate::customers::find::{Filter, Terms};
use crate::customers::fold;
use crate::customers::likeness::{Facts, last_ten};
use crate::customers::{Customer, Sight};
use crate::error::Result;
use crate::ids::{CustomerId, OrgId};
use crate::page::Cursor;

/// Two customers who may be one cost a comparison each: more than these pairs nobody looks through.
const MOST_PAIRS: i64 = 1_000;
/// Customers who share something with one.
const MOST_CANDIDATES: i64 = 200;

/// One more than `limit`, newest first; with a literal those whose name or address has it.
pub(in crate::customers) async fn list(
    conn: &mut PgConnection,
    Sight(technician): Sight,
    filter: &Filter,
    literal: Option<&str>,
    after: Option<Cursor>,
    limit: i64,
) -> Result<Vec<Customer>> {
    Ok(sqlx::query_as(
        "select c.* from customer c
         where c.merged_into is null
         and ($1::text is null or position($1 in c.name) > 0 or position($1 in c.address) > 0)
         and ($2::bool is null or c.is_active = $2)
         and ($3::uuid is null or exists (
            select from job j join job_assignment a using (org_id, job_id)
            where j.customer_id = c.customer_id and a.user_id = $3))
         and ($4::timestamptz is null or (c.created_at, c.customer_id) < ($4, $5))
         order by c.created_at desc, c.customer_id desc limit $6",
    )
    .bind(literal)
    .bind(filter.is_active)
    .bind(technician)
    .bind(after.map(|c| c.at))
    .bind(after.map(|c| c.id))
    .bind(limit + 1)
    .fetch_all(conn)
    .await?)
}

/// A customer and how well they fit.
#[derive(Debug, sqlx::FromRow)]
pub(in crate::customers) struct Found {
    #[sqlx(flatten)]
    pub(in crate::customers) customer: Customer,
    pub(in crate::customers) points: i64,
}

/// One more than `limit` of those who have every term, the best first, then the newest.
///
/// A word of the name counts 30, of a phone or an e-mail address 20, of an address 10; a whole word 5 more than a
/// beginning. A tax number counts 100.
pub(in crate::customers) async fn search(
    conn: &mut PgConnection,
    org: OrgId,
    (Sight(technician), filter): (Sight, &Filter),
    terms: &Terms,
    after: Option<(i64, CustomerId)>,
    limit: i64,
) -> Result<Vec<Found>> {
    // In the collation of the column every beginning is a range.
    let beyond: Vec<String> = terms.words.iter().map(|w| format!("{w}\u{10ffff}")).collect();
    Ok(sqlx::query_as(
        "with hit as (
             select w.customer_id, a.n, max(case w.field when 'name' then 30 when 'address' then 10 else 20 end
                    + case when w.word = a.word then 5 else 0 end) as points
             from unnest($2::int[], $3::text[], $4::text[]) a (n, word, beyond)
             join customer_word w on w.org_id = $1 and w.field <> 'key' and w.word >= a.word collate \"C\"
                  and w.word < a.beyond collate \"C\" and (w.field <> 'phone' or length(a.word) >= $12)
             group by w.customer_id, a.n),
         ranked as (
             select customer_id, sum(points)::bigint as points from hit group by customer_id having count(*) = $5
             union all
             select customer_id, 100 from customer where org_id = $1 and cuit_blind = $6),
         best as (select customer_id, max(points) as points from ranked group by customer_id)
         select c.*, b.points from best b join customer c on c.org_id = $1 and c.customer_id = b.customer_id
         where c.merged_into is null
         and ($7::bool is null or c.is_active = $7)
         and ($8::uuid is null or exists (
            select from job j join job_assignment a using (org_id, job_id)
            where j.org_id = $1 and j.customer_id = c.customer_id and a.user_id = $8))
         and ($9::bigint is null or (b.points, c.customer_id) < ($9, $10))
         order by b.points desc, c.customer_id desc limit $11",
    )
    .bind(org)
    .bind(&terms.groups)
    .bind(&terms.words)
    .bind(beyond)
    .bind(terms.wanted)
    .bind(&terms.blind)
    .bind(filter.is_active)
    .bind(technician)
    .bind(after.map(|(points, _)| points))
    .bind(after.map(|(_, id)| id))
    .bind(limit + 1)
    .bind(terms.least_digits)
    .fetch_all(conn)
    .await?)
}

/// Customers who share with somebody something that is worth a comparison.
pub(in crate::customers) async fn candidates(
    conn: &mut PgConnection,
    org: OrgId,
    but: Option<CustomerId>,
    facts: &Facts,
) -> Result<Vec<Customer>> {
    let key = Some(fold::key(&facts.name)).filter(|k| !k.is_empty());
    Ok(sqlx::query_as(
        "select c.* from customer c
         where c.org_id = $1 and c.merged_into is null and c.customer_id is distinct from $2 and c.customer_id in (
             select customer_id from customer where org_id = $1 and right(phone, 10) = $3
             union select customer_id from customer where org_id = $1 and cuit_blind = $4
             union select customer_id from customer where org_id = $1 and dni = $5
             union select customer_id from customer where org_id = $1 and lower(email) = lower($6)
             union select customer_id from customer_word where org_id = $1 and word = $7 and field = 'key'
             union select customer_id from customer_word where org_id = $1 and word = any($8) and field = 'name'
                   group by customer_id having count(*) >= 2)
         order by c.customer_id desc limit $9",
    )
    .bind(org)
    .bind(but)
    .bind(facts.phone.as_deref().and_then(last_ten))
    .bind(&facts.cuit)
    .bind(&facts.dni)
    .bind(&facts.email)
    .bind(key)
    .bind(fold::words(&facts.name))
    .bind(MOST_CANDIDATES)
    .fetch_all(conn)
    .await?)
}

/// Pairs of an organization that share something worth a comparison, the newer one of each first.
pub(in crate::customers) async fn pairs(
    conn: &mut PgConnection,
    org: OrgId,
) -> Result<Vec<(CustomerId, CustomerId)>> {
    Ok(sqlx::query_as(
        "with alive as (select * from customer where org_id = $1 and merged_into is null),
         pair as (
             select a.customer_id as newer, b.customer_id as older from alive a join alive b
                 on right(a.phone, 10) = right(b.phone, 10) and a.customer_id > b.customer_id
             union select a.customer_id, b.customer_id from alive a join alive b
                 on a.cuit_blind = b.cuit_blind and a.customer_id > b.customer_id
             union select a.customer_id, b.customer_id from alive a join alive b
                 on a.dni = b.dni and a.customer_id > b.customer_id
             union select a.customer_id, b.customer_id from alive a join alive b
                 on lower(a.email) = lower(b.email) and a.customer_id > b.customer_id
             union select a.customer_id, b.customer_id
                 from customer_word a join customer_word b
                     on b.org_id = $1 and b.word = a.word and b.field = 'key' and a.customer_id > b.customer_id
                 where a.org_id = $1 and a.field = 'key')
         select p.newer, p.older from pair p
         join alive a on a.customer_id = p.newer join alive b on b.customer_id = p.older
         order by p.newer desc, p.older desc limit $2",
    )
    .bind(org)
    .bind(MOST_PAIRS)
    .fetch_all(conn)
    .await?)
}
