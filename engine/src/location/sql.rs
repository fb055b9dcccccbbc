//! Where an organization's customers are.

use crate::db::Tenant;
use crate::error::Result;

/// The median of latitude and of longitude: a customer far away does not move it.
pub(super) async fn middle_of_customers(tenant: &mut Tenant) -> Result<Option<(f64, f64)>> {
    let org = tenant.org();
    let (lat, lon): (Option<f64>, Option<f64>) = sqlx::query_as(
        "select percentile_disc(0.5) within group (order by lat), percentile_disc(0.5) within group (order by lon)
         from customer where org_id = $1 and lat is not null",
    )
    .bind(org)
    .fetch_one(tenant.conn())
    .await?;
    Ok(lat.zip(lon))
}
