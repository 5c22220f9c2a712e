//! Whether the process is up, and whether it can be used.

use std::time::Duration;

use axum::{
    extract::State,
    response::{IntoResponse, Response},
};
use http::StatusCode;
use serde::Serialize;
use utoipa::ToSchema;
use utoipa_axum::{router::OpenApiRouter, routes};

use crate::{answer::Answer, error::ApiError, state::AppState};

/// A dependency that takes longer is not usable for whoever asks.
const CHECK_LIMIT: Duration = Duration::from_secs(2);

pub(crate) fn routes() -> OpenApiRouter<AppState> {
    OpenApiRouter::new().routes(routes!(get_health)).routes(routes!(get_readiness))
}

/// The process is up.
#[derive(Serialize, ToSchema)]
struct Health {
    /// `up`.
    status: Condition,
}

/// How something stands.
#[derive(Clone, Copy, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
enum Condition {
    /// Usable.
    Up,
    /// Not usable.
    Down,
}

/// Whether requests should come here.
#[derive(Serialize, ToSchema)]
struct Readiness {
    /// Whether they should.
    ready: bool,
    /// Whether the process finishes its work and takes no new one.
    draining: bool,
    /// What the process needs.
    dependencies: Dependencies,
}

/// What the process needs.
#[derive(Serialize, ToSchema)]
struct Dependencies {
    /// The database of accounts and conversations: without it nothing works.
    ledger: Condition,
    /// The index of messages: without it they cannot be searched.
    search: Condition,
    /// Where old messages lie, if they leave the database: without it they cannot be read.
    #[serde(skip_serializing_if = "Option::is_none")]
    history: Option<Condition>,
}

/// Whether the process is up.
#[utoipa::path(get, path = "/healthz", tag = "health", security(()),
    responses((status = 200, description = "It is", body = Health)))]
async fn get_health() -> Result<Answer, ApiError> {
    Answer::ok(&Health { status: Condition::Up })
}

/// Whether the process can be used: the ledger answers and no shutdown is under way.
#[utoipa::path(get, path = "/readyz", tag = "health", security(()),
    responses(
        (status = 200, description = "It can", body = Readiness),
        (status = 503, description = "It cannot", body = Readiness),
    ))]
async fn get_readiness(State(app): State<AppState>) -> Result<Response, ApiError> {
    let ledger = stands("the ledger", app.store.check());
    let search = stands("the search index", app.services.search.check());
    let history = async {
        let check = app.services.messages.check_history()?;
        Some(stands("the history", check).await)
    };
    let (ledger, search, history) = tokio::join!(ledger, search, history);
    let draining = app.draining.is_on();
    let ready = !draining && ledger == Condition::Up;
    let status = if ready { StatusCode::OK } else { StatusCode::SERVICE_UNAVAILABLE };
    Ok(Answer::new(
        status,
        &Readiness { ready, draining, dependencies: Dependencies { ledger, search, history } },
    )?
    .into_response())
}

/// How a dependency stands. Only the ledger's keeps requests away.
async fn stands<E: std::error::Error + 'static>(
    name: &'static str,
    check: impl Future<Output = Result<(), E>>,
) -> Condition {
    match tokio::time::timeout(CHECK_LIMIT, check).await {
        Ok(Ok(())) => Condition::Up,
        Ok(Err(error)) => {
            tracing::warn!(error = &error as &dyn std::error::Error, "{name} cannot be used");
            Condition::Down
        }
        Err(_) => {
            tracing::warn!("{name} does not answer");
            Condition::Down
        }
    }
}
