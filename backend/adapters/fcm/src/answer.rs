//! What a refusal means.

use std::{io, time::Duration};

use kith_domain::ports::push::PushError;
use reqwest::StatusCode;
use serde::Deserialize;

use crate::unavailable;

/// How long a service that is busy is left alone if it does not say.
const PAUSE: Duration = Duration::from_secs(60);

/// The service's own description; other servers on the way have others.
#[derive(Default, Deserialize)]
#[serde(default)]
struct Answer {
    error: Reason,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Reason {
    status: String,
    details: Vec<Detail>,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Detail {
    #[serde(rename = "errorCode")]
    code: String,
}

/// The error of an answer that is no success.
pub(crate) fn error(status: StatusCode, retry_after: Option<Duration>, body: &[u8]) -> PushError {
    let Reason { status: name, details } = serde_json::from_slice::<Answer>(body).unwrap_or_default().error;
    let code = details.into_iter().map(|detail| detail.code).find(|code| !code.is_empty()).unwrap_or(name);
    match (status, code.as_str()) {
        (_, "UNREGISTERED") => PushError::Unregistered,
        (StatusCode::TOO_MANY_REQUESTS | StatusCode::SERVICE_UNAVAILABLE, _) => {
            PushError::Busy(retry_after.unwrap_or(PAUSE))
        }
        (status, _) if status.is_server_error() => unavailable(io::Error::other(format!("status {status}"))),
        (status, code) => PushError::Refused(format!("status {}, {code}", status.as_u16())),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn refusals_are_told_apart() {
        let fcm = |code: &str| {
            format!(
                r#"{{"error":{{"code":404,"message":"…","status":"NOT_FOUND","details":[{{"@type":"type.googleapis.com/google.firebase.fcm.v1.FcmError","errorCode":"{code}"}}]}}}}"#
            )
        };
        let second = Some(Duration::from_secs(1));
        for (status, retry_after, body, expected) in [
            (404, None, fcm("UNREGISTERED"), "Unregistered"),
            (429, second, fcm("QUOTA_EXCEEDED"), "Busy(1s)"),
            (503, second, fcm("UNAVAILABLE"), "Busy(1s)"),
            (503, None, "<html>".to_owned(), "Busy(60s)"),
            (400, None, fcm("INVALID_ARGUMENT"), "Refused(\"status 400, INVALID_ARGUMENT\")"),
            (403, None, fcm("SENDER_ID_MISMATCH"), "Refused(\"status 403, SENDER_ID_MISMATCH\")"),
            (
                404,
                None,
                r#"{"error":{"status":"NOT_FOUND"}}"#.to_owned(),
                "Refused(\"status 404, NOT_FOUND\")",
            ),
            (400, None, r#"{"error":"invalid_grant"}"#.to_owned(), "Refused(\"status 400, \")"),
        ] {
            let status = StatusCode::from_u16(status).unwrap();
            assert_eq!(format!("{:?}", error(status, retry_after, body.as_bytes())), expected);
        }
        let failed = error(StatusCode::INTERNAL_SERVER_ERROR, None, b"");
        assert!(matches!(failed, PushError::Unavailable(_)), "{failed:?}");
    }
}
