//! The inspector keeps the contract of its port.

use kith_contract::inspector::INSPECTOR;
use kith_domain::ports::Inspector;
use kith_inspection::FileInspector;
use prometheus_client::registry::Registry;

/// As the suite takes it.
struct Subject(FileInspector);

impl AsRef<dyn Inspector> for Subject {
    fn as_ref(&self) -> &(dyn Inspector + 'static) {
        &self.0
    }
}

#[tokio::test]
async fn inspector() {
    kith_contract::run("inspector", INSPECTOR, async || {
        let directory = tempfile::tempdir().unwrap();
        (Subject(FileInspector::new(directory.path(), &mut Registry::default())), directory)
    })
    .await;
}
