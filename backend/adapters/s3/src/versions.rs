//! The versions of an object: what a bucket with versioning keeps of what was removed or replaced.

use http::{Method, StatusCode};
use kith_domain::ports::BlobError;
use quick_xml::{Reader, events::Event};

use crate::remote::Remote;

/// A version of an object, or the mark of its deletion.
#[derive(Debug, Default, Clone, PartialEq, Eq)]
pub(crate) struct Version {
    key: String,
    id: String,
    is_latest: bool,
}

/// Which versions go.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Doomed {
    /// All of them.
    All,
    /// All but the one that is read now.
    Older,
}

impl Remote {
    /// Removes versions of an object. A store that has none, or is not asked to keep any, has nothing to remove.
    ///
    /// # Errors
    /// As for [`Remote::call`].
    pub(crate) async fn remove_versions(&self, key: &str, doomed: Doomed) -> Result<(), BlobError> {
        // Keys have one length: none is the beginning of another, and a thousand versions of one are not to be had in
        // the time that an upload's request holds. What is left over goes with the next removal.
        let query = [("versions", String::new()), ("prefix", key.to_owned())];
        let answered = self.call(Method::GET, "", &[], &query).await?;
        if answered.status == StatusCode::NOT_IMPLEMENTED {
            return Ok(());
        }
        if !answered.is_done() {
            return Err(answered.failure("listing versions"));
        }
        for version in read(&answered.body) {
            if version.key != key || version.is_latest && doomed == Doomed::Older {
                continue;
            }
            let answered = self.call(Method::DELETE, key, &[], &[("versionId", version.id)]).await?;
            if !answered.is_done() && answered.status != StatusCode::NOT_FOUND {
                return Err(answered.failure("removing a version"));
            }
        }
        Ok(())
    }
}

/// The versions of a `ListVersionsResult`.
fn read(xml: &str) -> Vec<Version> {
    let mut reader = Reader::from_str(xml);
    let (mut versions, mut current, mut text) = (Vec::new(), None::<Version>, String::new());
    loop {
        match reader.read_event() {
            Ok(Event::Start(element)) => {
                text.clear();
                if is_version(element.name().as_ref()) {
                    current = Some(Version::default());
                }
            }
            Ok(Event::Text(piece)) => {
                text.push_str(&piece);
            }
            Ok(Event::End(element)) => {
                let name = element.name();
                match (name.as_ref(), &mut current) {
                    ("Key", Some(version)) => version.key = text.trim().to_owned(),
                    ("VersionId", Some(version)) => version.id = text.trim().to_owned(),
                    ("IsLatest", Some(version)) => version.is_latest = text.trim() == "true",
                    (name, Some(_)) if is_version(name) => versions.extend(current.take()),
                    _ => {}
                }
            }
            Ok(Event::Eof) | Err(_) => return versions,
            Ok(_) => {}
        }
    }
}

fn is_version(name: &str) -> bool {
    matches!(name, "Version" | "DeleteMarker")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn versions_and_marks_of_deletion_are_read() {
        let xml = r#"<?xml version="1.0" encoding="UTF-8"?>
            <ListVersionsResult xmlns="http://s3.amazonaws.com/doc/2006-03-01/">
              <Name>kith</Name><Prefix>media/</Prefix><KeyMarker/><IsTruncated>false</IsTruncated>
              <DeleteMarker><Key>media/a</Key><VersionId>3.x-y_Z</VersionId><IsLatest>true</IsLatest>
                <Owner><ID>7</ID></Owner></DeleteMarker>
              <Version><Key>media/a</Key><VersionId>null</VersionId><IsLatest>false</IsLatest>
                <ETag>&quot;5d41&quot;</ETag><Size>5</Size></Version>
            </ListVersionsResult>"#;
        let version =
            |id: &str, is_latest| Version { key: "media/a".to_owned(), id: id.to_owned(), is_latest };
        assert_eq!(read(xml), [version("3.x-y_Z", true), version("null", false)]);
        for nothing in ["", "<ListVersionsResult/>", "no XML", "<Version><Key>media/a</Key>"] {
            assert_eq!(read(nothing), [], "{nothing}");
        }
    }
}
