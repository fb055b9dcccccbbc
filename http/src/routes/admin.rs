//! `/api/admin`: durable work as people see it. Services and switches: [`super::services`].

use actix_web::web::{Data, Json, Path, Query};
use campo_engine::db::Tenant;
use campo_engine::page::{Page, Paging};
use campo_engine::task::letters::{self, Letter, QueueState};
use uuid::Uuid;

use super::table::Refused;
use crate::app::App;
use crate::failure::Failure;
use crate::who::{OperationsManage, OperationsRead};

/// How the organization's durable work stands, by kind.
#[utoipa::path(get, path = "/api/admin/queues", operation_id = "list_queues", tag = "admin",
    responses((status = 200, body = Vec<QueueState>), Refused))]
pub(super) async fn queues(app: Data<App>, who: OperationsRead) -> Result<Json<Vec<QueueState>>, Failure> {
    Ok(Json(app.engine.db.within(who.org, async |t| letters::queues(t).await).await?))
}

/// Tasks that gave up, the newest first.
#[utoipa::path(get, path = "/api/admin/dlq", operation_id = "list_dead_letters", tag = "admin", params(Paging),
    responses((status = 200, body = Page<Letter>), Refused))]
pub(super) async fn letters(
    app: Data<App>,
    who: OperationsRead,
    paging: Query<Paging>,
) -> Result<Json<Page<Letter>>, Failure> {
    Ok(Json(app.engine.db.within(who.org, async |t| letters::list(t, &paging).await).await?))
}

/// Tries a dead task again.
#[utoipa::path(post, path = "/api/admin/dlq/{id}/retry", operation_id = "retry_dead_letter", tag = "admin",
    params(("id" = Uuid, Path, description = "The task")), responses((status = 200, body = Letter), Refused))]
pub(super) async fn retry(
    app: Data<App>,
    who: OperationsManage,
    id: Path<Uuid>,
) -> Result<Json<Letter>, Failure> {
    let work = async |t: &mut Tenant| letters::retry(t, *id, who.user).await;
    let letter = app.engine.db.within(who.org, work).await?;
    app.engine.task_written.notify_one();
    Ok(Json(letter))
}

/// Lets a dead task go.
#[utoipa::path(post, path = "/api/admin/dlq/{id}/discard", operation_id = "discard_dead_letter", tag = "admin",
    params(("id" = Uuid, Path, description = "The task")), responses((status = 200, body = Letter), Refused))]
pub(super) async fn discard(
    app: Data<App>,
    who: OperationsManage,
    id: Path<Uuid>,
) -> Result<Json<Letter>, Failure> {
    let work = async |t: &mut Tenant| letters::discard(t, *id, who.user).await;
    Ok(Json(app.engine.db.within(who.org, work).await?))
}
