//! What the end-to-end tests stand on: exports made from a seed, a slow twin of the whole program
//! to compare it with, and a way to run the real binary.
//!
//! This package never depends on `gui`: the binary under test is the one that was built with its
//! own features, and is found by its path.

pub mod braze;
pub mod exports;
pub mod fuzz;

pub mod program;
pub mod random;
pub mod sandbox;
pub mod twin;
