//! What wakes devices.

use super::check_origin;
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
    // With http too: it is for a machine of one's own.
    if let Err(why) = check_origin(endpoint, true) {
        faults.push(format!("push.fcm_endpoint: {why}"));
    }
}
