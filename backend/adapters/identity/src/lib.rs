//! Who somebody is.
//!
//! - [`access_token`], [`keys`], [`key_directory`]: the JWTs that Kith itself issues, and the keys behind them.
//! - [`secret_box`]: refresh tokens, their hashes, and the sealing of a successor under the token it replaced.
//! - [`passwords`]: the hashing of account passwords.
//! - [`pkce`]: what ties a code to who asked for it.
//! - [`provider`]: what a sign-in needs of an identity provider; [`oidc`] and [`facebook`] speak to outside ones over
//!   [`outgoing`] connections, [`dev`] is one built in.
//!
//! Nothing here reads a clock: times come in as milliseconds since 1970. Randomness comes in as [`random::Random`].

pub mod access_token;
pub mod address;
pub mod dev;
pub mod facebook;
pub mod key_directory;
pub mod keys;
pub mod oidc;
pub mod outgoing;
pub mod passwords;
mod pem;
pub mod pkce;
pub mod ports;
pub mod provider;
pub mod random;
pub mod secret_box;
pub mod transport;
