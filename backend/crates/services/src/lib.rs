//! Kith's use cases and policies.
