//! `/api/customers`: whom the organization works for.

use actix_web::HttpResponse;
use actix_web::http::header::LOCATION;
use actix_web::web::{Data, Json, Path, Query};
use campo_engine::cuit::{Cuit, CuitVerdict, ValidateCuit};
use campo_engine::customers::duplicates::{self, Duplicate, Whom};
use campo_engine::customers::find::{self, Filter};
use campo_engine::customers::merge::{self, Merge};
use campo_engine::customers::{self, Customer, EditCustomer, EditedCustomer, NewCustomer, Sight};
use campo_engine::db::Tenant;
use campo_engine::ids::CustomerId;
use campo_engine::jobs::{self, JobList, JobView};
use campo_engine::page::{Page, Paging};

use super::table::Refused;
use crate::app::App;
use crate::failure::Failure;
use crate::once::Once;
use crate::who::{
    CustomersCreate, CustomersDelete, CustomersMerge, CustomersRead, CustomersUpdate, JobsRead,
};

/// A technician sees the customers of the own jobs, everybody else all.
fn sight(who: &CustomersRead) -> Sight {
    Sight(who.own())
}

/// Newest first, with `?q=` those that have it, the best first.
#[utoipa::path(get, path = "/api/customers", operation_id = "list_customers", tag = "customers", params(Filter, Paging),
    responses((status = 200, body = Page<Customer>), Refused))]
pub(super) async fn list(
    app: Data<App>,
    who: CustomersRead,
    filter: Query<Filter>,
    paging: Query<Paging>,
) -> Result<Json<Page<Customer>>, Failure> {
    Ok(Json(find::list(&app.engine, who.org, sight(&who), &filter, &paging).await?))
}

/// Customers by name, phone, address, e-mail address or tax number: the list with `?q=`.
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

/// Customers who may be one, the likeliest first: of what is about to be entered, of one who is there, or of all.
#[utoipa::path(get, path = "/api/customers/duplicates", operation_id = "list_duplicate_customers", tag = "customers",
    params(Whom, Paging), responses((status = 200, body = Page<Duplicate>), Refused))]
pub(super) async fn duplicates(
    app: Data<App>,
    staff: CustomersUpdate,
    whom: Query<Whom>,
    paging: Query<Paging>,
) -> Result<Json<Page<Duplicate>>, Failure> {
    Ok(Json(duplicates::list(&app.engine, staff.org, &whom, &paging).await?))
}

/// Whether a text is a tax number, whose, and if not, why.
#[utoipa::path(post, path = "/api/customers/validate-cuit", operation_id = "validate_cuit", tag = "customers",
    request_body = ValidateCuit, responses((status = 200, body = CuitVerdict), Refused))]
pub(super) async fn validate_cuit(
    _app: Data<App>,
    _who: CustomersRead,
    body: Json<ValidateCuit>,
) -> Json<CuitVerdict> {
    Json(Cuit::read(&body.cuit).into())
}

/// A new customer.
#[utoipa::path(post, path = "/api/customers", operation_id = "create_customer", tag = "customers", request_body = NewCustomer, params(("Idempotency-Key" = Option<String>, Header, description = "16 to 64 characters: the same key and body give the same answer")),
    responses((status = 201, body = Customer), Refused))]
pub(super) async fn add(
    app: Data<App>,
    staff: CustomersCreate,
    new: Once<NewCustomer>,
) -> Result<HttpResponse, Failure> {
    let (by, engine) = (staff.user, &app.engine);
    let effect = async |tenant: &mut Tenant, new: &NewCustomer| customers::add(engine, tenant, by, new).await;
    let fill = |answer: &mut _| customers::with_cuit(answer, &new.body);
    new.create_linked(&app, &staff, "POST /api/customers", (effect, fill)).await
}

/// One customer. Who was merged into another is found there: 301.
#[utoipa::path(get, path = "/api/customers/{id}", operation_id = "get_customer", tag = "customers", params(("id" = CustomerId, Path)),
    responses((status = 200, body = Customer),
        (status = 301, body = Customer, description = "merged into another: `Location` and `merged_into` say whom"), Refused))]
pub(super) async fn get(
    app: Data<App>,
    who: CustomersRead,
    id: Path<CustomerId>,
) -> Result<HttpResponse, Failure> {
    let row = customers::get(&app.engine, who.org, sight(&who), *id).await?;
    Ok(match row.merged_into {
        None => HttpResponse::Ok().json(row),
        Some(into) => HttpResponse::MovedPermanently()
            .insert_header((LOCATION, format!("/api/customers/{into}")))
            // What was merged last may be merged again.
            .insert_header(("Cache-Control", "no-store"))
            .json(row),
    })
}

/// A customer's jobs, newest first; a technician's own.
#[utoipa::path(get, path = "/api/customers/{id}/jobs", operation_id = "list_customer_jobs", tag = "customers",
    params(("id" = CustomerId, Path), Paging), responses((status = 200, body = Page<JobView>), Refused))]
pub(super) async fn jobs(
    app: Data<App>,
    who: JobsRead,
    id: Path<CustomerId>,
    paging: Query<Paging>,
) -> Result<Json<Page<JobView>>, Failure> {
    let row = customers::get(&app.engine, who.org, Sight(who.own()), *id).await?;
    let Paging { limit, after } = paging.into_inner();
    let customer_id = Some(row.merged_into.unwrap_or(row.id));
    let (links, query) = (app.links(), JobList { customer_id, limit, after, ..JobList::default() });
    let page = app.engine.db.within(who.org, async |t| jobs::list(t, &links, who.asker(), &query).await);
    Ok(Json(page.await?))
}

/// Changes a customer.
#[utoipa::path(patch, path = "/api/customers/{id}", operation_id = "edit_customer", tag = "customers", params(("id" = CustomerId, Path)), request_body = EditCustomer,
    responses((status = 200, body = EditedCustomer), Refused))]
pub(super) async fn edit(
    app: Data<App>,
    staff: CustomersUpdate,
    id: Path<CustomerId>,
    body: Json<EditCustomer>,
) -> Result<Json<EditedCustomer>, Failure> {
    Ok(Json(customers::edit(&app.engine, staff.org, staff.asker(), *id, body.into_inner()).await?))
}

/// Two customers are one: everything of `other_id` goes to this one.
#[utoipa::path(post, path = "/api/customers/{id}/merge", operation_id = "merge_customers", tag = "customers",
    params(("id" = CustomerId, Path)), request_body = Merge, responses((status = 200, body = Customer), Refused))]
pub(super) async fn merge(
    app: Data<App>,
    boss: CustomersMerge,
    id: Path<CustomerId>,
    body: Json<Merge>,
) -> Result<Json<Customer>, Failure> {
    Ok(Json(merge::merge(&app.engine, boss.org, boss.asker(), *id, &body).await?))
}

/// Deactivates a customer; history stays.
#[utoipa::path(delete, path = "/api/customers/{id}", operation_id = "deactivate_customer", tag = "customers", params(("id" = CustomerId, Path)),
    responses((status = 204), Refused))]
pub(super) async fn deactivate(
    app: Data<App>,
    boss: CustomersDelete,
    id: Path<CustomerId>,
) -> Result<HttpResponse, Failure> {
    customers::deactivate(&app.engine, boss.org, boss.user, *id).await?;
    Ok(HttpResponse::NoContent().finish())
}
