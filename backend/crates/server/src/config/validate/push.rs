//! What wakes devices.

use crate::config::Push;

/// What the key is worth is for the adapter to say.
pub(super) fn check(push: &Push, dev: bool, faults: &mut Vec<String>) {
    let Some(endpoint) = &push.fcm_endpoint else { return };
    if !dev {
        faults.push("push.fcm_endpoint: sending messages elsewhere needs --dev".to_owned());
    }
    if push.fcm_service_account_file.is_none() {
        faults.push("push.fcm_service_account_file: missing".to_owned());
    }
    let origin = url::Url::parse(endpoint)
        .ok()
        .filter(|url| matches!(url.scheme(), "https" | "http"))
        .map(|url| url.origin().ascii_serialization());
    if origin.as_ref() != Some(endpoint) {
        faults.push(format!("push.fcm_endpoint: {endpoint} is no origin; write scheme://host[:port]"));
    }
}
