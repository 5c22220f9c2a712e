//! The mark in the place of an upload that was removed: while it lies there, the upload's request creates nothing.

use object_store::{Attribute, Attributes, PutOptions};

/// No upload has this type, as the type is signed.
const TYPE: &str = "application/vnd.kith.spent";

/// How the mark is stored; its content is empty.
pub(crate) fn options() -> PutOptions {
    Attributes::from_iter([(Attribute::ContentType, TYPE)]).into()
}

/// Whether an object is a mark.
pub(crate) fn is_mark(attributes: &Attributes) -> bool {
    attributes.get(&Attribute::ContentType).is_some_and(|found| found.as_ref() == TYPE)
}
