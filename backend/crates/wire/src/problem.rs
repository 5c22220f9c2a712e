//! Problem details (RFC 9457).

use std::borrow::Cow;

use kith_domain::{
    FieldError, Refusal, Timestamp,
    conversation::Draft,
    ports::{HistoryError, StoreError},
};
use kith_services::ServiceError;
use serde::Serialize;
use utoipa::ToSchema;

use crate::{code::ProblemCode, scalar};

/// What is wrong with a request. Its JSON is [`ProblemDetails`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Problem {
    /// What it is; gives status, title and type.
    pub kind: ProblemCode,
    /// A sentence about this occurrence, for people.
    pub detail: Cow<'static, str>,
    /// The trace in which it is logged.
    pub trace_id: Option<String>,
    /// The fields that are not acceptable.
    pub errors: Vec<FieldProblem>,
    /// After how many milliseconds the next try is welcome.
    pub retry_after_ms: Option<u64>,
    /// When a suspension ends, or an account is deleted for good.
    pub until: Option<Timestamp>,
    /// The stored draft, when an older version was written over.
    pub draft: Option<Box<StoredDraft>>,
}

/// What is wrong with a request, as `application/problem+json`.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Problem)]
pub struct ProblemDetails<'a> {
    /// A URI that stands for the code.
    #[serde(rename = "type")]
    pub type_uri: &'static str,
    /// A short summary that does not change between occurrences.
    pub title: &'static str,
    /// The HTTP status.
    pub status: u16,
    /// A sentence about this occurrence, for people.
    pub detail: &'a str,
    /// The stable word that clients act on.
    pub code: &'static str,
    /// What to quote when asking for help.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub trace_id: Option<&'a str>,
    /// The fields that are not acceptable.
    #[serde(skip_serializing_if = "<[_]>::is_empty")]
    #[schema(value_type = Vec<FieldProblem>, required = false)]
    pub errors: &'a [FieldProblem],
    /// After how many milliseconds the next try is welcome.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub retry_after_ms: Option<u64>,
    /// When a suspension ends, or an account is deleted for good.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<scalar::Time>)]
    pub until: Option<Timestamp>,
    /// The stored draft, when an older version was written over.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<StoredDraft>)]
    pub draft: Option<&'a StoredDraft>,
}

impl<'a> From<&'a Problem> for ProblemDetails<'a> {
    fn from(problem: &'a Problem) -> Self {
        Self {
            type_uri: problem.kind.type_uri(),
            title: problem.kind.title(),
            status: problem.kind.status(),
            detail: &problem.detail,
            code: problem.kind.code(),
            trace_id: problem.trace_id.as_deref(),
            errors: &problem.errors,
            retry_after_ms: problem.retry_after_ms,
            until: problem.until,
            draft: problem.draft.as_deref(),
        }
    }
}

impl Serialize for Problem {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        ProblemDetails::from(self).serialize(serializer)
    }
}

/// A field that breaks a rule.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct FieldProblem {
    /// The field; nested ones joined by dots.
    #[schema(value_type = String)]
    pub field: Cow<'static, str>,
    /// A stable word for the broken rule.
    #[schema(value_type = String)]
    pub code: &'static str,
    /// The rule in a sentence.
    #[schema(value_type = String)]
    pub detail: Cow<'static, str>,
}

/// A draft that stands in the way of an older one.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct StoredDraft {
    /// What was typed so far; empty when it was cleared.
    pub text: String,
    /// The message it answers.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<scalar::SeqNumber>)]
    pub reply_to: Option<u64>,
    /// One higher with each change.
    pub version: u64,
}

impl From<FieldError> for FieldProblem {
    fn from(error: FieldError) -> Self {
        Self { field: error.field, code: error.code, detail: error.detail }
    }
}

impl From<Draft> for StoredDraft {
    fn from(draft: Draft) -> Self {
        Self { text: draft.text, reply_to: draft.reply_to, version: draft.version }
    }
}

impl Problem {
    /// How long to wait when nothing is known about when things get better: one second.
    pub const DEFAULT_RETRY_AFTER_MS: u64 = 1_000;

    /// A problem with the code's own title as its detail.
    #[must_use]
    pub fn new(code: ProblemCode) -> Self {
        Self::with_detail(code, code.title())
    }

    /// A problem with a sentence about this occurrence.
    #[must_use]
    pub fn with_detail(code: ProblemCode, detail: impl Into<Cow<'static, str>>) -> Self {
        let waits =
            matches!(code, ProblemCode::Unavailable | ProblemCode::StorageFull | ProblemCode::RateLimited);
        Self {
            kind: code,
            detail: detail.into(),
            trace_id: None,
            errors: Vec::new(),
            retry_after_ms: waits.then_some(Self::DEFAULT_RETRY_AFTER_MS),
            until: None,
            draft: None,
        }
    }

    /// One field that breaks a rule.
    #[must_use]
    pub fn field(
        field: impl Into<Cow<'static, str>>,
        code: &'static str,
        detail: impl Into<Cow<'static, str>>,
    ) -> Self {
        Refusal::from(FieldError::new(field, code, detail)).into()
    }

    /// The HTTP status.
    #[must_use]
    pub fn status(&self) -> u16 {
        self.kind.status()
    }

    /// The stable word that clients act on.
    #[must_use]
    pub fn code(&self) -> &'static str {
        self.kind.code()
    }

    /// The value of `Retry-After`: whole seconds, rounded up, at least 1.
    #[must_use]
    pub fn retry_after_seconds(&self) -> Option<u64> {
        self.retry_after_ms.map(|millis| millis.div_ceil(1_000).max(1))
    }
}

impl From<Refusal> for Problem {
    fn from(refusal: Refusal) -> Self {
        let problem = Self::with_detail(ProblemCode::from(&refusal), refusal.to_string());
        match refusal {
            Refusal::Validation(errors) => {
                Self { errors: errors.into_iter().map(FieldProblem::from).collect(), ..problem }
            }
            Refusal::UnknownField(field) => {
                let error = FieldProblem {
                    field: field.into(),
                    code: "unknown_field",
                    detail: "not a field of this call".into(),
                };
                Self { errors: vec![error], ..problem }
            }
            Refusal::AccountSuspended { until } => Self { until, ..problem },
            Refusal::AccountDeleting { at } => Self { until: Some(at), ..problem },
            Refusal::DraftConflict(draft) => Self { draft: Some(Box::new((*draft).into())), ..problem },
            Refusal::RateLimited { retry_after_millis } => {
                Self { retry_after_ms: Some(retry_after_millis), ..problem }
            }
            Refusal::Unauthenticated
            | Refusal::Forbidden(_)
            | Refusal::PasswordRequired
            | Refusal::PasswordWrong
            | Refusal::ReauthenticationRequired
            | Refusal::NotFriends
            | Refusal::BlockedByYou
            | Refusal::NotMember
            | Refusal::AccountBanned
            | Refusal::NotFound
            | Refusal::Conflict(_)
            | Refusal::PushNotOffered
            | Refusal::UnsendExpired
            | Refusal::IdReused
            | Refusal::PayloadTooLarge(_)
            | Refusal::UnsupportedMedia(_) => problem,
        }
    }
}

/// The cause stays in the log: a client learns no more than the code.
impl From<&StoreError> for Problem {
    fn from(error: &StoreError) -> Self {
        Self::new(ProblemCode::from(error))
    }
}

impl From<&ServiceError> for Problem {
    fn from(error: &ServiceError) -> Self {
        match error {
            ServiceError::Refused(refusal) => refusal.clone().into(),
            ServiceError::Store(error) => error.into(),
            ServiceError::Search(_) => {
                Self::with_detail(ProblemCode::Unavailable, "messages cannot be searched for the moment")
            }
            ServiceError::History(HistoryError::Internal(_)) => Self::new(ProblemCode::Internal),
            ServiceError::History(_) => {
                Self::with_detail(ProblemCode::Unavailable, "older messages cannot be read for the moment")
            }
            ServiceError::Blobs(error) => Self::new(ProblemCode::from(error)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_problem_says_no_more_than_it_knows() {
        let json = serde_json::to_string(&Problem::from(Refusal::NotFound)).unwrap();
        assert_eq!(
            json,
            r#"{"type":"urn:kith:problem:not_found","title":"Not found","status":404,"detail":"not found","code":"not_found"}"#
        );
    }

    #[test]
    fn waiting_times_round_up_to_whole_seconds() {
        for (millis, seconds) in [(0, 1), (1, 1), (1_000, 1), (1_001, 2), (900_000, 900)] {
            let problem = Problem::from(Refusal::RateLimited { retry_after_millis: millis });
            assert_eq!(problem.retry_after_seconds(), Some(seconds), "{millis} ms");
        }
        assert_eq!(Problem::new(ProblemCode::Unavailable).retry_after_seconds(), Some(1));
        assert_eq!(Problem::new(ProblemCode::NotFound).retry_after_seconds(), None);
    }

    #[test]
    fn what_a_client_needs_to_go_on_comes_along() {
        let draft = Draft { text: "hi".to_owned(), reply_to: None, version: 4 };
        let problem = Problem::from(Refusal::DraftConflict(Box::new(draft)));
        assert_eq!(problem.draft.map(|draft| draft.version), Some(4));
        let until = Some(Timestamp::from_millis(1));
        assert_eq!(Problem::from(Refusal::AccountSuspended { until }).until, until);
    }
}
