//! Audit entries at the commit: numbered, chained, written.

use sqlx::postgres::PgConnection;
use uuid::Uuid;

use crate::error::Result;
use crate::ids::OrgId;
use crate::ledger::{Entry, GENESIS, Head, Ledger, Row};

/// Writes entries behind the end of the organization's chain, whose row stays locked until the transaction ends.
///
/// The lock is taken after all business rows and before the number of events: one order everywhere.
pub(super) async fn write(
    conn: &mut PgConnection,
    ledger: &Ledger,
    org: OrgId,
    entries: Vec<Entry>,
) -> Result<()> {
    let entries: Vec<Entry> = entries.into_iter().filter(|e| ledger.keeps(org, e)).collect();
    if entries.is_empty() {
        return Ok(());
    }
    let (head, now_us) = lock(conn, ledger, org).await?;
    let is_ours = head.mac == ledger.ring().head_mac(org, head.seq, &head.hash);
    if !is_ours {
        tracing::error!(%org, seq = head.seq, "the end of the audit chain was not written by this installation");
    }
    let (mut seq, mut hash) = (head.seq, head.hash);
    let mut rows = Vec::with_capacity(entries.len());
    for entry in entries {
        seq += 1;
        let row = ledger.row(org, seq, now_us, &hash, entry)?;
        hash.clone_from(&row.hash);
        rows.push(row);
    }
    let end = Head {
        seq,
        mac: ledger.ring().head_mac(org, seq, &hash),
        hash,
        // A new end over a false one would make it look true: that it was false is kept for ever.
        broken_at: head.broken_at.or((!is_ours).then_some(head.seq + 1)),
    };
    insert(conn, org, &end, &rows).await
}

/// The end of the chain, locked, and the database's time in microseconds. A chain begins here.
async fn lock(conn: &mut PgConnection, ledger: &Ledger, org: OrgId) -> Result<(Head, i64)> {
    let row: (i64, Vec<u8>, Vec<u8>, Option<i64>, i64) = sqlx::query_as(
        "insert into audit_head (org_id, seq, hash, mac) values ($1, 0, $2, $3)
         on conflict (org_id) do update set seq = audit_head.seq
         returning seq, hash, mac, broken_at, (extract(epoch from clock_timestamp()) * 1000000)::bigint",
    )
    .bind(org)
    .bind(GENESIS)
    .bind(ledger.ring().head_mac(org, 0, GENESIS))
    .fetch_one(conn)
    .await?;
    let (seq, hash, mac, broken_at, now_us) = row;
    Ok((Head { seq, hash, mac, broken_at }, now_us))
}

/// The rows and the end behind them, in one statement.
async fn insert(conn: &mut PgConnection, org: OrgId, end: &Head, rows: &[Row]) -> Result<()> {
    fn each<T>(rows: &[Row], of: impl Fn(&Row) -> T) -> Vec<T> {
        rows.iter().map(of).collect()
    }
    sqlx::query(
        "with moved as (update audit_head set seq = $15, hash = $16, mac = $17, broken_at = $18 where org_id = $1)
         insert into audit_log (org_id, seq, entry_id, at, action, by_kind, by_user, entity, entity_id, about,
                                payload, key_n, previous, hash)
         select $1, seq, entry_id, 'epoch'::timestamptz + at_us * interval '1 microsecond', action, by_kind, by_user,
                entity, entity_id, about, payload, key_n, previous, hash
         from unnest($2::bigint[], $3::uuid[], $4::bigint[], $5::text[], $6::text[], $7::uuid[], $8::text[],
                     $9::uuid[], $10::uuid[], $11::bytea[], $12::smallint[], $13::bytea[], $14::bytea[])
              as r (seq, entry_id, at_us, action, by_kind, by_user, entity, entity_id, about, payload, key_n,
                    previous, hash)",
    )
    .bind(org)
    .bind(each(rows, |r| r.seq))
    .bind(each(rows, |r| r.entry_id))
    .bind(each(rows, |r| r.at_us))
    .bind(each(rows, |r| r.action.clone()))
    .bind(each(rows, |r| r.by_kind.clone()))
    .bind(each::<Option<Uuid>>(rows, |r| r.by_user))
    .bind(each(rows, |r| r.entity.clone()))
    .bind(each::<Option<Uuid>>(rows, |r| r.entity_id))
    .bind(each::<Option<Uuid>>(rows, |r| r.about))
    .bind(each(rows, |r| r.payload.clone()))
    .bind(each(rows, |r| r.key_n))
    .bind(each(rows, |r| r.previous.clone()))
    .bind(each(rows, |r| r.hash.clone()))
    .bind(end.seq)
    .bind(&end.hash)
    .bind(&end.mac)
    .bind(end.broken_at)
    .execute(conn)
    .await?;
    Ok(())
}
