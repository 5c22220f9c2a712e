//! Identity: who a provider says somebody is.

use crate::clock::Timestamp;

/// What a provider vouches for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ProviderIdentity {
    /// The provider's issuer id: with `subject`, the account's key.
    pub issuer: String,
    /// The provider's stable id of the person.
    pub subject: String,
    /// An address, for operators.
    pub email: Option<String>,
    /// Whether the provider vouches for the address.
    pub email_verified: bool,
    /// What the person is called there.
    pub name: Option<String>,
    /// When the person last proved themselves to the provider.
    pub authenticated_at: Option<Timestamp>,
}
