//! A contraction hierarchy that takes new weights without starting over.
