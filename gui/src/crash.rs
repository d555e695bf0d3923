//! Ends the process as a power cut would, at a point that a test counts: for tests that kill a push where
//! it hurts most. Only in builds with debug assertions; elsewhere there is nothing of it.

/// Whether to end here: `AIQ_BRAZE_CRASH=NAME:K` names the K-th time (from 1) that a point of this name is
/// passed.
#[cfg(debug_assertions)]
pub(crate) fn point(name: &str) {
    use std::sync::OnceLock;
    use std::sync::atomic::{AtomicU64, Ordering};

    static WANTED: OnceLock<Option<(String, AtomicU64)>> = OnceLock::new();
    let wanted = WANTED.get_or_init(|| {
        let wanted = std::env::var("AIQ_BRAZE_CRASH").ok()?;
        let (name, number) = wanted.split_once(':')?;
        Some((name.to_owned(), AtomicU64::new(number.parse().ok()?)))
    });
    if let Some((wanted, left)) = wanted
        && wanted == name
        && left.fetch_sub(1, Ordering::SeqCst) == 1
    {
        std::process::abort();
    }
}

/// There are no such points in this build.
#[cfg(not(debug_assertions))]
#[inline(always)]
pub(crate) fn point(_: &str) {}
