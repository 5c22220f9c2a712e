//! One test binary: frames as STOMP 1.2 has them, bad input, and properties that hold for any input.

mod encoding;
mod framing;
mod properties;
mod refusals;
mod support;
