//! The sweep: a subject's words taken out of every text of every table of an organization, by the catalog, so that
//! a table that nobody thought of is walked too.

use sqlx::AssertSqlSafe;
use sqlx::postgres::PgConnection;

use crate::error::Result;
use crate::ids::OrgId;
use crate::privacy::words::Words;

/// A table and its columns of text and JSON.
#[derive(Debug, sqlx::FromRow)]
pub(crate) struct Walked {
    pub table: String,
    pub columns: Vec<String>,
    /// `text`, `json`, `jsonb` or `text[]`, beside each column.
    pub kinds: Vec<String>,
}

/// Every table of organizations that the eraser may change, except tasks: those go whole.
pub(crate) async fn tables(conn: &mut PgConnection) -> Result<Vec<Walked>> {
    Ok(sqlx::query_as(
        r#"select c.relname::text as "table", array_agg(a.attname::text order by a.attnum) as columns,
                  array_agg(case format_type(a.atttypid, null) when 'json' then 'json' when 'jsonb' then 'jsonb'
                            when 'text[]' then 'text[]' else 'text' end order by a.attnum) as kinds
           from pg_class c join pg_attribute a on a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped
           where c.relnamespace = 'public'::regnamespace and c.relkind in ('r', 'p') and not c.relispartition
           and c.relname <> 'task' and a.attgenerated = ''
           and format_type(a.atttypid, null) in ('text', 'character varying', 'json', 'jsonb', 'text[]')
           and exists (select from pg_attribute o where o.attrelid = c.oid and o.attname = 'org_id')
           and has_table_privilege('campo_privacy', c.oid, 'UPDATE')
           group by c.relname order by c.relname"#,
    )
    .fetch_all(conn)
    .await?)
}

/// Takes the words out of one table; how many rows had any.
pub(crate) async fn scrub(
    conn: &mut PgConnection,
    org: OrgId,
    walked: &Walked,
    words: &Words,
) -> Result<u64> {
    let quoted = |name: &str| format!("\"{}\"", name.replace('"', "\"\""));
    let columns = walked.columns.iter().zip(&walked.kinds);
    let (mut set, mut found) = (Vec::new(), Vec::new());
    for (column, kind) in columns {
        let c = quoted(column);
        found.push(format!("t.{c}::text ~* $2"));
        set.push(match kind.as_str() {
            "jsonb" => format!("{c} = scrub_json(t.{c}, $3)"),
            "json" => format!("{c} = scrub_json(t.{c}::jsonb, $3)::json"),
            "text[]" => format!(
                "{c} = array(select regexp_replace(x, $3, '[borrado]', 'gi') from unnest(t.{c}) with ordinality u(x, n) order by n)"
            ),
            _ => format!("{c} = regexp_replace(t.{c}, $3, '[borrado]', 'gi')"),
        });
    }
    let text = format!(
        "update {} t set {} where t.org_id = $1 and ({})",
        quoted(&walked.table),
        set.join(", "),
        found.join(" or ")
    );
    let done = sqlx::query(AssertSqlSafe(text))
        .bind(org)
        .bind(&words.find)
        .bind(&words.replace)
        .execute(conn)
        .await?;
    Ok(done.rows_affected())
}

/// Tasks that speak of the subject go whole: open ones have nobody to speak to any more.
pub(crate) async fn tasks(conn: &mut PgConnection, org: Option<OrgId>, words: &Words) -> Result<u64> {
    let done = sqlx::query(
        "delete from task where org_id is not distinct from $1 and state <> 'running'
         and (payload::text ~* $2 or last_error ~* $2 or unique_key ~* $2 or lane ~* $2)",
    )
    .bind(org)
    .bind(&words.find)
    .execute(conn)
    .await?;
    Ok(done.rows_affected())
}
