//! What is decided and remembered: use cases, state machines, SQL. No actix.
