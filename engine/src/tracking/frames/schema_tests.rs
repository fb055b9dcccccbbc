//! The JSON Schemas in docs/schema are those of the types: `make schemas` writes them anew.

use std::path::PathBuf;

use schemars::{JsonSchema, SchemaGenerator, generate::SchemaSettings};

use super::*;

fn schema<T: JsonSchema>() -> String {
    let generator = SchemaGenerator::new(SchemaSettings::draft2020_12());
    let schema = generator.into_root_schema_for::<T>();
    serde_json::to_string_pretty(&schema).unwrap() + "\n"
}

#[test]
#[allow(clippy::disallowed_methods, reason = "a test that writes when it is told to")]
fn docs_schema_is_in_step_with_the_frames() {
    let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../docs/schema");
    for (name, schema) in [
        ("technician_client", schema::<TechnicianClient>()),
        ("technician_server", schema::<TechnicianServer>()),
        ("dispatch_client", schema::<DispatchClient>()),
        ("dispatch_server", schema::<DispatchServer>()),
        ("customer_live", schema::<CustomerLive>()),
    ] {
        let path = folder.join(format!("{name}.json"));
        if std::env::var_os("UPDATE_SCHEMAS").is_some() {
            std::fs::create_dir_all(&folder).unwrap();
            std::fs::write(&path, &schema).unwrap();
        }
        let committed = std::fs::read_to_string(&path).unwrap_or_default();
        assert_eq!(committed, schema, "docs/schema/{name}.json is stale: run `make schemas`");
    }
}
