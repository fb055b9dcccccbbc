//! The catalog walk: what every table, view, function, role and freshly made partition must be.

use std::collections::BTreeSet;

use campo_engine::db::{Db, keep_partitions};
use campo_engine::live::Live;
use sqlx::{Connection, PgConnection};

use crate::cluster;
use crate::house::House;

/// Keys that do not begin with `org_id`, each with its reason.
const NAMED_KEYS: [(&str, &str); 10] = [
    ("login_session_pkey", "found by the session's id before the organization is known"),
    ("login_session_token_hash_key", "a token names its session before the organization is known"),
    ("login_session_previous_hash_key", "the same for the token before"),
    ("position_pkey", "77 bytes a row instead of 165; one bad row must never fail everyone's batch"),
    ("task_pkey", "claimed over organizations"),
    ("tracking_session_token", "a customer's link names its session before the organization is known"),
    ("device_token_hash_key", "a phone's token names it before the organization is known"),
    ("privacy_export_token", "a link names its copy before the organization is known"),
    ("job_rating_token", "a customer's link names its job before the organization is known"),
    ("whatsapp_account_number", "a webhook names a number before the organization is known"),
];

/// Functions that serving roles may call: each only reads a setting of the transaction, or folds a text.
const CALLABLE: [&str; 5] =
    ["current_callback", "current_link_hash", "current_org", "fold", "in_identity_scope"];

async fn walked() -> PgConnection {
    let options = cluster::migrated().await;
    let mut conn = PgConnection::connect_with(&options).await.unwrap();
    keep_partitions(&mut conn, chrono::Utc::now()).await.unwrap();
    conn
}

/// One column of text.
async fn names(conn: &mut PgConnection, query: &'static str) -> Vec<String> {
    sqlx::query_scalar(query).fetch_all(conn).await.unwrap()
}

#[tokio::test]
async fn every_table_hides_its_rows_from_everyone_by_default() {
    let mut conn = walked().await;
    let open = names(
        &mut conn,
        "select relname::text from pg_class where relnamespace = 'public'::regnamespace and relkind in ('r', 'p')
         and relname <> '_sqlx_migrations' and not (relrowsecurity and relforcerowsecurity)",
    )
    .await;
    assert!(open.is_empty(), "without ENABLE and FORCE: {open:?}");
    let days: i64 =
        sqlx::query_scalar("select count(*) from pg_inherits where inhparent = 'position'::regclass")
            .fetch_one(&mut conn)
            .await
            .unwrap();
    assert!(days >= 12, "the walk saw freshly made days: {days}");
}

#[tokio::test]
async fn every_policy_checks_what_is_written_too() {
    let mut conn = walked().await;
    let unchecked = names(
        &mut conn,
        "select tablename || '.' || policyname from pg_policies where schemaname = 'public'
         and cmd in ('ALL', 'INSERT', 'UPDATE') and with_check is null",
    )
    .await;
    assert!(unchecked.is_empty(), "{unchecked:?}");
    let for_others = names(
        &mut conn,
        "select tablename || '.' || policyname from pg_policies where schemaname = 'public'
         and not roles <@ array['campo_app', 'campo_ingest', 'campo_worker', 'campo_privacy']::name[]",
    )
    .await;
    assert!(for_others.is_empty(), "{for_others:?}");
    let without = names(
        &mut conn,
        "select distinct table_name::text from information_schema.role_table_grants g
         where grantee like 'campo\\_%' and grantee <> 'campo_owner' and table_schema = 'public'
         and not exists (select from pg_policies p where p.tablename = g.table_name and g.grantee = any (p.roles))",
    )
    .await;
    assert!(without.is_empty(), "granted without a policy: {without:?}");
    // Tables with an organization are guarded by it; those without are for signing in alone.
    let unguarded = names(
        &mut conn,
        "select c.table_name::text from information_schema.columns c join pg_class t on t.relname = c.table_name
         where c.table_schema = 'public' and c.column_name = 'org_id' and not t.relispartition
         and not exists (select from pg_policies p where p.tablename = c.table_name and p.policyname = 'tenant'
                         and p.permissive = 'PERMISSIVE' and p.qual like '%current_org()%'
                         and p.with_check like '%current_org()%')",
    )
    .await;
    assert!(unguarded.is_empty(), "{unguarded:?}");
}

#[tokio::test]
async fn a_partition_is_closed_by_its_own_name() {
    let mut conn = walked().await;
    let policies =
        names(&mut conn, "select tablename::text from pg_policies where tablename like 'position\\_%'").await;
    assert!(policies.is_empty(), "{policies:?}");
    let grants = names(
        &mut conn,
        "select table_name || ' to ' || grantee from information_schema.role_table_grants
         where table_name like 'position\\_%' and (grantee like 'campo\\_%' or grantee = 'PUBLIC')
         and grantee <> 'campo_owner'",
    )
    .await;
    assert!(grants.is_empty(), "{grants:?}");
}

#[tokio::test]
async fn grants_are_as_written_and_nobody_else_has_any() {
    let mut conn = walked().await;
    let public = names(
        &mut conn,
        "select table_name::text from information_schema.role_table_grants
         where grantee = 'PUBLIC' and table_schema = 'public'",
    )
    .await;
    assert!(public.is_empty(), "{public:?}");
    let history = names(
        &mut conn,
        "select table_name || ' ' || privilege_type from information_schema.role_table_grants
         where grantee = 'campo_app' and table_schema = 'public'
         and (table_name in ('event', 'job_status_history', 'audit_log') and privilege_type not in ('SELECT', 'INSERT')
              or table_name = 'audit_head' and privilege_type = 'DELETE'
              or table_name = 'position' and privilege_type not in ('SELECT', 'DELETE')
              or privilege_type in ('TRUNCATE', 'REFERENCES', 'TRIGGER'))",
    )
    .await;
    assert!(history.is_empty(), "{history:?}");
    let others = names(
        &mut conn,
        "select grantee || ' ' || table_name || ' ' || privilege_type from information_schema.role_table_grants
         where grantee in ('campo_ingest', 'campo_worker') and table_schema = 'public' order by 1",
    )
    .await;
    assert_eq!(
        others,
        [
            "campo_ingest position INSERT",
            "campo_worker audit_head SELECT",
            "campo_worker installation SELECT",
            "campo_worker installation UPDATE",
            "campo_worker installation_mode DELETE",
            "campo_worker installation_mode INSERT",
            "campo_worker installation_mode SELECT",
            "campo_worker installation_mode UPDATE",
            "campo_worker installation_switch DELETE",
            "campo_worker installation_switch INSERT",
            "campo_worker installation_switch SELECT",
            "campo_worker installation_switch UPDATE",
            "campo_worker learned DELETE",
            "campo_worker learned INSERT",
            "campo_worker learned SELECT",
            "campo_worker learned UPDATE",
            "campo_worker learned_verdict DELETE",
            "campo_worker learned_verdict INSERT",
            "campo_worker learned_verdict SELECT",
            "campo_worker learned_verdict UPDATE",
            "campo_worker organization_mode SELECT",
            "campo_worker organization_switch SELECT",
            "campo_worker schedule INSERT",
            "campo_worker schedule SELECT",
            "campo_worker schedule UPDATE",
            "campo_worker service_count DELETE",
            "campo_worker service_count INSERT",
            "campo_worker service_count SELECT",
            "campo_worker service_count UPDATE",
            "campo_worker switchboard SELECT",
            "campo_worker switchboard UPDATE",
            "campo_worker task DELETE",
            "campo_worker task INSERT",
            "campo_worker task SELECT",
            "campo_worker task UPDATE"
        ]
    );
    let schema: bool = sqlx::query_scalar(
        "select has_schema_privilege('campo_app', 'public', 'CREATE')
             or has_schema_privilege('campo_ingest', 'public', 'CREATE')
             or has_schema_privilege('campo_worker', 'public', 'CREATE')",
    )
    .fetch_one(&mut conn)
    .await
    .unwrap();
    assert!(!schema, "a serving role may make objects");
}

#[tokio::test]
async fn views_and_functions_lend_nobody_rights() {
    let mut conn = walked().await;
    let views = names(
        &mut conn,
        "select relname::text from pg_class where relnamespace = 'public'::regnamespace and relkind in ('v', 'm')
         and not coalesce(reloptions::text like '%security_invoker=true%', false)",
    )
    .await;
    assert!(views.is_empty(), "views that read as their owner: {views:?}");
    let definer = names(
        &mut conn,
        "select proname::text from pg_proc where pronamespace = 'public'::regnamespace and prosecdef",
    )
    .await;
    assert!(definer.is_empty(), "SECURITY DEFINER: {definer:?}");
    for role in ["campo_app", "campo_ingest", "campo_worker"] {
        let callable: Vec<String> = sqlx::query_scalar(
            "select proname::text from pg_proc where pronamespace = 'public'::regnamespace
             and has_function_privilege($1, oid, 'EXECUTE') order by 1",
        )
        .bind(role)
        .fetch_all(&mut conn)
        .await
        .unwrap();
        assert_eq!(callable, CALLABLE, "{role}");
    }
}

#[tokio::test]
async fn serving_roles_own_nothing_and_cannot_bypass() {
    let mut conn = walked().await;
    let mighty = names(
        &mut conn,
        "select rolname::text from pg_roles where rolname in ('campo_app', 'campo_ingest', 'campo_worker')
         and (rolsuper or rolbypassrls or rolcreaterole or rolcreatedb or rolreplication or rolcanlogin)",
    )
    .await;
    assert!(mighty.is_empty(), "{mighty:?}");
    let owned = names(
        &mut conn,
        "select objid::text from pg_shdepend d join pg_roles r on r.oid = d.refobjid
         where d.deptype = 'o' and r.rolname in ('campo_app', 'campo_ingest', 'campo_worker')",
    )
    .await;
    assert!(owned.is_empty(), "{owned:?}");
    let lent = names(
        &mut conn,
        "select m.roleid::regrole::text from pg_auth_members m join pg_roles r on r.oid = m.member
         where r.rolname in ('campo_app', 'campo_ingest', 'campo_worker')",
    )
    .await;
    assert!(lent.is_empty(), "members of {lent:?}");
}

#[tokio::test]
async fn keys_begin_with_the_organization() {
    let mut conn = walked().await;
    let others: BTreeSet<String> = names(
        &mut conn,
        "select i.relname::text from pg_index x join pg_class i on i.oid = x.indexrelid join pg_class t on t.oid = x.indrelid
         where t.relnamespace = 'public'::regnamespace and x.indisunique and not t.relispartition
         and exists (select from pg_attribute a where a.attrelid = t.oid and a.attname = 'org_id')
         and x.indkey[0] is distinct from
             (select a.attnum from pg_attribute a where a.attrelid = t.oid and a.attname = 'org_id')",
    )
    .await
    .into_iter()
    .collect();
    let named: BTreeSet<String> = NAMED_KEYS.iter().map(|(name, _)| (*name).to_owned()).collect();
    assert_eq!(others, named);
}

#[tokio::test]
async fn foreign_keys_between_tenants_tables_carry_the_organization() {
    let mut conn = walked().await;
    let bare = names(
        &mut conn,
        "select conname::text from pg_constraint c
         where contype = 'f' and connamespace = 'public'::regnamespace
         and exists (select from pg_attribute where attrelid = c.conrelid and attname = 'org_id')
         and exists (select from pg_attribute where attrelid = c.confrelid and attname = 'org_id')
         and not (
            (select attnum from pg_attribute where attrelid = c.conrelid and attname = 'org_id') = any (c.conkey)
            and (select attnum from pg_attribute where attrelid = c.confrelid and attname = 'org_id') = any (c.confkey))",
    )
    .await;
    assert!(bare.is_empty(), "{bare:?}");
    let from_positions: i64 = sqlx::query_scalar(
        "select count(*) from pg_constraint where contype = 'f' and conrelid = 'position'::regclass",
    )
    .fetch_one(&mut conn)
    .await
    .unwrap();
    assert_eq!(from_positions, 0);
}

/// The walk above says how it is written; this says what it does, table by table.
#[tokio::test]
async fn two_organizations_in_every_table() {
    let house = House::start().await;
    let (first, second) = (house.sign_up("Plomería Sur").await, house.stranger().await);
    for owner in [&first, &second] {
        house.customer(owner, "Ana").await;
        house.hire(owner, "technician", "Beto").await;
    }
    let mut sql = house.sql().await;
    let readable = names(
        &mut sql,
        "select c.table_name::text from information_schema.columns c
         join information_schema.role_table_grants g on g.table_name = c.table_name and g.grantee = 'campo_app'
              and g.privilege_type = 'SELECT'
         where c.table_schema = 'public' and c.column_name = 'org_id'",
    )
    .await;
    assert!(readable.len() >= 15, "{readable:?}");
    let (live, _events) = Live::channel();
    let db = Db::open(house.database(), live);
    let mut seen = 0;
    for table in &readable {
        let all: i64 = sqlx::query_scalar(sqlx::AssertSqlSafe(format!(
            "select count(*) from {table} where org_id = $1"
        )))
        .bind(second.org.0)
        .fetch_one(&mut sql)
        .await
        .unwrap();
        let mut tenant = db.tenant(first.org).await.unwrap();
        let foreign: i64 = sqlx::query_scalar(sqlx::AssertSqlSafe(format!(
            "select count(*) from {table} where org_id <> $1"
        )))
        .bind(first.org.0)
        .fetch_one(tenant.conn())
        .await
        .unwrap();
        assert_eq!(foreign, 0, "{table}");
        seen += i64::from(all > 0);
    }
    assert!(seen >= 5, "the other organization has rows in {seen} tables");
}

#[tokio::test]
async fn nobody_writes_into_another_organization() {
    let house = House::start().await;
    let (first, second) = (house.sign_up("Plomería Sur").await, house.stranger().await);
    let (live, _events) = Live::channel();
    let db = Db::open(house.database(), live);
    let insert =
        "insert into customer (org_id, customer_id, name, phone) values ($1, $2, 'X', '+5491100000000')";
    let mut tenant = db.tenant(first.org).await.unwrap();
    let refused =
        sqlx::query(insert).bind(second.org.0).bind(uuid::Uuid::now_v7()).execute(tenant.conn()).await;
    assert!(refused.unwrap_err().to_string().contains("row-level security"));
    drop(tenant);
    // Moving one's own row over there is refused as well, and so is touching one of theirs.
    let customer = house.customer(&second, "Ana").await;
    let mut tenant = db.tenant(first.org).await.unwrap();
    let touched = sqlx::query("update customer set name = 'X' where customer_id = $1")
        .bind(customer["id"].as_str().unwrap().parse::<uuid::Uuid>().unwrap())
        .execute(tenant.conn())
        .await
        .unwrap();
    assert_eq!(touched.rows_affected(), 0);
    let moved = sqlx::query("update member set org_id = $1").bind(second.org.0).execute(tenant.conn()).await;
    assert!(moved.is_err());
}

/// Without the door nothing is seen: a forgotten scope shows no rows instead of all.
#[tokio::test]
async fn without_a_scope_there_is_nothing() {
    let house = House::start().await;
    house.sign_up("Plomería Sur").await;
    let mut conn =
        PgConnection::connect_with(&house.database().options([("role", "campo_app")])).await.unwrap();
    for table in
        ["organization", "member", "app_user", "login_session", "customer", "event", "task", "position"]
    {
        let rows: i64 = sqlx::query_scalar(sqlx::AssertSqlSafe(format!("select count(*) from {table}")))
            .fetch_one(&mut conn)
            .await
            .unwrap();
        assert_eq!(rows, 0, "{table}");
    }
    let refused = sqlx::query("select 1 from position_other").execute(&mut conn).await;
    assert!(refused.unwrap_err().to_string().contains("permission denied"));
    let mut ingest =
        PgConnection::connect_with(&house.database().options([("role", "campo_ingest")])).await.unwrap();
    assert!(sqlx::query("select 1 from position").execute(&mut ingest).await.is_err());
}
