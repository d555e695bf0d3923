//! The processor at hand: hot loops are compiled for what all of a kind have, and once more for what
//! nearly all have.

/// Runs `work`, compiled for processors since 2013 where this is one. What it calls takes part as far as
/// it is inlined.
#[inline(always)]
pub(crate) fn with_best<R>(work: impl FnOnce() -> R) -> R {
    #[cfg(target_arch = "x86_64")]
    return pulp::Arch::new().dispatch(work);
    #[cfg(not(target_arch = "x86_64"))]
    return work();
}
