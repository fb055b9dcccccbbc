//! Queries of privacy. What is held, and where, stands in [`held`]; everything else is one statement a function.

pub(crate) mod consent;
pub(crate) mod days;
pub(crate) mod held;
pub(crate) mod identity;
pub(crate) mod rectify;
pub(crate) mod request;
pub(crate) mod retain;
pub(crate) mod sweep;

use std::collections::BTreeSet;

use serde_json::Value;
use sqlx::postgres::{PgArguments, PgConnection};
use sqlx::query::Query;
use sqlx::{AssertSqlSafe, Postgres};
use uuid::Uuid;

use self::held::Held;
use super::subject::Keys;
use super::words::Known;
use crate::db::Tenant;
use crate::error::Result;
use crate::ids::OrgId;

/// The subject's keys as a row `s`, for the conditions of [`held`].
const SUBJECT: &str = "with s as (select $1::uuid as org_id, $2::uuid[] as users, $3::int4[] as members,
    $4::uuid[] as customers, $5::uuid[] as jobs, $6::uuid[] as conversations, $7::uuid[] as messages,
    $8::uuid[] as sessions, $9::uuid[] as files, $10::text[] as phones, $11::text[] as emails, $12::text as mention) ";

/// A statement over the subject's keys. `text` is made of what stands in [`held`] and of nothing else.
fn about(text: String, org: OrgId, keys: &Keys) -> Query<'_, Postgres, PgArguments> {
    sqlx::query(AssertSqlSafe(format!("{SUBJECT}{text}")))
        .bind(org)
        .bind(&keys.users)
        .bind(&keys.members)
        .bind(&keys.customers)
        .bind(&keys.jobs)
        .bind(&keys.conversations)
        .bind(&keys.messages)
        .bind(&keys.sessions)
        .bind(&keys.files)
        .bind(&keys.phones)
        .bind(&keys.emails)
        .bind(keys.mention())
}

/// Rows of one entry as JSON text.
pub(crate) async fn rows(tenant: &mut Tenant, keys: &Keys, held: &Held) -> Result<Vec<Value>> {
    let org = tenant.org();
    let text = format!(
        "select to_jsonb(t) as row from {} t, s where t.org_id = s.org_id and ({})",
        held.table, held.whose
    );
    let rows = about(text, org, keys).fetch_all(tenant.conn()).await?;
    rows.iter().map(|row| Ok(sqlx::Row::try_get(row, "row")?)).collect()
}

/// The same of a table outside of organizations.
pub(crate) async fn rows_outside(
    conn: &mut PgConnection,
    org: OrgId,
    keys: &Keys,
    held: &Held,
) -> Result<Vec<Value>> {
    let text = format!("select to_jsonb(t) as row from {} t, s where {}", held.table, held.whose);
    let rows = about(text, org, keys).fetch_all(conn).await?;
    rows.iter().map(|row| Ok(sqlx::Row::try_get(row, "row")?)).collect()
}

/// Gives a transaction the time to read whole tables.
pub(crate) async fn patient(tenant: &mut Tenant) -> Result<()> {
    sqlx::query("set local statement_timeout = '120s'").execute(tenant.conn()).await?;
    Ok(())
}

/// Takes one entry's rows away; how many there were.
pub(crate) async fn delete(conn: &mut PgConnection, org: OrgId, keys: &Keys, held: &Held) -> Result<u64> {
    let text = format!("delete from {} t using s where t.org_id = s.org_id and ({})", held.table, held.whose);
    Ok(about(text, org, keys).execute(conn).await?.rows_affected())
}

/// Takes what is personal out of one entry's rows; how many there were.
pub(crate) async fn blank(
    conn: &mut PgConnection,
    org: OrgId,
    keys: &Keys,
    held: &Held,
    set: &str,
) -> Result<u64> {
    let text =
        format!("update {} t set {set} from s where t.org_id = s.org_id and ({})", held.table, held.whose);
    Ok(about(text, org, keys).execute(conn).await?.rows_affected())
}

/// One column's JSON of one entry's rows, with the rows' places. They stay where they are until the transaction ends.
pub(crate) async fn bodies(
    conn: &mut PgConnection,
    org: OrgId,
    keys: &Keys,
    held: &Held,
    column: &str,
) -> Result<Vec<(String, Value)>> {
    let text = format!(
        "select t.ctid::text as place, t.{column} as body from {} t, s
         where t.org_id = s.org_id and ({}) for update of t",
        held.table, held.whose
    );
    let rows = about(text, org, keys).fetch_all(conn).await?;
    rows.iter().map(|row| Ok((sqlx::Row::try_get(row, "place")?, sqlx::Row::try_get(row, "body")?))).collect()
}

/// Writes them back.
pub(crate) async fn put_bodies(
    conn: &mut PgConnection,
    held: &Held,
    column: &str,
    bodies: &[(String, Value)],
) -> Result<()> {
    for part in bodies.chunks(500) {
        let (places, values): (Vec<&str>, Vec<&Value>) = part.iter().map(|(p, v)| (p.as_str(), v)).unzip();
        let text = format!(
            "update {} t set {column} = x.body from unnest($1::text[], $2::jsonb[]) as x(place, body)
             where t.ctid = x.place::tid",
            held.table
        );
        sqlx::query(AssertSqlSafe(text)).bind(places).bind(values).execute(&mut *conn).await?;
    }
    Ok(())
}

/// The people and customers with a phone.
pub(crate) async fn by_phone(tenant: &mut Tenant, phone: &str) -> Result<(Vec<Uuid>, Vec<Uuid>)> {
    let org = tenant.org();
    let users = sqlx::query_scalar("select user_id from member where org_id = $1 and phone = $2")
        .bind(org)
        .bind(phone)
        .fetch_all(tenant.conn())
        .await?;
    let customers = sqlx::query_scalar("select customer_id from customer where org_id = $1 and phone = $2")
        .bind(org)
        .bind(phone)
        .fetch_all(tenant.conn())
        .await?;
    Ok((users, customers))
}

/// The sealed tax numbers of customers.
pub(crate) async fn sealed_cuits(tenant: &mut Tenant, keys: &Keys) -> Result<Vec<(Uuid, Vec<u8>)>> {
    let org = tenant.org();
    Ok(sqlx::query_as(
        "select customer_id, cuit_sealed from customer
         where org_id = $1 and customer_id = any ($2) and cuit_sealed is not null",
    )
    .bind(org)
    .bind(&keys.customers)
    .fetch_all(tenant.conn())
    .await?)
}

/// What follows from the keys that are given: keeps those that are known here, and finds the others.
pub(crate) async fn complete(tenant: &mut Tenant, keys: &mut Keys) -> Result<()> {
    let org = tenant.org();
    let conn = tenant.conn();
    let members: Vec<(Uuid, i32, String)> =
        sqlx::query_as("select user_id, member, phone from member where org_id = $1 and user_id = any ($2)")
            .bind(org)
            .bind(&keys.users)
            .fetch_all(&mut *conn)
            .await?;
    let customers: Vec<(Uuid, String)> = sqlx::query_as(
        // With those who were merged into them.
        "select customer_id, phone from customer
         where org_id = $1 and (customer_id = any ($2) or merged_into = any ($2))",
    )
    .bind(org)
    .bind(&keys.customers)
    .fetch_all(&mut *conn)
    .await?;
    keys.users = members.iter().map(|m| m.0).collect();
    keys.members = members.iter().map(|m| m.1).collect();
    keys.customers = customers.iter().map(|c| c.0).collect();
    let phones = members.into_iter().map(|m| m.2).chain(customers.into_iter().map(|c| c.1));
    let phones: BTreeSet<String> =
        phones.chain(keys.phones.drain(..)).filter(|p| p.starts_with('+')).collect();
    keys.phones = phones.into_iter().collect();
    keys.jobs = sqlx::query_scalar("select job_id from job where org_id = $1 and customer_id = any ($2)")
        .bind(org)
        .bind(&keys.customers)
        .fetch_all(&mut *conn)
        .await?;
    keys.conversations = sqlx::query_scalar(
        "select conversation_id from conversation
         where org_id = $1 and (customer_id = any ($2) or member_id = any ($3) or phone = any ($4))",
    )
    .bind(org)
    .bind(&keys.customers)
    .bind(&keys.users)
    .bind(&keys.phones)
    .fetch_all(&mut *conn)
    .await?;
    keys.sessions = sqlx::query_scalar(
        "select session_id from tracking_session where org_id = $1 and (user_id = any ($2) or job_id = any ($3))",
    )
    .bind(org)
    .bind(&keys.users)
    .bind(&keys.jobs)
    .fetch_all(&mut *conn)
    .await?;
    keys.messages = sqlx::query_scalar(
        "with own as (
            select message_id from message
            where org_id = $1 and (customer_id = any ($2) or user_id = any ($3) or conversation_id = any ($4)
                or to_phone = any ($5) or from_phone = any ($5) or (entity_kind = 'job' and entity_id = any ($6)))
         )
         select message_id from own
         union select message_id from message where org_id = $1 and fallback_of in (select message_id from own)",
    )
    .bind(org)
    .bind(&keys.customers)
    .bind(&keys.users)
    .bind(&keys.conversations)
    .bind(&keys.phones)
    .bind(&keys.jobs)
    .fetch_all(&mut *conn)
    .await?;
    keys.files = files(conn, org, keys).await?;
    Ok(())
}

/// What hangs on keys that age alone gave: journeys of jobs, and files that nothing else names.
pub(crate) async fn follow(tenant: &mut Tenant, keys: &mut Keys) -> Result<()> {
    let org = tenant.org();
    let conn = tenant.conn();
    keys.sessions =
        sqlx::query_scalar("select session_id from tracking_session where org_id = $1 and job_id = any ($2)")
            .bind(org)
            .bind(&keys.jobs)
            .fetch_all(&mut *conn)
            .await?;
    keys.files = files(conn, org, keys).await?;
    Ok(())
}

/// Files of the subject's jobs, messages and notes, and a person's picture; not those that others' rows name too.
async fn files(conn: &mut PgConnection, org: OrgId, keys: &Keys) -> Result<Vec<Uuid>> {
    Ok(sqlx::query_scalar(
        "with own as (
            select file_id from job_photo where org_id = $1 and job_id = any ($2)
            union select n.file_id from voice_note n where n.org_id = $1
                and (n.customer_id = any ($3) or n.sender = any ($4) or n.message_id = any ($5))
            union select f.file_id from file f where f.org_id = $1 and exists (
                select from message m where m.org_id = $1 and m.message_id = any ($5)
                and strpos(m.body::text, f.file_id::text) > 0)
            union select d.file_id from change_request_document d join change_request r using (org_id, request_id)
                where d.org_id = $1 and (r.entity_id = any ($3) or r.entity_id = any ($6))
            union select file_id from file where org_id = $1 and created_by = any ($6) and purpose = 'avatar'
         )
         select f.file_id from file f join own using (file_id) where f.org_id = $1
         and not exists (select from job_photo p where p.org_id = $1 and p.file_id = f.file_id and p.job_id <> all ($2))
         and not exists (select from voice_note n where n.org_id = $1 and n.file_id = f.file_id
             and (n.customer_id = any ($3) or n.sender = any ($4) or n.message_id = any ($5)) is not true)
         and not exists (select from message m where m.org_id = $1 and m.message_id <> all ($5)
             and strpos(m.body::text, f.file_id::text) > 0)",
    )
    .bind(org)
    .bind(&keys.jobs)
    .bind(&keys.customers)
    .bind(&keys.phones)
    .bind(&keys.messages)
    .bind(&keys.users)
    .fetch_all(conn)
    .await?)
}

/// By which words the subject is recognized, without those that somebody else here has too.
pub(crate) async fn known(tenant: &mut Tenant, keys: &Keys) -> Result<Known> {
    let org = tenant.org();
    let mut known = Known { phones: keys.phones.iter().cloned().collect(), ..Known::default() };
    let rows: Vec<Value> = sqlx::query_scalar(
        "select to_jsonb(c) from customer c where org_id = $1 and customer_id = any ($2)
         union all select to_jsonb(m) from member m where org_id = $1 and user_id = any ($3)
         union all select jsonb_build_object('address', address) from job where org_id = $1 and job_id = any ($4)
         union all select jsonb_build_object('name', profile_name, 'username', username, 'wa_user_id', wa_user_id)
             from conversation where org_id = $1 and conversation_id = any ($5)
         union all select jsonb_build_object('name', signed_by) from job_photo where org_id = $1 and job_id = any ($4)",
    )
    .bind(org)
    .bind(&keys.customers)
    .bind(&keys.users)
    .bind(&keys.jobs)
    .bind(&keys.conversations)
    .fetch_all(tenant.conn())
    .await?;
    for (name, text) in rows.iter().filter_map(Value::as_object).flatten() {
        let Some(text) = text.as_str().map(str::trim).filter(|t| !t.is_empty()) else { continue };
        let list = match name.as_str() {
            "name" | "legal_name" | "razon_social" => &mut known.names,
            "address" | "direccion_fiscal" => &mut known.addresses,
            "email" | "username" | "wa_user_id" => &mut known.others,
            "cuil" | "dni" => &mut known.numbers,
            _ => continue,
        };
        list.insert(text.to_owned());
    }
    let shared: BTreeSet<String> = shared(tenant, keys, &known).await?.into_iter().collect();
    known.names.retain(|n| !shared.contains(&n.to_lowercase()));
    known.addresses.retain(|a| !shared.contains(&a.to_lowercase()));
    Ok(known)
}

/// Names and addresses, in lower case, that belong to others of the organization too.
async fn shared(tenant: &mut Tenant, keys: &Keys, known: &Known) -> Result<Vec<String>> {
    let org = tenant.org();
    let words: Vec<String> = known.names.iter().chain(&known.addresses).map(|w| w.to_lowercase()).collect();
    Ok(sqlx::query_scalar(
        "select w from unnest($2::text[]) w
         where exists (select from customer c where c.org_id = $1 and c.customer_id <> all ($3)
                       and (lower(c.name) = w or lower(c.address) = w))
            or exists (select from member m where m.org_id = $1 and m.user_id <> all ($4) and lower(m.name) = w)
            or exists (select from job j where j.org_id = $1 and j.job_id <> all ($5) and lower(j.address) = w)
            or exists (select from organization o where o.org_id = $1 and lower(o.name) = w)",
    )
    .bind(org)
    .bind(words)
    .bind(&keys.customers)
    .bind(&keys.users)
    .bind(&keys.jobs)
    .fetch_all(tenant.conn())
    .await?)
}
