//! `/api/customers`: whom the organization works for.

use actix_web::HttpResponse;
use actix_web::web::{Data, Json, Path, Query};
use campo_engine::customers::{self, Customer, EditCustomer, Filter, NewCustomer, Sight};
use campo_engine::db::Tenant;
use campo_engine::ids::CustomerId;
use campo_engine::page::{Page, Paging};

use super::table::Refused;
use crate::app::App;
use crate::failure::Failure;
use crate::once::Once;
use crate::who::{CustomersCreate, CustomersDelete, CustomersRead, CustomersUpdate};

/// A technician sees the customers of the own jobs, everybody else all.
fn sight(who: &CustomersRead) -> Sight {
    Sight(who.own())
}

/// Newest first, with `?q=` those that have it.
#[utoipa::path(get, path = "/api/customers", operation_id = "list_customers", tag = "customers", params(Filter, Paging),
    responses((status = 200, body = Page<Customer>), Refused))]
pub(super) async fn list(
    app: Data<App>,
    who: CustomersRead,
    filter: Query<Filter>,
    paging: Query<Paging>,
) -> Result<Json<Page<Customer>>, Failure> {
    Ok(Json(customers::list(&app.engine.db, who.org, sight(&who), &filter, &paging).await?))
}

/// Customers by name, phone or address: the list with `?q=`.
#[utoipa::path(get, path = "/api/customers/search", operation_id = "search_customers", tag = "customers", params(Filter, Paging),
    responses((status = 200, body = Page<Customer>), Refused))]
pub(super) async fn search(
    app: Data<App>,
    who: CustomersRead,
    filter: Query<Filter>,
    paging: Query<Paging>,
) -> Result<Json<Page<Customer>>, Failure> {
    list(app, who, filter, paging).await
}

/// A new customer.
#[utoipa::path(post, path = "/api/customers", operation_id = "create_customer", tag = "customers", request_body = NewCustomer, params(("Idempotency-Key" = Option<String>, Header, description = "16 to 64 characters: the same key and body give the same answer")),
    responses((status = 201, body = Customer), Refused))]
pub(super) async fn add(
    app: Data<App>,
    staff: CustomersCreate,
    new: Once<NewCustomer>,
) -> Result<HttpResponse, Failure> {
    let (by, maps) = (staff.user, &app.engine.maps);
    let effect = async |tenant: &mut Tenant, new: &NewCustomer| customers::add(tenant, maps, by, new).await;
    new.create(&app, &staff, "POST /api/customers", effect).await
}

/// One customer.
#[utoipa::path(get, path = "/api/customers/{id}", operation_id = "get_customer", tag = "customers", params(("id" = CustomerId, Path)),
    responses((status = 200, body = Customer), Refused))]
pub(super) async fn get(
    app: Data<App>,
    who: CustomersRead,
    id: Path<CustomerId>,
) -> Result<Json<Customer>, Failure> {
    Ok(Json(customers::get(&app.engine.db, who.org, sight(&who), *id).await?))
}

/// Changes a customer.
#[utoipa::path(patch, path = "/api/customers/{id}", operation_id = "edit_customer", tag = "customers", params(("id" = CustomerId, Path)), request_body = EditCustomer,
    responses((status = 200, body = Customer), Refused))]
pub(super) async fn edit(
    app: Data<App>,
    staff: CustomersUpdate,
    id: Path<CustomerId>,
    body: Json<EditCustomer>,
) -> Result<Json<Customer>, Failure> {
    let engine = &app.engine;
    Ok(Json(customers::edit(&engine.db, &engine.maps, staff.org, staff.user, *id, body.into_inner()).await?))
}

/// Deactivates a customer; history stays.
#[utoipa::path(delete, path = "/api/customers/{id}", operation_id = "deactivate_customer", tag = "customers", params(("id" = CustomerId, Path)),
    responses((status = 204), Refused))]
pub(super) async fn deactivate(
    app: Data<App>,
    boss: CustomersDelete,
    id: Path<CustomerId>,
) -> Result<HttpResponse, Failure> {
    customers::deactivate(&app.engine.db, boss.org, boss.user, *id).await?;
    Ok(HttpResponse::NoContent().finish())
}
