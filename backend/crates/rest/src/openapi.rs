//! The OpenAPI document, made from the handlers, and what all of them have in common.

use kith_wire::{
    problem::ProblemDetails,
    scalar::{Code, Id, Position, SeqNumber, Time},
};
use utoipa::{
    Modify, OpenApi,
    openapi::{
        Content, OpenApi as Document, Ref, RefOr, Response, ResponseBuilder,
        path::{HttpMethod, Operation, Parameter, ParameterIn},
        security::{HttpAuthScheme, HttpBuilder, SecurityRequirement, SecurityScheme},
    },
};

use crate::{error::PROBLEM_JSON, router};

#[derive(OpenApi)]
#[openapi(
    info(
        title = "Kith",
        description = "Friends, one-to-one and group chat. Live events come over `/ws` (STOMP 1.2); their bodies are the \
            `Event` of this document.",
    ),
    components(schemas(ProblemDetails<'static>, Id, Code, Position, SeqNumber, Time)),
    security(("bearer" = [])),
    modifiers(&Bearer),
    tags(
        (name = "sign-in", description = "Signing in through an identity provider, tokens"),
        (name = "people", description = "Profiles"),
        (name = "devices", description = "Sign-ins, one per device"),
        (name = "friends", description = "Friends, requests and blocks"),
        (name = "conversations", description = "Direct conversations and groups, as the caller sees them"),
        (name = "groups", description = "Groups and their members"),
        (name = "messages", description = "Messages, timelines and read markers"),
        (name = "media", description = "Uploads and downloads; the bytes themselves go to the file origin by signed requests"),
        (name = "search", description = "Searching messages"),
        (name = "sync", description = "Catching up"),
        (name = "health", description = "For operators"),
    )
)]
pub(crate) struct Base;

struct Bearer;

impl Modify for Bearer {
    fn modify(&self, document: &mut Document) {
        let scheme = HttpBuilder::new().scheme(HttpAuthScheme::Bearer).bearer_format("JWT").build();
        if let Some(components) = &mut document.components {
            components.add_security_scheme("bearer", SecurityScheme::Http(scheme));
        }
    }
}

/// The document as pretty JSON, the same for the same code: the content of `api/openapi.json`.
#[must_use]
pub fn openapi_json() -> String {
    let (_, document) = router::routes();
    // Every key of the document is a string, so encoding it cannot fail.
    serde_json::to_string_pretty(&document).unwrap_or_default() + "\n"
}

/// Adds to every operation the problems that its shape makes possible, and gives every problem its body.
pub(crate) fn complete(mut document: Document) -> Document {
    for item in document.paths.paths.values_mut() {
        for (method, operation) in [
            (HttpMethod::Get, &mut item.get),
            (HttpMethod::Put, &mut item.put),
            (HttpMethod::Post, &mut item.post),
            (HttpMethod::Patch, &mut item.patch),
            (HttpMethod::Delete, &mut item.delete),
        ] {
            if let Some(operation) = operation {
                complete_operation(operation, &method);
            }
        }
    }
    document
}

fn complete_operation(operation: &mut Operation, method: &HttpMethod) {
    let open =
        operation.security.as_ref().is_some_and(|needs| needs.contains(&SecurityRequirement::default()));
    let parameters = operation.parameters.as_deref().unwrap_or_default();
    let takes = |place: &ParameterIn| {
        let place = |parameter: &RefOr<Parameter>| matches!(parameter, RefOr::T(known) if known.parameter_in == *place);
        parameters.iter().any(place)
    };
    let (path, query, body) =
        (takes(&ParameterIn::Path), takes(&ParameterIn::Query), operation.request_body.is_some());
    let possible = [
        (body, "400", "Not acceptable JSON"),
        (!open, "401", "No valid token"),
        (path, "404", "Not there, or not for the caller to see"),
        (body, "413", "The body is too large"),
        (body, "415", "The body is not JSON"),
        (query || body, "422", "A field is not acceptable"),
        (!open, "429", "Too many requests"),
        (true, "500", "A fault of the server"),
        (true, "503", "Unavailable for the moment"),
        (*method != HttpMethod::Get, "507", "The server's storage is full"),
    ];
    let responses = &mut operation.responses.responses;
    for (_, status, description) in possible.into_iter().filter(|(applies, ..)| *applies) {
        let response = || RefOr::T(ResponseBuilder::new().description(description).build());
        responses.entry(status.to_owned()).or_insert_with(response);
    }
    for (status, response) in responses.iter_mut() {
        if let RefOr::T(response) = response
            && status.as_str() >= "400"
            && response.content.is_empty()
        {
            describe_problem(response);
        }
    }
}

fn describe_problem(response: &mut Response) {
    let problem = Content::new(Some(Ref::from_schema_name("Problem")));
    response.content.insert(PROBLEM_JSON.to_owned(), RefOr::T(problem));
}

#[cfg(test)]
mod tests {
    use std::{collections::BTreeSet, env, fs, path::Path};

    use serde_json::Value;

    use super::*;

    #[test]
    fn the_document_in_the_repository_is_fresh() {
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../api/openapi.json");
        if env::var_os("UPDATE_API").is_some() {
            fs::write(&path, openapi_json()).unwrap();
        }
        let stored = fs::read_to_string(&path).unwrap_or_default();
        assert!(stored == openapi_json(), "api/openapi.json is stale: run the tests once with UPDATE_API=1");
    }

    #[test]
    fn every_reference_is_defined_and_every_operation_described() {
        let text = openapi_json();
        let document: Value = serde_json::from_str(&text).unwrap();
        let schemas = &document["components"]["schemas"];
        for (at, prefix) in text.match_indices("#/components/schemas/") {
            let name: String = text[at + prefix.len()..].chars().take_while(|c| *c != '"').collect();
            assert!(schemas.get(&name).is_some(), "{name} is not defined");
        }
        let mut ids = BTreeSet::new();
        for (path, item) in document["paths"].as_object().unwrap() {
            for (method, operation) in item.as_object().unwrap() {
                let id = operation["operationId"].as_str().unwrap();
                assert!(ids.insert(id.to_owned()), "{id} twice");
                assert!(id.contains('_') && operation["summary"].is_string(), "{method} {path}");
                for (status, response) in operation["responses"].as_object().unwrap() {
                    let problem = status.as_str() >= "400" && !(path == "/readyz" && status == "503");
                    let described = response["content"].get(PROBLEM_JSON).is_some();
                    assert_eq!(problem, described, "{method} {path} {status}");
                }
            }
        }
        assert!(ids.len() > 40);
    }
}
