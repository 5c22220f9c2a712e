use async_trait::async_trait;
use kith_domain::ports::identity::{
    AuthorizationRequest, CodeExchange, IdentityError, IdentityProvider, ProviderIdentity,
};

const ISSUER: &str = "https://id.test";

/// A provider with the id `test` that vouches for whatever the callback's code names: `ada` is `ada@id.test`, and
/// `ada?unverified` the same with an address that nobody has checked.
#[derive(Debug, Clone, Copy)]
pub struct Vouching;

#[async_trait]
impl IdentityProvider for Vouching {
    fn id(&self) -> &str {
        "test"
    }

    fn name(&self) -> &str {
        "Test"
    }

    fn issuer(&self) -> &str {
        ISSUER
    }

    async fn authorization_url(&self, request: &AuthorizationRequest) -> Result<String, IdentityError> {
        Ok(format!("{ISSUER}/authorize?state={}", request.state))
    }

    async fn exchange(&self, exchange: &CodeExchange) -> Result<ProviderIdentity, IdentityError> {
        let (subject, email_verified) = match exchange.code.strip_suffix("?unverified") {
            Some(subject) => (subject, false),
            None => (exchange.code.as_str(), true),
        };
        Ok(ProviderIdentity {
            issuer: ISSUER.to_owned(),
            subject: subject.to_owned(),
            email: Some(format!("{subject}@id.test")),
            email_verified,
            name: Some(subject.to_owned()),
            authenticated_at: None,
        })
    }
}
