//! The REST controllers: each takes a request apart, calls one use case and shows what came of it.
//!
//! What the caller may do is decided in the services; here it is only decided what a request may look like.

mod accounts;
mod answer;
mod conversations;
mod cookies;
mod cursor;
mod deletions;
mod devices;
mod docs;
mod error;
mod exports;
mod extract;
mod friends;
mod groups;
mod headers;
mod health;
mod media;
mod messages;
mod observe;
mod openapi;
mod passwords;
mod reads;
mod router;
mod search;
mod sign_in_target;
mod sign_ins;
mod state;
mod sync;

pub use openapi::openapi_json;
pub use router::{router, with_request_ids};
pub use state::{AppState, Draining};
