//! The installation's speeds of public roads: the one thing that organizations share.

use serde_json::Value;

use super::models::Standing;
use crate::db::Db;
use crate::error::Result;

/// Generations that are kept as the way back.
const KEPT: i32 = 7;

/// The generation that serves.
pub(in crate::estimates) async fn serving(db: &Db) -> Result<Option<i32>> {
    let mut tx = db.worker().await?;
    Ok(sqlx::query_scalar("select generation from learned where kind = 'pace' and is_current")
        .fetch_optional(&mut *tx)
        .await?)
}

/// The sums that serve: generation and blob.
pub(in crate::estimates) async fn current(db: &Db) -> Result<Option<(i32, Vec<u8>)>> {
    let mut tx = db.worker().await?;
    Ok(sqlx::query_as("select generation, blob from learned where kind = 'pace' and is_current")
        .fetch_optional(&mut *tx)
        .await?)
}

/// Puts a new generation into service; those before it stay, the last few of them. Answers its number.
pub(in crate::estimates) async fn promote(db: &Db, blob: &[u8], said: &Value) -> Result<i32> {
    let mut tx = db.worker().await?;
    sqlx::query("update learned set is_current = false where kind = 'pace' and is_current")
        .execute(&mut *tx)
        .await?;
    let generation: i32 = sqlx::query_scalar(
        "insert into learned (kind, generation, is_current, blob, said)
         select 'pace', coalesce(max(generation), 0) + 1, true, $1, $2 from learned where kind = 'pace'
         returning generation",
    )
    .bind(blob)
    .bind(said)
    .fetch_one(&mut *tx)
    .await?;
    sqlx::query("delete from learned where kind = 'pace' and generation <= $1")
        .bind(generation - KEPT)
        .execute(&mut *tx)
        .await?;
    tx.commit().await?;
    Ok(generation)
}

/// Withdraws the speeds that serve; those before them serve again, or the shipped ones.
///
/// `None` where none serve; else the generation that does from now on.
pub(in crate::estimates) async fn roll_back(db: &Db) -> Result<Option<Option<i32>>> {
    let mut tx = db.worker().await?;
    let withdrawn: Option<i32> = sqlx::query_scalar(
        "update learned set is_current = false, is_withdrawn = true where kind = 'pace' and is_current
         returning generation",
    )
    .fetch_optional(&mut *tx)
    .await?;
    let Some(withdrawn) = withdrawn else { return Ok(None) };
    let back = sqlx::query_scalar(
        "update learned set is_current = true where kind = 'pace' and generation = (
             select max(generation) from learned where kind = 'pace' and generation < $1 and not is_withdrawn)
         returning generation",
    )
    .bind(withdrawn)
    .fetch_optional(&mut *tx)
    .await?;
    tx.commit().await?;
    Ok(Some(back))
}

/// What was said of the speeds of the last night.
pub(in crate::estimates) async fn keep_verdict(db: &Db, said: &Value) -> Result<()> {
    let mut tx = db.worker().await?;
    sqlx::query(
        "insert into learned_verdict (kind, said) values ('pace', $1)
         on conflict (kind) do update set said = $1, at = now()",
    )
    .bind(said)
    .execute(&mut *tx)
    .await?;
    Ok(tx.commit().await?)
}

/// Which generation serves since when, and what was said last.
pub(in crate::estimates) async fn standing(db: &Db) -> Result<Standing> {
    let mut tx = db.worker().await?;
    Ok(sqlx::query_as(
        "select l.generation, l.made_at, v.at, v.said
         from (select 'pace' as kind) k
         left join learned l on l.kind = k.kind and l.is_current
         left join learned_verdict v on v.kind = k.kind",
    )
    .fetch_one(&mut *tx)
    .await?)
}
