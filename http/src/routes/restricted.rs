//! What the owner alone sees: the company's account, and what people earn.

use actix_web::web::{Data, Json, Path};
use campo_engine::ids::UserId;
use campo_engine::vault::restricted::{self, Bank, Payroll, PutBank, PutPayroll};

use super::table::Refused;
use crate::app::App;
use crate::failure::Failure;
use crate::who::RestrictedManage;

/// Where the company's money goes.
#[utoipa::path(get, path = "/api/organization/bank", operation_id = "get_bank", tag = "organization",
    responses((status = 200, body = Bank), Refused))]
pub(super) async fn bank(app: Data<App>, owner: RestrictedManage) -> Result<Json<Bank>, Failure> {
    Ok(Json(restricted::bank(&app.engine, owner.org, owner.user).await?))
}

/// The owner enters the company's account, or changes it. It is kept sealed.
#[utoipa::path(put, path = "/api/organization/bank", operation_id = "put_bank", tag = "organization",
    request_body = PutBank, responses((status = 200, body = Bank), Refused))]
pub(super) async fn put_bank(
    app: Data<App>,
    owner: RestrictedManage,
    body: Json<PutBank>,
) -> Result<Json<Bank>, Failure> {
    Ok(Json(restricted::put_bank(&app.engine, owner.org, owner.user, &body).await?))
}

/// What somebody earns and where it goes.
#[utoipa::path(get, path = "/api/users/{id}/payroll", operation_id = "get_payroll", tag = "users",
    params(("id" = UserId, Path)), responses((status = 200, body = Payroll), Refused))]
pub(super) async fn payroll(
    app: Data<App>,
    owner: RestrictedManage,
    id: Path<UserId>,
) -> Result<Json<Payroll>, Failure> {
    Ok(Json(restricted::payroll(&app.engine, owner.org, (owner.user, *id)).await?))
}

/// The owner enters what somebody earns, or changes it. It is kept sealed.
#[utoipa::path(put, path = "/api/users/{id}/payroll", operation_id = "put_payroll", tag = "users",
    params(("id" = UserId, Path)), request_body = PutPayroll, responses((status = 200, body = Payroll), Refused))]
pub(super) async fn put_payroll(
    app: Data<App>,
    owner: RestrictedManage,
    id: Path<UserId>,
    body: Json<PutPayroll>,
) -> Result<Json<Payroll>, Failure> {
    Ok(Json(restricted::put_payroll(&app.engine, owner.org, (owner.user, *id), &body).await?))
}
