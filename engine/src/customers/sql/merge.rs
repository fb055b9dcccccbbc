//! Queries that make two customers one.

use std::collections::BTreeMap;

use sqlx::postgres::PgConnection;

use crate::customers::Customer;
use crate::error::Result;
use crate::ids::{CustomerId, OrgId};

/// How many rows of each table went to the other customer.
pub(in crate::customers) type Moved = BTreeMap<&'static str, u64>;

/// Both rows, locked in one order whoever asks.
pub(in crate::customers) async fn lock_two(
    conn: &mut PgConnection,
    one: CustomerId,
    other: CustomerId,
) -> Result<(Option<Customer>, Option<Customer>)> {
    let rows: Vec<Customer> =
        sqlx::query_as("select * from customer where customer_id = any($1) order by customer_id for update")
            .bind([one, other])
            .fetch_all(conn)
            .await?;
    let find = |id: CustomerId| rows.iter().find(|row| row.id == id).cloned();
    Ok((find(one), find(other)))
}

/// Gives everything of `from` to `to`: every table that names a customer (a test walks the catalog for others).
pub(in crate::customers) async fn move_all(
    conn: &mut PgConnection,
    org: OrgId,
    from: CustomerId,
    to: CustomerId,
) -> Result<Moved> {
    let statements = [
        ("job", "update job set customer_id = $3 where org_id = $1 and customer_id = $2"),
        ("message", "update message set customer_id = $3 where org_id = $1 and customer_id = $2"),
        ("conversation", "update conversation set customer_id = $3 where org_id = $1 and customer_id = $2"),
        ("voice_note", "update voice_note set customer_id = $3 where org_id = $1 and customer_id = $2"),
        (
            "privacy_request",
            "update privacy_request set customer_id = $3 where org_id = $1 and customer_id = $2",
        ),
        (
            "privacy_export",
            "update privacy_export set customer_id = $3 where org_id = $1 and customer_id = $2",
        ),
    ];
    let mut moved = Moved::new();
    for (table, statement) in statements {
        let done = sqlx::query(statement).bind(org).bind(from).bind(to).execute(&mut *conn).await?;
        moved.insert(table, done.rows_affected());
    }
    Ok(moved)
}

/// Those who were merged into `from` before are `to` now: one step leads from every tombstone to the one who lives.
pub(in crate::customers) async fn follow(
    conn: &mut PgConnection,
    org: OrgId,
    from: CustomerId,
    to: CustomerId,
) -> Result<()> {
    sqlx::query("update customer set merged_into = $3 where org_id = $1 and merged_into = $2")
        .bind(org)
        .bind(from)
        .bind(to)
        .execute(conn)
        .await?;
    Ok(())
}

/// The phones change places, and with each the wish of whoever has it: no moment has one phone twice.
pub(in crate::customers) async fn swap_phones(
    conn: &mut PgConnection,
    one: &Customer,
    other: &Customer,
) -> Result<()> {
    let aside = format!("merging {}", one.id);
    let steps = [(one.id, aside.as_str(), one), (other.id, &one.phone, one), (one.id, &other.phone, other)];
    for (id, phone, wish) in steps {
        sqlx::query("update customer set phone = $2, opted_out_at = $3 where customer_id = $1")
            .bind(id)
            .bind(phone)
            .bind(wish.opted_out_at)
            .execute(&mut *conn)
            .await?;
    }
    Ok(())
}

/// Makes a tombstone of a customer.
pub(in crate::customers) async fn bury(
    conn: &mut PgConnection,
    customer: CustomerId,
    into: CustomerId,
) -> Result<()> {
    sqlx::query(
        "update customer set merged_into = $2, merged_at = now(), is_active = false, version = version + 1,
             updated_at = now()
         where customer_id = $1",
    )
    .bind(customer)
    .bind(into)
    .execute(conn)
    .await?;
    Ok(())
}
