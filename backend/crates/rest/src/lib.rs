//! The REST controllers.
