//! Integration tests: real HTTP, real PostgreSQL, real sockets.
