//! The wire's objects, problems and codes, shared by REST and the gateway.
