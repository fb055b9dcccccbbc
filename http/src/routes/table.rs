//! The API as one table: what is mounted is what is documented.
//!
//! A handler says its method, path, parameters and answers in `#[utoipa::path]`; its line here mounts it and
//! puts it into `GET /api/openapi.json`. A test holds the two beside each other, and the committed copy
//! `docs/openapi.json` in step (`UPDATE_SCHEMAS=1 cargo test -p campo-http openapi` rewrites it).

use std::sync::LazyLock;

use actix_web::web::{self, Data, ServiceConfig};
use actix_web::{HttpResponse, Resource};
use utoipa::OpenApi;

pub(crate) use super::openapi::Refused;
use super::openapi::{Answers, Bearer, Permissions};
use super::{
    admin, audit, auth, changes, customers, devices, dispatch, estimates, files, incoming, jobs, notices,
    notifications, organization, places, privacy, ratings, restricted, services, shifts, tracking, types,
    users, voice, webhooks, whatsapp,
};
use crate::app::App;
use crate::failure::{BadField, Problem};
use crate::who::guard::gate_of;
use crate::who::{Anyone, Gate, guarded};

/// Mounts and documents; a handler without a permission does not compile ([`guarded`]). Literal paths stand before
/// those with a parameter in the same place.
macro_rules! api {
    ($($method:ident $path:literal => $($handler:ident)::+;)+) => {
        /// Method and path of every route below `/api`, for the test that holds them beside the document.
        #[cfg(test)]
        const TABLE: &[(&str, &str)] = &[$((stringify!($method), concat!("/api", $path))),+];

        /// Mounts the table into the scope `/api`.
        pub(super) fn mount(config: &mut ServiceConfig) {
            let mut table = Table::default();
            $(table.add($path, guarded(web::$method(), $($handler)::+));)+
            table.mount(config);
            config.route("/openapi.json", guarded(web::get(), document));
        }

        /// Method, path and permission of every route.
        pub(super) fn gates() -> Vec<(&'static str, &'static str, Gate)> {
            vec![$((stringify!($method), concat!("/api", $path), gate_of(&$($handler)::+))),+]
        }

        #[derive(OpenApi)]
        #[openapi(
            info(
                title = "CampoTech",
                description = "Field service: jobs, people, live tracking. Frames of the sockets: docs/protocol.md.",
            ),
            paths($($($handler)::+),+),
            components(schemas(Problem, BadField)),
            security(("bearer" = [])),
            modifiers(&Bearer, &Permissions, &Answers),
        )]
        struct Document;
    };
}

api! {
    post   "/auth/otp/send" => auth::code::send;
    post   "/auth/otp/verify" => auth::code::verify;
    get    "/auth/totp" => auth::factor::state;
    post   "/auth/totp" => auth::factor::pass;
    post   "/auth/totp/enroll" => auth::factor::enrol;
    post   "/auth/totp/confirm" => auth::factor::confirm;
    post   "/auth/totp/recovery-codes" => auth::factor::renew;
    post   "/auth/totp/disable" => auth::factor::turn_off;
    post   "/auth/invitation" => auth::invitation::look;
    post   "/auth/refresh" => auth::renew::refresh;
    post   "/auth/logout" => auth::renew::logout;
    post   "/auth/logout-all" => auth::own::logout_all;
    get    "/auth/me" => auth::own::me;
    get    "/auth/sessions" => auth::own::sessions;
    delete "/auth/sessions/{id}" => auth::own::end;
    post   "/auth/switch-org" => auth::own::switch;

    get    "/admin/queues" => admin::queues;
    get    "/admin/dlq" => admin::letters;
    post   "/admin/dlq/{id}/retry" => admin::retry;
    post   "/admin/dlq/{id}/discard" => admin::discard;

    get    "/admin/audit-log" => audit::log;
    get    "/admin/audit-log/actions" => audit::actions;
    get    "/admin/audit-log/verify" => audit::verify;

    get    "/admin/health" => services::health;
    get    "/admin/panic" => services::panic;
    patch  "/admin/panic/{service}" => services::set_panic;
    get    "/admin/capabilities" => services::capabilities;
    patch  "/admin/capabilities/{name}" => services::switch;
    get    "/admin/usage" => services::used;
    get    "/services" => services::notice;

    get    "/organization" => organization::get;
    patch  "/organization" => organization::edit;
    get    "/organization/whatsapp" => organization::whatsapp;
    put    "/organization/whatsapp" => organization::connect_whatsapp;
    delete "/organization/whatsapp" => organization::disconnect_whatsapp;

    get    "/organization/bank" => restricted::bank;
    put    "/organization/bank" => restricted::put_bank;
    get    "/organization/change-requests" => changes::list;
    post   "/organization/change-requests" => changes::create;
    post   "/organization/change-requests/{id}/approve" => changes::approve;
    post   "/organization/change-requests/{id}/reject" => changes::reject;

    get    "/users/me/views" => audit::views;
    get    "/users" => users::list;
    post   "/users" => users::add;
    get    "/users/{id}" => users::get;
    patch  "/users/{id}" => users::edit;
    delete "/users/{id}" => users::deactivate;
    post   "/users/{id}/invitation" => auth::invitation::invite;
    delete "/users/{id}/invitation" => auth::invitation::revoke;
    get    "/users/{id}/payroll" => restricted::payroll;
    put    "/users/{id}/payroll" => restricted::put_payroll;
    get    "/users/{id}/schedule" => users::schedule;
    put    "/users/{id}/schedule" => users::put_schedule;

    get    "/users/me/privacy" => privacy::get;
    patch  "/users/me/privacy" => privacy::edit;
    post   "/users/me/export" => privacy::export;
    post   "/users/me/rectify-request" => privacy::rectify;
    post   "/users/me/delete-request" => privacy::ask_deletion;
    delete "/users/me/delete-request" => privacy::withdraw_deletion;
    post   "/users/me/confirm-deletion" => privacy::confirm_deletion;
    get    "/privacy/exports/{token}" => privacy::download;
    get    "/organization/privacy-requests" => privacy::requests;
    post   "/organization/privacy-requests/{id}/decide" => privacy::decide;
    get    "/organization/privacy-exports" => privacy::exports;
    post   "/customers/{id}/privacy-requests" => privacy::take;

    get    "/customers" => customers::list;
    post   "/customers" => customers::add;
    get    "/customers/search" => customers::search;
    get    "/customers/duplicates" => customers::duplicates;
    post   "/customers/validate-cuit" => customers::validate_cuit;
    get    "/customers/{id}" => customers::get;
    patch  "/customers/{id}" => customers::edit;
    delete "/customers/{id}" => customers::deactivate;
    get    "/customers/{id}/jobs" => customers::jobs;
    post   "/customers/{id}/merge" => customers::merge;
    post   "/customers/{id}/opt-out" => notifications::opt_out;
    post   "/customers/{id}/opt-in" => notifications::opt_in;

    get    "/jobs" => jobs::list;
    post   "/jobs" => jobs::create;
    get    "/jobs/today" => jobs::today;
    get    "/jobs/calendar" => jobs::calendar;
    get    "/jobs/stats" => jobs::stats;
    get    "/jobs/{id}" => jobs::get;
    patch  "/jobs/{id}" => jobs::edit;
    delete "/jobs/{id}" => jobs::cancel;
    patch  "/jobs/{id}/assign" => jobs::assign;
    patch  "/jobs/{id}/status" => jobs::change_status;
    post   "/jobs/{id}/photos" => jobs::add_photo;
    post   "/jobs/{id}/start" => jobs::start;
    post   "/jobs/{id}/complete" => jobs::complete;
    post   "/jobs/{id}/reopen" => jobs::reopen;
    get    "/jobs/{id}/history" => jobs::history;
    get    "/jobs/{id}/recommendations" => dispatch::recommendations;
    get    "/jobs/{id}/messages" => notifications::of_job;

    get    "/service-types" => types::list;
    post   "/service-types" => types::add;
    patch  "/service-types/{code}" => types::edit;
    delete "/service-types/{code}" => types::put_aside;

    get    "/estimates/coverage" => estimates::coverage;

    post   "/files" => files::begin;
    post   "/files/direct" => files::direct;
    get    "/files/{id}" => files::get;
    head   "/files/{id}" => files::progress;
    patch  "/files/{id}" => files::append;
    get    "/notifications" => notices::list;
    get    "/notifications/push-key" => notices::push_key;
    post   "/notifications/push-token" => notices::subscribe;
    delete "/notifications/push-token" => notices::unsubscribe;
    post   "/notifications/read-all" => notices::read_all;
    post   "/notifications/test" => notices::test;
    post   "/notifications/{id}/read" => notices::read;

    get    "/whatsapp/conversations" => whatsapp::conversations;
    get    "/whatsapp/conversations/{id}" => whatsapp::conversation;
    patch  "/whatsapp/conversations/{id}" => whatsapp::edit_conversation;
    get    "/whatsapp/conversations/{id}/messages" => whatsapp::messages;
    post   "/whatsapp/conversations/{id}/read" => whatsapp::read;
    get    "/whatsapp/conversations/{id}/requests" => whatsapp::list_requests;
    get    "/whatsapp/conversations/{id}/job" => whatsapp::draft_job;
    post   "/whatsapp/conversations/{id}/job" => whatsapp::create_job;
    post   "/whatsapp/requests/{id}/dismiss" => whatsapp::dismiss;
    get    "/whatsapp/templates" => whatsapp::templates;
    post   "/whatsapp/templates/preview" => whatsapp::preview_template;
    post   "/whatsapp/send" => whatsapp::send;
    get    "/whatsapp/messages/{id}" => whatsapp::message;
    get    "/whatsapp/messages/{id}/media" => whatsapp::message_media;
    get    "/whatsapp/quick-replies" => whatsapp::quick_replies;
    post   "/whatsapp/quick-replies" => whatsapp::add_quick_reply;
    patch  "/whatsapp/quick-replies/{id}" => whatsapp::edit_quick_reply;
    delete "/whatsapp/quick-replies/{id}" => whatsapp::drop_quick_reply;
    get    "/whatsapp/settings" => whatsapp::settings;
    put    "/whatsapp/settings" => whatsapp::put_settings;
    get    "/whatsapp/stats" => whatsapp::stats;

    get    "/webhooks/whatsapp" => incoming::verify_whatsapp;
    post   "/webhooks/whatsapp" => incoming::whatsapp;
    post   "/webhooks/twilio" => incoming::twilio;

    get    "/places" => places::search;
    get    "/places/reverse" => places::reverse;

    post   "/voice/process" => voice::process;
    get    "/voice/review-queue" => voice::queue;
    get    "/voice/settings" => voice::settings;
    patch  "/voice/settings" => voice::edit_settings;
    get    "/voice/stats" => voice::stats;
    get    "/voice/transcripts/{id}" => voice::get;
    get    "/voice/transcripts/{id}/audio" => voice::audio;
    post   "/voice/transcripts/{id}/review" => voice::review;

    get    "/shifts" => shifts::list;
    post   "/shifts" => shifts::change;
    post   "/shifts/pause" => shifts::pause;
    post   "/shifts/confirm" => shifts::confirm;

    get    "/devices" => devices::list;
    post   "/devices" => devices::add;
    delete "/devices/{id}" => devices::revoke;
    post   "/devices/{id}/locate" => devices::locate;

    get    "/tracking/locations" => tracking::locations;
    get    "/tracking/nearest" => dispatch::nearest;
    get    "/tracking/technicians/{id}/track" => tracking::track;
    get    "/tracking/sessions/{id}" => tracking::session;
    get    "/tracking/technicians/{id}/itinerary" => tracking::itinerary;
    get    "/tracking/dispatch/availability" => tracking::availability;
    get    "/tracking/map/data" => tracking::map_data;
    get    "/tracking/map/route" => tracking::map_route;
    post   "/tracking/sessions" => tracking::begin;
    post   "/tracking/sessions/{id}/arrive" => tracking::arrive;
    post   "/tracking/sessions/{id}/complete" => tracking::complete;
    get    "/tracking/ratings/{token}" => ratings::get;
    post   "/tracking/ratings/{token}" => ratings::rate;

    get    "/notifications/preferences" => notifications::preferences;
    patch  "/notifications/preferences" => notifications::edit_preferences;
    get    "/notifications/deliveries" => notifications::deliveries;

    get    "/webhook-endpoints" => webhooks::list;
    post   "/webhook-endpoints" => webhooks::create;
    get    "/webhook-endpoints/{id}" => webhooks::get;
    patch  "/webhook-endpoints/{id}" => webhooks::edit;
    delete "/webhook-endpoints/{id}" => webhooks::remove;
    post   "/webhook-endpoints/{id}/rotate-secret" => webhooks::rotate;
    post   "/webhook-endpoints/{id}/replay" => webhooks::replay;
    get    "/webhook-endpoints/{id}/deliveries" => webhooks::deliveries;
    post   "/webhook-endpoints/{id}/deliveries/{delivery}/resend" => webhooks::resend;
}

/// Resources in the order of their first line: one a path, so that a wrong method is 405 and not 404.
#[derive(Default)]
struct Table(Vec<(&'static str, Resource)>);

impl Table {
    fn add(&mut self, path: &'static str, route: actix_web::Route) {
        let known = self.0.iter().position(|(known, _)| *known == path);
        let (path, resource) = match known {
            Some(place) => self.0.remove(place),
            None => (path, web::resource(path)),
        };
        let place = known.unwrap_or(self.0.len());
        self.0.insert(place, (path, resource.route(route)));
    }

    fn mount(self, config: &mut ServiceConfig) {
        for (_, resource) in self.0 {
            config.service(resource);
        }
    }
}

/// The document as text, made once.
pub(crate) fn openapi() -> &'static str {
    static TEXT: LazyLock<String> = LazyLock::new(|| {
        Document::openapi().to_pretty_json().map_or_else(|_| "{}".into(), |text| text + "\n")
    });
    &TEXT
}

/// `GET /api/openapi.json`: OpenAPI 3.1.
async fn document(_: Data<App>, _: Anyone) -> HttpResponse {
    HttpResponse::Ok().content_type("application/json").body(openapi())
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use serde_json::Value;

    use super::*;

    const COMMITTED: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../docs/openapi.json");

    #[test]
    fn the_committed_openapi_document_is_in_step() {
        #[allow(clippy::disallowed_methods, reason = "a switch for people who run this test")]
        if std::env::var_os("UPDATE_SCHEMAS").is_some() {
            std::fs::write(COMMITTED, openapi()).unwrap();
        }
        let committed = std::fs::read_to_string(COMMITTED).unwrap_or_default();
        assert!(committed == openapi(), "run UPDATE_SCHEMAS=1 cargo test -p campo-http openapi");
    }

    /// What is mounted is documented, and nothing else is.
    #[test]
    fn openapi_and_table_agree() {
        let document: serde_json::Value = serde_json::from_str(openapi()).unwrap();
        assert!(document["openapi"].as_str().unwrap().starts_with("3.1"));
        let documented: BTreeSet<(String, String)> = document["paths"]
            .as_object()
            .unwrap()
            .iter()
            .flat_map(|(path, item)| {
                item.as_object().unwrap().keys().map(move |method| (method.clone(), path.clone()))
            })
            .collect();
        let mounted: BTreeSet<_> = TABLE.iter().map(|(m, p)| ((*m).to_owned(), (*p).to_owned())).collect();
        assert_eq!(mounted.len(), TABLE.len(), "a route stands in the table twice");
        assert_eq!(documented, mounted);
    }

    /// The document says of every operation which permission it wants, and asks for a token where one is looked at.
    #[test]
    fn openapi_names_permissions() {
        let document: Value = serde_json::from_str(openapi()).unwrap();
        let gates = gates();
        assert_eq!(gates.len(), TABLE.len());
        for (method, path, gate) in gates {
            let operation = &document["paths"][path][method];
            assert_eq!(operation["x-permission"], gate.name, "{method} {path}");
            let open = serde_json::json!({});
            let is_open = operation["security"].as_array().is_some_and(|ways| ways.contains(&open));
            assert_eq!(is_open, gate.roles.is_none(), "{method} {path}: {operation:#}");
            assert_eq!(
                document["x-permissions"][gate.name].is_object(),
                gate.roles.is_some(),
                "{}",
                gate.name
            );
        }
    }

    /// Nothing below `/api` is mounted beside the table.
    #[test]
    fn no_route_stands_outside_the_openapi_table() {
        let routes = std::path::Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/src/routes"));
        // These serve what is no REST: pages, tiles, health, the table itself.
        let others = [
            "table.rs",
            "mod.rs",
            "health.rs",
            "faces.rs",
            "tiles.rs",
            "demo.rs",
            "live.rs",
            "customer.rs",
            "downloads.rs",
            "ingest.rs",
        ];
        let mut folders = vec![routes.to_path_buf()];
        while let Some(folder) = folders.pop() {
            for entry in std::fs::read_dir(folder).unwrap() {
                let path = entry.unwrap().path();
                let name = path.file_name().unwrap().to_string_lossy().into_owned();
                if path.is_dir() {
                    folders.push(path);
                } else if !others.contains(&name.as_str()) {
                    let text = std::fs::read_to_string(&path).unwrap();
                    let bad =
                        [".route(", "web::resource(", "web::scope("].iter().find(|w| text.contains(**w));
                    assert!(bad.is_none(), "{name} mounts a route itself: put it into table.rs");
                }
            }
        }
    }

    /// Every operation says who it is, what it answers and how it refuses; every reference leads somewhere.
    #[test]
    fn the_openapi_document_is_whole() {
        let text = openapi();
        let document: serde_json::Value = serde_json::from_str(text).unwrap();
        let mut ids = BTreeSet::new();
        for (path, item) in document["paths"].as_object().unwrap() {
            for (method, operation) in item.as_object().unwrap() {
                let id = operation["operationId"].as_str().unwrap().to_owned();
                assert!(ids.insert(id.clone()), "{id} twice");
                let answers = operation["responses"].as_object().unwrap();
                assert!(answers.contains_key("default"), "{method} {path} does not say how it refuses");
                assert!(answers.keys().any(|status| status.starts_with('2')), "{method} {path}");
                assert!(operation["summary"].as_str().is_some_and(|s| !s.is_empty()), "{method} {path}");
            }
        }
        for reference in text.split("\"#/components/schemas/").skip(1) {
            let name = reference.split('"').next().unwrap();
            assert!(document["components"]["schemas"][name].is_object(), "{name} leads nowhere");
        }
    }
}
