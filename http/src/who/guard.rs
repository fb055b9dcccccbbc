//! The one way to mount a handler: it names a permission or there is no route.

use std::future::Future;
use std::pin::Pin;

use actix_web::dev::Payload;
use actix_web::{FromRequest, Handler, HttpRequest, Responder, Route};

use super::permission::{Gate, Permission};

/// The arguments of a handler whose second one is a [`Permission`].
#[diagnostic::on_unimplemented(
    message = "a handler that names no permission cannot be mounted",
    label = "its second argument must be a permission: a type of `who::catalogue` or `who::outside`"
)]
pub trait Guarded: FromRequest + 'static {
    /// Who may call the handler.
    type Permission: Permission;
}

macro_rules! guarded_tuples {
    ($(($($rest:ident)*))+) => {$(
        impl<First, Who, $($rest),*> Guarded for (First, Who, $($rest,)*)
        where
            First: FromRequest + 'static,
            Who: Permission,
            $($rest: FromRequest + 'static),*
        {
            type Permission = Who;
        }
    )+};
}

guarded_tuples! { () (A) (A B) (A B C) (A B C D) (A B C D E) }

/// Puts a handler on a route. Its permission is asked before anything else of the request is read: who may not come in
/// learns nothing of bodies, parameters and rows.
///
/// ```
/// use actix_web::{HttpResponse, web};
/// use campo_http::App;
/// use campo_http::who::{JobsRead, guarded};
///
/// async fn handler(_: web::Data<App>, _: JobsRead, _: web::Path<u32>) -> HttpResponse {
///     HttpResponse::Ok().finish()
/// }
/// let route = guarded(web::get(), handler);
/// ```
///
/// Without a permission the same does not compile:
///
/// ```compile_fail,E0277
/// use actix_web::{HttpResponse, web};
/// use campo_http::App;
/// use campo_http::who::{JobsRead, guarded};
///
/// async fn handler(_: web::Data<App>, _: web::Path<u32>) -> HttpResponse {
///     HttpResponse::Ok().finish()
/// }
/// let route = guarded(web::get(), handler);
/// ```
///
/// Nor where it is somebody signed in, whatever their role:
///
/// ```compile_fail,E0277
/// use actix_web::{HttpResponse, web};
/// use campo_http::App;
/// use campo_http::who::{SignedIn, guarded};
///
/// async fn handler(_: web::Data<App>, _: SignedIn, _: web::Path<u32>) -> HttpResponse {
///     HttpResponse::Ok().finish()
/// }
/// let route = guarded(web::get(), handler);
/// ```
pub fn guarded<F, Args>(route: Route, handler: F) -> Route
where
    F: Handler<Args>,
    Args: Guarded,
    F::Output: Responder + 'static,
{
    route.to(move |Checked(args): Checked<Args>| handler.call(args))
}

/// The permission that a handler names.
pub fn gate_of<F, Args>(_: &F) -> Gate
where
    F: Handler<Args>,
    Args: Guarded,
{
    Args::Permission::GATE
}

/// A handler's arguments, read after its permission let the request in.
struct Checked<Args>(Args);

impl<Args: Guarded> FromRequest for Checked<Args> {
    type Error = actix_web::Error;
    type Future = Pin<Box<dyn Future<Output = Result<Self, actix_web::Error>>>>;

    fn from_request(request: &HttpRequest, payload: &mut Payload) -> Self::Future {
        let (request, mut payload) = (request.clone(), payload.take());
        Box::pin(async move {
            Args::Permission::from_request(&request, &mut Payload::None).await?;
            Args::from_request(&request, &mut payload).await.map(Self).map_err(Into::into)
        })
    }
}
