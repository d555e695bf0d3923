//! The processor at hand: hot loops are compiled for what all of a kind have, and once more for what
//! nearly all have.

use crate::block::{AnyProcessor, Processor, Work};

/// Runs `work`, compiled for processors since 2013 where this is one. What it calls takes part as far as
/// it is inlined.
#[inline(always)]
pub(crate) fn with_best<R>(work: impl FnOnce() -> R) -> R {
    struct Plain<F>(F);
    impl<R, F: FnOnce() -> R> Work for Plain<F> {
        type Output = R;

        #[inline(always)]
        fn run<P: Processor>(self, _: P) -> R {
            (self.0)()
        }
    }
    run(Plain(work))
}

/// As [`with_best`] for work that looks at blocks.
#[inline(always)]
pub(crate) fn run<W: Work>(work: W) -> W::Output {
    #[cfg(target_arch = "x86_64")]
    if let Some(processor) = crate::block::V3::try_new() {
        return processor.vectorize(
            #[inline(always)]
            || work.run(processor),
        );
    }
    work.run(AnyProcessor)
}
