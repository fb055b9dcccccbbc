//! Queries of the delivery log.

use super::Entry;
use crate::db::Tenant;
use crate::error::Result;
use crate::ids::{JobId, UserId};
use crate::page::Cursor;

pub(super) async fn has_job(tenant: &mut Tenant, job: JobId) -> Result<bool> {
    let org = tenant.org();
    Ok(sqlx::query_scalar("select exists (select from job where org_id = $1 and job_id = $2)")
        .bind(org)
        .bind(job)
        .fetch_one(tenant.conn())
        .await?)
}

/// What left about a job, or to a person; newest first.
pub(super) async fn list(
    tenant: &mut Tenant,
    (job, user): (Option<JobId>, Option<UserId>),
    after: Option<Cursor>,
    limit: i64,
) -> Result<Vec<Entry>> {
    let org = tenant.org();
    Ok(sqlx::query_as(
        "select m.message_id, m.channel, case when m.user_id is null then 'customer' else 'user' end as recipient,
                coalesce(u.name, c.name) as recipient_name, m.to_phone as phone, m.event, m.kind,
                replace(m.text, '{link}', '[enlace]') as text, m.state as status, m.is_critical, m.error_code,
                m.error_detail, m.entity_kind, m.entity_id, m.fallback_of, m.attempts, m.created_at, m.due_at,
                m.sent_at, m.delivered_at, m.read_at, m.failed_at
         from message m
         left join customer c on c.org_id = m.org_id and c.customer_id = m.customer_id
         left join member u on u.org_id = m.org_id and u.user_id = m.user_id
         where m.org_id = $1 and m.direction = 'out'
           and ($2::uuid is null or (m.entity_kind = 'job' and m.entity_id = $2))
           and ($3::uuid is null or m.user_id = $3)
           and ($4::timestamptz is null or (m.created_at, m.message_id) < ($4, $5))
         order by m.created_at desc, m.message_id desc limit $6",
    )
    .bind(org)
    .bind(job)
    .bind(user)
    .bind(after.map(|c| c.at))
    .bind(after.map(|c| c.id))
    .bind(limit)
    .fetch_all(tenant.conn())
    .await?)
}
