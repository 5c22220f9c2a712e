//! The files under `api/` say what the code says. `UPDATE_API=1` writes them anew.

use std::{env, fs, path::Path};

#[test]
fn codes_and_event_schema_are_fresh() {
    let directory = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../api");
    for (name, fresh) in [
        ("codes.json", crate::close::codes_json().unwrap()),
        ("events.schema.json", crate::event::schema_json().unwrap()),
    ] {
        let path = directory.join(name);
        if env::var_os("UPDATE_API").is_some() {
            fs::create_dir_all(&directory).unwrap();
            fs::write(&path, &fresh).unwrap();
        }
        let stored = fs::read_to_string(&path).unwrap_or_default();
        assert!(stored == fresh, "api/{name} is stale: run the tests once with UPDATE_API=1");
    }
}
