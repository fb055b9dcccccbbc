//! What the OpenAPI document says of every route alike: tokens, permissions, refusals with their codes, headers.

use std::collections::BTreeMap;

use serde_json::{Map, Value};
use utoipa::openapi::header::Header;
use utoipa::openapi::path::{Operation, PathItem};
use utoipa::openapi::schema::Schema;
use utoipa::openapi::security::{HttpAuthScheme, HttpBuilder, SecurityScheme};
use utoipa::openapi::{Content, OpenApi, Ref, RefOr, Response, ResponseBuilder};
use utoipa::{IntoResponses, Modify};

use super::table::gates;
use crate::who::permission::ROLES;
use crate::who::{CATALOGUE, Gate};

/// Every stable code of a refusal; `docs/protocol.md` says what each means. A test holds them beside the sources.
pub(super) const CODES: &[&str] = &[
    "AUTH_001",
    "AUTH_002",
    "AUTH_003",
    "AUTH_004",
    "AUTH_005",
    "AUTH_006",
    "AUTH_007",
    "AUTH_008",
    "AUTH_009",
    "AUTH_010",
    "AUTH_011",
    "AUTH_012",
    "AUTH_013",
    "BACKUP_001",
    "CAPABILITY_001",
    "CHANGE_001",
    "CHANGE_002",
    "CHANGE_003",
    "CUSTOMER_001",
    "CUSTOMER_002",
    "CUSTOMER_003",
    "FILE_001",
    "FILE_002",
    "FILE_003",
    "FILE_004",
    "JOB_001",
    "JOB_002",
    "JOB_003",
    "LOCKED_001",
    "MAP_001",
    "MAP_002",
    "NOTIFICATION_001",
    "PRIVACY_001",
    "PRIVACY_002",
    "PRIVACY_003",
    "PRIVACY_004",
    "RATE_001",
    "REQUEST_001",
    "REQUEST_002",
    "REQUEST_003",
    "REQUEST_004",
    "REQUEST_005",
    "SERVICE_TYPE_001",
    "SHIFT_001",
    "SHIFT_002",
    "SHIFT_003",
    "SHIFT_004",
    "SYSTEM_001",
    "SYSTEM_002",
    "SYSTEM_003",
    "SYSTEM_004",
    "TASK_001",
    "USER_001",
    "USER_002",
    "USER_003",
    "VAULT_001",
    "VAULT_002",
    "VAULT_003",
    "VAULT_004",
    "VERSION_001",
    "VOICE_001",
    "VOICE_002",
    "VOICE_003",
    "WEBHOOK_001",
    "WEBHOOK_002",
    "WHATSAPP_001",
    "WHATSAPP_002",
    "WHATSAPP_003",
];

/// Access tokens.
pub(super) struct Bearer;

impl Modify for Bearer {
    fn modify(&self, document: &mut OpenApi) {
        let bearer = HttpBuilder::new().scheme(HttpAuthScheme::Bearer).bearer_format("JWT").build();
        let components = document.components.get_or_insert_with(Default::default);
        components.security_schemes.insert("bearer".into(), SecurityScheme::Http(bearer).into());
    }
}

/// `x-permission` of every operation, and at the root `x-permissions`: the roles that have it, by name.
pub(super) struct Permissions;

impl Modify for Permissions {
    fn modify(&self, document: &mut OpenApi) {
        for (method, path, gate) in gates() {
            let found = document.paths.paths.get_mut(path).and_then(|item| operation(item, method));
            let Some(operation) = found else { continue };
            let extensions = operation.extensions.get_or_insert_default();
            extensions.insert("x-permission".into(), gate.name.into());
            if gate.roles.is_some() {
                refuse(operation, "401", "SignIn");
                refuse(operation, "403", "Forbidden");
            }
            if path.contains('{') {
                refuse(operation, "404", "NotFound");
            }
            refuse(operation, "429", "TooMany");
        }
        let table: Map<String, Value> =
            CATALOGUE.iter().map(|gate| (gate.name.to_owned(), held(gate))).collect();
        document.extensions.get_or_insert_default().insert("x-permissions".into(), table.into());
    }
}

/// The permission as each role holds it.
fn held(gate: &Gate) -> Value {
    let each = ROLES.into_iter().filter_map(|role| Some((role.as_str().to_owned(), gate.held(role)?.into())));
    Value::Object(each.collect())
}

fn refuse(operation: &mut Operation, status: &str, name: &str) {
    let refusal = RefOr::Ref(Ref::new(format!("#/components/responses/{name}")));
    operation.responses.responses.insert(status.into(), refusal);
}

fn operation<'a>(item: &'a mut PathItem, method: &str) -> Option<&'a mut Operation> {
    match method {
        "get" => item.get.as_mut(),
        "head" => item.head.as_mut(),
        "post" => item.post.as_mut(),
        "put" => item.put.as_mut(),
        "patch" => item.patch.as_mut(),
        "delete" => item.delete.as_mut(),
        _ => None,
    }
}

/// The refusals that many routes share, the codes, and the headers of answers.
pub(super) struct Answers;

impl Modify for Answers {
    fn modify(&self, document: &mut OpenApi) {
        let components = document.components.get_or_insert_with(Default::default);
        for (name, description, headers) in [
            (
                "SignIn",
                "Sign in first: AUTH_004 no valid token, AUTH_005 expired, AUTH_010 session ended",
                &["WWW-Authenticate"][..],
            ),
            ("Forbidden", "AUTH_003: the role has not this permission", &[]),
            ("NotFound", "No such row, or not one that the asker may see: the same answer", &[]),
            ("TooMany", "RATE_001: too often", &["Retry-After"]),
        ] {
            let mut refusal = problem(description).build();
            refusal.headers = headers.iter().map(|name| ((*name).to_owned(), header(name))).collect();
            components.responses.insert(name.into(), refusal.into());
        }
        if let Some(RefOr::T(Schema::Object(problem))) = components.schemas.get_mut("Problem")
            && let Some(RefOr::T(Schema::Object(code))) = problem.properties.get_mut("code")
        {
            code.enum_values = Some(CODES.iter().map(|code| Value::from(*code)).collect());
        }
        for (method, path, _) in gates() {
            let found = document.paths.paths.get_mut(path).and_then(|item| operation(item, method));
            if let Some(operation) = found {
                name_headers(operation);
            }
        }
    }
}

/// Headers that follow from what an operation takes.
fn name_headers(operation: &mut Operation) {
    let takes = |name: &str| {
        operation.parameters.iter().flatten().any(|p| matches!(p, RefOr::T(p) if p.name == name))
    };
    let names: &[&str] = match operation.operation_id.as_deref() {
        Some("upload_progress") => &["Upload-Offset", "Upload-Length", "Upload-Done"],
        Some("continue_upload") => &["Upload-Offset"],
        Some("verify_code" | "refresh" | "logout" | "logout_all" | "switch_org") => &["Set-Cookie"],
        _ if takes("Idempotency-Key") => &["Idempotency-Replayed"],
        _ => &[],
    };
    for (status, answer) in &mut operation.responses.responses {
        if let (true, RefOr::T(answer)) = (status.starts_with('2'), answer) {
            answer.headers.extend(names.iter().map(|name| ((*name).to_owned(), header(name))));
        }
    }
}

fn header(name: &str) -> RefOr<Header> {
    let description = match name {
        "WWW-Authenticate" => "Bearer",
        "Retry-After" => "Seconds until it may be tried again",
        "Upload-Offset" => "Bytes that are here for good",
        "Upload-Length" => "Bytes in all",
        "Upload-Done" => "true once the file is whole",
        "Set-Cookie" => "The refresh token of a browser, HttpOnly",
        _ => "true where the answer is the stored one of the same key",
    };
    let mut header = Header::default();
    header.description = Some(description.to_owned());
    header.into()
}

fn problem(description: &str) -> ResponseBuilder {
    let problem = Content::new(Some(RefOr::Ref(Ref::from_schema_name("Problem"))));
    ResponseBuilder::new().description(description).content("application/problem+json", problem)
}

/// Every refusal: `application/problem+json`. Handlers name it among their answers.
pub(crate) struct Refused;

impl IntoResponses for Refused {
    fn responses() -> BTreeMap<String, RefOr<Response>> {
        let words =
            "Refused: RFC 9457, with the stable `code`; after a conflict `current` is the row as it is";
        BTreeMap::from([("default".into(), problem(words).build().into())])
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    /// Codes in the sources, save those of frames.
    fn written() -> BTreeSet<String> {
        let mut folders: Vec<_> = ["../engine/src", "../http/src", "../actors/src"]
            .map(|folder| std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join(folder))
            .to_vec();
        let mut found = BTreeSet::new();
        while let Some(folder) = folders.pop() {
            for entry in std::fs::read_dir(folder).unwrap() {
                let path = entry.unwrap().path();
                if path.is_dir() {
                    folders.push(path);
                } else if path.file_name().unwrap() != "openapi.rs" {
                    let text = std::fs::read_to_string(&path).unwrap();
                    found.extend(text.split('"').filter(|word| is_code(word)).map(str::to_owned));
                }
            }
        }
        found
    }

    /// Codes of the wire contract's table; `_008` goes on from the code before it.
    fn explained() -> BTreeSet<String> {
        let text = include_str!("../../../docs/protocol.md");
        let mut area = "";
        let mut found = BTreeSet::new();
        for word in text.split('`') {
            if let (true, Some((start, _))) = (is_code(word), word.rsplit_once('_')) {
                area = start;
                found.insert(word.to_owned());
            } else if word.len() == 4 && is_code(&format!("{area}{word}")) {
                found.insert(format!("{area}{word}"));
            }
        }
        found
    }

    fn is_code(word: &str) -> bool {
        let Some((area, number)) = word.rsplit_once('_') else { return false };
        let is_area =
            area.len() >= 3 && area != "FRAME" && area.chars().all(|c| c.is_ascii_uppercase() || c == '_');
        is_area && number.len() == 3 && number.chars().all(|c| c.is_ascii_digit())
    }

    /// What a handler reads from the query and the body is what its operation says.
    #[test]
    fn openapi_names_what_handlers_read() {
        let routes = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("src/routes");
        let (mut folders, mut count) = (vec![routes], 0);
        while let Some(folder) = folders.pop() {
            for entry in std::fs::read_dir(folder).unwrap() {
                let path = entry.unwrap().path();
                if path.is_dir() {
                    folders.push(path);
                    continue;
                }
                let text = std::fs::read_to_string(&path).unwrap();
                for operation in text.split("#[utoipa::path(").skip(1) {
                    let Some((said, rest)) = operation.split_once(")]\npub") else { continue };
                    let arguments = rest.split_once("->").unwrap().0;
                    for read in ["Query<", "Json<", "Once<"] {
                        let Some((_, name)) = arguments.split_once(read) else { continue };
                        let name = name.split('>').next().unwrap().rsplit("::").next().unwrap();
                        let place = if read == "Query<" { "params(" } else { "request_body = " };
                        let (_, named) = said.split_once(place).unwrap_or_default();
                        assert!(named.contains(name), "{}: {name} of {arguments}", path.display());
                        count += 1;
                    }
                }
            }
        }
        assert!(count > 60, "{count}");
    }

    #[test]
    fn openapi_names_every_code() {
        let named: BTreeSet<String> = CODES.iter().map(|code| (*code).to_owned()).collect();
        assert_eq!(named.len(), CODES.len());
        assert_eq!(named, written(), "CODES and the sources differ");
        let silent: Vec<_> = named.difference(&explained()).cloned().collect();
        assert!(silent.is_empty(), "docs/protocol.md does not say what these mean: {silent:?}");
        let document: Value = serde_json::from_str(super::super::table::openapi()).unwrap();
        let listed =
            document["components"]["schemas"]["Problem"]["properties"]["code"]["enum"].as_array().unwrap();
        assert_eq!(listed.len(), CODES.len());
    }
}
