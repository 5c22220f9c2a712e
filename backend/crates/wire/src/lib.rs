//! The wire's objects, problems and codes, shared by REST and the gateway.
//!
//! One file per noun. A view borrows from the domain's read model and is encoded at once; a body is read by
//! [`json::read`], which refuses what it does not know. Every shape describes itself to the API document.

pub mod account;
#[cfg(test)]
mod api_files;
mod client_address;
pub mod close;
pub mod code;
pub mod content;
pub mod conversation;
pub mod device;
pub mod entry;
pub mod event;
pub mod export;
pub mod friendship;
pub mod group;
pub mod json;
mod links;
pub mod media;
pub mod message;
pub mod page;
pub mod password;
pub mod presence;
pub mod problem;
pub mod read;
pub mod scalar;
pub mod search;
pub mod sign_in;
pub mod sync;
pub mod trace;

pub use client_address::ClientAddress;
pub use code::{ProblemCode, Retry};
pub use event::Event;
pub use links::Links;
pub use problem::Problem;
