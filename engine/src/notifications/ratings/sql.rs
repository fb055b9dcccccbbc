//! Queries of `job_rating`.

use super::Rating;
use crate::db::{Link, Tenant};
use crate::error::Result;
use crate::ids::{JobId, OrgId};

/// The job that a link opens, while it is good.
pub(super) async fn by_link(link: &mut Link, hash: &[u8]) -> Result<Option<(OrgId, JobId)>> {
    Ok(sqlx::query_as("select org_id, job_id from job_rating where token_hash = $1 and expires_at > now()")
        .bind(hash)
        .fetch_optional(link.conn())
        .await?)
}

pub(super) async fn get(tenant: &mut Tenant, job: JobId) -> Result<Option<Rating>> {
    let org = tenant.org();
    Ok(sqlx::query_as(
        "select o.name as org_name, split_part(t.name, ' ', 1) as technician, '#' || j.job_number as job_number,
                r.stars, r.comment, r.rated_at
         from job_rating r
         join job j using (org_id, job_id)
         join organization o using (org_id)
         left join lateral (
             select m.name from job_assignment a join member m using (org_id, user_id)
             where a.org_id = r.org_id and a.job_id = r.job_id order by a.ordinal limit 1) t on true
         where r.org_id = $1 and r.job_id = $2",
    )
    .bind(org)
    .bind(job)
    .fetch_optional(tenant.conn())
    .await?)
}

pub(super) async fn put(tenant: &mut Tenant, job: JobId, stars: i16, comment: Option<&str>) -> Result<()> {
    let org = tenant.org();
    sqlx::query(
        "update job_rating set stars = $3, comment = $4, rated_at = now() where org_id = $1 and job_id = $2",
    )
    .bind(org)
    .bind(job)
    .bind(stars)
    .bind(comment)
    .execute(tenant.conn())
    .await?;
    Ok(())
}
