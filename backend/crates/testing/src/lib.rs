//! What the tests of several crates stand on: services on the embedded adapters, and in place of what no test can have, time
//! itself and somebody else's server, a clock that is moved and a provider that vouches for any name.

mod clock;
mod services;
mod vouching;

pub use clock::ManualClock;
pub use services::{context, sign_in};
pub use vouching::Vouching;
