//! Sign-in.

use kith_domain::{Timestamp, sign_in::SignInNotice};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::scalar;

/// An identity provider one can sign in with.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Provider)]
pub struct Provider<'a> {
    /// What stands in `/auth/login/{provider}`.
    pub id: &'a str,
    /// What people call it.
    pub name: &'a str,
}

/// A one-time code to redeem.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct TokenBody {
    /// `authorization_code`.
    pub grant_type: GrantType,
    /// The code of the redirect.
    #[schema(min_length = 1, max_length = 512)]
    pub code: String,
    /// The PKCE verifier to the challenge of the start.
    #[schema(min_length = 43, max_length = 128)]
    pub code_verifier: String,
}

/// The ways to a token.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum GrantType {
    /// A native client's one-time code.
    AuthorizationCode,
}

/// A native client's refresh; a browser sends `{}` and its cookie.
#[derive(Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct RefreshBody {
    /// The refresh token.
    #[serde(default, deserialize_with = "scalar::not_null")]
    #[schema(value_type = String, required = false)]
    pub refresh_token: Option<String>,
}

/// Fresh tokens.
#[derive(Serialize, ToSchema)]
#[schema(as = Tokens)]
pub struct Tokens<'a> {
    /// A JWT.
    pub access_token: &'a str,
    /// `Bearer`.
    pub token_type: TokenType,
    /// Seconds.
    pub expires_in: i64,
    /// Native clients only: good once.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub refresh_token: Option<&'a str>,
}

/// How an access token is shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ToSchema)]
pub enum TokenType {
    /// `Authorization: Bearer …`
    Bearer,
}

/// Why a sign-in was refused.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = SignInNotice)]
pub struct Notice<'a> {
    /// The refusal's code.
    pub code: &'a str,
    /// The reason given to the person.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reason: Option<&'a str>,
    /// Until when it holds.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<scalar::Time>)]
    pub until: Option<Timestamp>,
}

impl<'a> From<&'a SignInNotice> for Notice<'a> {
    fn from(notice: &'a SignInNotice) -> Self {
        Self { code: &notice.code, reason: notice.reason.as_deref(), until: notice.until }
    }
}
