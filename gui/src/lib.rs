//! app

pub mod sandbox;
