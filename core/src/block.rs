//! Blocks of 64 bytes, and what is asked of all their bytes at once: in vectors as wide as the processor at
//! hand has them.

use wide::u8x16;

/// Bytes in a block: one bit of a `u64` each.
pub(crate) const BLOCK: usize = 64;

/// The 64 bytes of a block. Bit `i` of each answer speaks of byte `i`.
pub(crate) trait Block: Copy {
    /// Whether the byte is the needle's.
    fn equal(self, needle: &Needle) -> u64;
    /// Whether the byte is at most the needle's.
    fn at_most(self, needle: &Needle) -> u64;
    /// Whether the byte is more than the needle's, both with a sign.
    fn more_signed(self, needle: &Needle) -> u64;
}

/// Makes blocks of bytes: proof that the processor has what they need.
pub(crate) trait Processor: Copy {
    type Block: Block;
    fn block(self, bytes: &[u8; BLOCK]) -> Self::Block;
}

/// What is to be done on some processor.
pub(crate) trait Work {
    type Output;
    fn run<P: Processor>(self, processor: P) -> Self::Output;
}

/// A byte to compare with, once for each place of the widest vector: from memory it is there at once, while the
/// compiler spreads a byte that it does not know anew at each use, and step by step.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Needle([u8; 32]);

impl Needle {
    pub(crate) const fn new(byte: u8) -> Self {
        Self([byte; 32])
    }

    #[inline(always)]
    fn quarter(&self) -> u8x16 {
        u8x16::new(*self.0.first_chunk().expect("32 bytes hold 16"))
    }
}

/// What every processor has: 16 bytes at a time.
#[derive(Clone, Copy)]
pub(crate) struct AnyProcessor;

impl Processor for AnyProcessor {
    type Block = Quarters;

    #[inline(always)]
    fn block(self, bytes: &[u8; BLOCK]) -> Quarters {
        let (quarters, _) = bytes.as_chunks::<16>();
        Quarters(std::array::from_fn(|idx| u8x16::new(quarters[idx])))
    }
}

/// A block in four vectors.
#[derive(Clone, Copy)]
pub(crate) struct Quarters([u8x16; 4]);

impl Quarters {
    #[inline(always)]
    fn bits(self, is_so: impl Fn(u8x16) -> u8x16) -> u64 {
        let bits = |quarter| u64::from(is_so(quarter).to_bitmask());
        let [a, b, c, d] = self.0.map(bits);
        a | b << 16 | c << 32 | d << 48
    }
}

impl Block for Quarters {
    #[inline(always)]
    fn equal(self, needle: &Needle) -> u64 {
        self.bits(|quarter| quarter.simd_eq(needle.quarter()))
    }

    #[inline(always)]
    fn at_most(self, needle: &Needle) -> u64 {
        self.bits(|quarter| quarter.min(needle.quarter()).simd_eq(quarter))
    }

    #[inline(always)]
    fn more_signed(self, needle: &Needle) -> u64 {
        let turned = |bytes: u8x16| bytes ^ u8x16::splat(0x80);
        let at_most = |a: u8x16, b: u8x16| a.min(b).simd_eq(a);
        !self.bits(|quarter| at_most(turned(quarter), turned(needle.quarter())))
    }
}

#[cfg(target_arch = "x86_64")]
pub(crate) use v3::V3;

#[cfg(target_arch = "x86_64")]
mod v3 {
    use std::arch::x86_64::__m256i;

    use pulp::core_arch::x86::Avx2;
    pub(crate) use pulp::x86::V3;

    use super::{BLOCK, Block, Needle, Processor};

    impl Processor for V3 {
        type Block = Halves;

        #[inline(always)]
        fn block(self, bytes: &[u8; BLOCK]) -> Halves {
            let (halves, _) = bytes.as_chunks::<32>();
            Halves {
                processor: self,
                halves: [load(&halves[0]), load(&halves[1])],
            }
        }
    }

    /// From where the bytes are: a cast would take them apart, and put them together one by one.
    #[inline(always)]
    fn load(bytes: &[u8; 32]) -> __m256i {
        pulp::bytemuck::pod_read_unaligned(bytes)
    }

    /// A block in two vectors.
    #[derive(Clone, Copy)]
    pub(crate) struct Halves {
        processor: V3,
        halves: [__m256i; 2],
    }

    impl Halves {
        #[inline(always)]
        fn bits(self, is_so: impl Fn(Avx2, __m256i) -> __m256i) -> u64 {
            let avx2 = self.processor.avx2;
            let bits = |half| {
                let bits = avx2._mm256_movemask_epi8(is_so(avx2, half));
                u64::from(bits.cast_unsigned())
            };
            let [low, high] = self.halves;
            bits(low) | bits(high) << 32
        }
    }

    impl Block for Halves {
        #[inline(always)]
        fn equal(self, needle: &Needle) -> u64 {
            let needle = load(&needle.0);
            self.bits(|avx2, half| avx2._mm256_cmpeq_epi8(half, needle))
        }

        #[inline(always)]
        fn at_most(self, needle: &Needle) -> u64 {
            let needle = load(&needle.0);
            self.bits(|avx2, half| avx2._mm256_cmpeq_epi8(avx2._mm256_min_epu8(half, needle), half))
        }

        #[inline(always)]
        fn more_signed(self, needle: &Needle) -> u64 {
            let needle = load(&needle.0);
            self.bits(|avx2, half| avx2._mm256_cmpgt_epi8(half, needle))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Holds each answer against a look at each byte.
    struct Compare<'b>(&'b [u8; BLOCK], u8);

    impl Work for Compare<'_> {
        type Output = ();

        fn run<P: Processor>(self, processor: P) {
            let Self(bytes, byte) = self;
            let (block, needle) = (processor.block(bytes), Needle::new(byte));
            let bits = |is_so: fn(u8, u8) -> bool| {
                let bit = |(idx, other): (usize, &u8)| u64::from(is_so(*other, byte)) << idx;
                bytes.iter().enumerate().map(bit).sum::<u64>()
            };
            assert_eq!(block.equal(&needle), bits(|a, b| a == b), "{byte}");
            assert_eq!(block.at_most(&needle), bits(|a, b| a <= b), "{byte}");
            let more = bits(|a, b| a.cast_signed() > b.cast_signed());
            assert_eq!(block.more_signed(&needle), more, "{byte}");
        }
    }

    #[test]
    fn answers_equal_a_look_at_each_byte() {
        for byte in 0..=u8::MAX {
            let bytes = std::array::from_fn(|idx| match idx % 3 {
                0 => byte,
                1 => byte.wrapping_add(idx as u8).wrapping_sub(32),
                _ => (idx as u8).wrapping_mul(89).wrapping_add(byte),
            });
            Compare(&bytes, byte).run(AnyProcessor);
            crate::processor::run(Compare(&bytes, byte));
        }
    }
}
