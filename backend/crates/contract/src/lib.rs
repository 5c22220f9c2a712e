//! What each port promises, as test suites that every adapter runs.
//!
//! A promise is an async function over the port; a suite is a list of them, and [`run`] gives each a fresh subject.

#[macro_use]
mod case;

pub mod bus;
pub mod limits;
pub mod presence;

pub use case::{Case, run};
