//! The events' JSON Schema, made from the same types that are encoded.

use std::collections::BTreeMap;

use serde::Serialize;
use utoipa::{
    PartialSchema, ToSchema,
    openapi::{RefOr, schema::Schema},
};

use super::Event;

/// OpenAPI 3.1 schemas are JSON Schema 2020-12; only the place of definitions differs.
const OPENAPI_PREFIX: &str = "#/components/schemas/";

#[derive(Serialize)]
struct Document {
    #[serde(rename = "$schema")]
    dialect: &'static str,
    title: &'static str,
    #[serde(rename = "$ref")]
    root: &'static str,
    #[serde(rename = "$defs")]
    definitions: BTreeMap<String, RefOr<Schema>>,
}

/// The schema of a MESSAGE frame's body as pretty JSON: the content of `api/events.schema.json`.
///
/// # Errors
/// Never in practice; the encoder's own.
pub fn schema_json() -> Result<String, serde_json::Error> {
    let mut schemas = vec![("Event".to_owned(), Event::schema())];
    Event::schemas(&mut schemas);
    let document = Document {
        dialect: "https://json-schema.org/draft/2020-12/schema",
        title: "Events of Kith's socket",
        root: "#/$defs/Event",
        definitions: schemas.into_iter().collect(),
    };
    Ok(serde_json::to_string_pretty(&document)?.replace(OPENAPI_PREFIX, "#/$defs/") + "\n")
}
