//! Queries of people. `app_user` in identity scope, members inside an organization or in identity scope.

use sqlx::postgres::PgConnection;

use super::{Filter, Profile, Record, User};
use crate::auth::role::Role;
use crate::dispatch::rules::SkillLevel;
use crate::error::Result;
use crate::ids::{OrgId, UserId};
use crate::page::Cursor;

/// The person with this phone, made if there is none (identity scope).
pub(crate) async fn person(conn: &mut PgConnection, phone: &str) -> Result<UserId> {
    // An update that changes nothing returns the row also where it was there before.
    Ok(sqlx::query_scalar(
        "insert into app_user (user_id, phone) values ($1, $2)
         on conflict (phone) do update set phone = excluded.phone returning user_id",
    )
    .bind(UserId::new())
    .bind(phone)
    .fetch_one(conn)
    .await?)
}

/// Inserts a member; false where they are one already.
pub(crate) async fn insert_member(
    conn: &mut PgConnection,
    org: OrgId,
    user: UserId,
    name: &str,
    phone: &str,
    role: Role,
) -> Result<bool> {
    let done = sqlx::query(
        "insert into member (org_id, user_id, role, name, phone) values ($1, $2, $3, $4, $5)
         on conflict (org_id, user_id) do nothing",
    )
    .bind(org)
    .bind(user)
    .bind(role)
    .bind(name)
    .bind(phone)
    .execute(conn)
    .await?;
    Ok(done.rows_affected() == 1)
}

/// Makes the organization the one that the person signs into (identity scope).
pub(crate) async fn prefer(conn: &mut PgConnection, user: UserId, org: OrgId) -> Result<()> {
    sqlx::query("update app_user set default_org = $2 where user_id = $1")
        .bind(user)
        .bind(org)
        .execute(conn)
        .await?;
    Ok(())
}

/// The active memberships of a phone, the default organization first, then the newest (identity scope).
pub(crate) async fn memberships(conn: &mut PgConnection, phone: &str) -> Result<Vec<(OrgId, UserId, bool)>> {
    Ok(sqlx::query_as(
        "select m.org_id, m.user_id, m.is_active from app_user u join member m using (user_id) where u.phone = $1
         order by m.is_active desc, (m.org_id = u.default_org) desc nulls last, m.created_at desc, m.org_id",
    )
    .bind(phone)
    .fetch_all(conn)
    .await?)
}

/// The active members of an organization with a role.
pub(crate) async fn active_of_role(
    conn: &mut PgConnection,
    org: OrgId,
    role: Option<Role>,
) -> Result<Vec<UserId>> {
    Ok(sqlx::query_scalar(
        "select user_id from member where org_id = $1 and is_active and ($2::text is null or role = $2)
         order by name, user_id",
    )
    .bind(org)
    .bind(role.map(Role::as_str))
    .fetch_all(conn)
    .await?)
}

/// The demonstration organization of a phone (identity scope).
pub(crate) async fn demo_of(conn: &mut PgConnection, phone: &str) -> Result<Option<OrgId>> {
    Ok(sqlx::query_scalar(
        "select o.org_id from app_user u join member m using (user_id) join organization o using (org_id)
         where u.phone = $1 and o.is_demo order by o.created_at limit 1",
    )
    .bind(phone)
    .fetch_optional(conn)
    .await?)
}

/// One person of the organization; locked for a change.
pub(crate) async fn get(conn: &mut PgConnection, user: UserId, for_update: bool) -> Result<Option<User>> {
    let query = if for_update {
        "select * from member where user_id = $1 for update"
    } else {
        "select * from member where user_id = $1"
    };
    Ok(sqlx::query_as(query).bind(user).fetch_optional(conn).await?)
}

/// One more than `limit`, newest first.
pub(super) async fn list(
    conn: &mut PgConnection,
    filter: &Filter,
    after: Option<Cursor>,
    limit: i64,
) -> Result<Vec<User>> {
    Ok(sqlx::query_as(
        "select * from member
         where ($1::text is null or role = $1) and ($2::bool is null or is_active = $2)
         and ($3::timestamptz is null or (created_at, user_id) < ($3, $4))
         order by created_at desc, user_id desc limit $5",
    )
    .bind(filter.role.map(Role::as_str))
    .bind(filter.is_active)
    .bind(after.map(|c| c.at))
    .bind(after.map(|c| c.id))
    .bind(limit + 1)
    .fetch_all(conn)
    .await?)
}

/// What a new member knows.
pub(super) async fn set_skills(
    conn: &mut PgConnection,
    user: UserId,
    specialties: &[String],
    level: Option<SkillLevel>,
) -> Result<()> {
    sqlx::query("update member set specialties = $2, skill_level = $3 where user_id = $1")
        .bind(user)
        .bind(specialties)
        .bind(level)
        .execute(conn)
        .await?;
    Ok(())
}

/// Where e-mail reaches a new member, and what they are called.
pub(super) async fn set_contact(
    conn: &mut PgConnection,
    user: UserId,
    email: Option<&str>,
    puesto: Option<&str>,
) -> Result<()> {
    sqlx::query("update member set email = $2, puesto = $3 where user_id = $1")
        .bind(user)
        .bind(email)
        .bind(puesto)
        .execute(conn)
        .await?;
    Ok(())
}

/// One person of the organization with their papers.
pub(crate) async fn profile(conn: &mut PgConnection, user: UserId) -> Result<Option<Profile>> {
    Ok(sqlx::query_as("select * from member where user_id = $1").bind(user).fetch_optional(conn).await?)
}

/// A person's papers. The database refuses to change what was said before.
pub(super) async fn set_record(conn: &mut PgConnection, user: UserId, record: &Record) -> Result<()> {
    sqlx::query(
        "update member set legal_name = $2, cuil = $3, dni = $4, fecha_nacimiento = $5, nacionalidad = $6, sexo = $7,
             fecha_ingreso = $8, modalidad_contrato = $9, obra_social = $10, art = $11, convenio_colectivo = $12
         where user_id = $1",
    )
    .bind(user)
    .bind(&record.legal_name)
    .bind(&record.cuil)
    .bind(&record.dni)
    .bind(record.fecha_nacimiento)
    .bind(&record.nacionalidad)
    .bind(&record.sexo)
    .bind(record.fecha_ingreso)
    .bind(&record.modalidad_contrato)
    .bind(&record.obra_social)
    .bind(&record.art)
    .bind(&record.convenio_colectivo)
    .execute(conn)
    .await?;
    Ok(())
}

pub(super) async fn update(conn: &mut PgConnection, row: &User) -> Result<User> {
    Ok(sqlx::query_as(
        "update member set name = $2, role = $3, is_active = $4, specialties = $5, skill_level = $6, email = $7,
             puesto = $8, version = version + 1, updated_at = now()
         where user_id = $1 returning *",
    )
    .bind(row.id)
    .bind(&row.name)
    .bind(row.role)
    .bind(row.is_active)
    .bind(&row.specialties)
    .bind(row.skill_level)
    .bind(&row.email)
    .bind(&row.puesto)
    .fetch_one(conn)
    .await?)
}

/// The active owners; their rows are locked.
pub(super) async fn owners(conn: &mut PgConnection) -> Result<Vec<User>> {
    Ok(sqlx::query_as(
        "select * from member where role = 'owner' and is_active order by created_at, user_id for update",
    )
    .fetch_all(conn)
    .await?)
}

/// How many active owners there are; their rows are locked, so two cannot both be the last but one.
pub(crate) async fn active_owners(conn: &mut PgConnection) -> Result<usize> {
    let owners: Vec<UserId> =
        sqlx::query_scalar("select user_id from member where role = 'owner' and is_active for update")
            .fetch_all(conn)
            .await?;
    Ok(owners.len())
}
