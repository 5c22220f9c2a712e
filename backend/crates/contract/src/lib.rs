//! What each port promises, as test suites that every adapter runs.
