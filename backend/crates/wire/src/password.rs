//! The account password.

use serde::Deserialize;
use utoipa::ToSchema;

/// A new account password.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewPassword {
    /// The present one, where one is set. A sign-in by `reauth=1`, at most 10 minutes old, stands in for it.
    #[serde(default)]
    pub current: Option<String>,
    /// 8–128 characters, taken as typed.
    #[schema(min_length = 8, max_length = 128)]
    pub new: String,
}

/// What is asked for again before a grave change.
#[derive(Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct PasswordProof {
    /// The account password, where one is set. A sign-in by `reauth=1`, at most 10 minutes old, stands in for it.
    #[serde(default)]
    pub password: Option<String>,
}
