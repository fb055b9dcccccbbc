//! `/api/customers`: whom the organization works for.

use actix_web::HttpResponse;
use actix_web::web::{self, Data, Json, Path, Query, ServiceConfig};
use campo_engine::auth::role::Role;
use campo_engine::customers::{self, Customer, EditCustomer, Filter, NewCustomer, Sight};
use campo_engine::ids::CustomerId;
use campo_engine::page::{Page, Paging};

use crate::app::App;
use crate::failure::Failure;
use crate::once::Once;
use crate::who::{OwnerOrAdmin, SignedIn, Staff};

pub(super) fn configure(config: &mut ServiceConfig) {
    config
        .service(web::resource("/customers").route(web::get().to(list)).route(web::post().to(add)))
        .service(web::resource("/customers/search").route(web::get().to(list)))
        .service(
            web::resource("/customers/{id}")
                .route(web::get().to(get))
                .route(web::patch().to(edit))
                .route(web::delete().to(deactivate)),
        );
}

/// A technician sees the customers of the own jobs, everybody else all.
fn sight(who: &SignedIn) -> Sight {
    Sight((who.role == Role::Technician).then_some(who.user))
}

/// `GET /api/customers` and `/api/customers/search`: newest first, with `?q=` those that have it.
async fn list(
    app: Data<App>,
    who: SignedIn,
    filter: Query<Filter>,
    paging: Query<Paging>,
) -> Result<Json<Page<Customer>>, Failure> {
    Ok(Json(customers::list(&app.engine.db, who.org, sight(&who), &filter, &paging).await?))
}

/// `POST /api/customers`: a new customer.
async fn add(app: Data<App>, staff: Staff, new: Once<NewCustomer>) -> Result<HttpResponse, Failure> {
    let by = staff.user;
    new.create(&app, &staff, "POST /api/customers", async |tenant, new| customers::add(tenant, by, new).await)
        .await
}

/// `GET /api/customers/{id}`: one customer.
async fn get(app: Data<App>, who: SignedIn, id: Path<CustomerId>) -> Result<Json<Customer>, Failure> {
    Ok(Json(customers::get(&app.engine.db, who.org, sight(&who), *id).await?))
}

/// `PATCH /api/customers/{id}`: changes a customer.
async fn edit(
    app: Data<App>,
    staff: Staff,
    id: Path<CustomerId>,
    body: Json<EditCustomer>,
) -> Result<Json<Customer>, Failure> {
    Ok(Json(customers::edit(&app.engine.db, staff.org, staff.user, *id, body.into_inner()).await?))
}

/// `DELETE /api/customers/{id}`: deactivates a customer; history stays.
async fn deactivate(
    app: Data<App>,
    boss: OwnerOrAdmin,
    id: Path<CustomerId>,
) -> Result<HttpResponse, Failure> {
    customers::deactivate(&app.engine.db, boss.org, boss.user, *id).await?;
    Ok(HttpResponse::NoContent().finish())
}
