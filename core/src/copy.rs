//! Copies of a size that the processor knows beforehand. Those of another cost more than the bytes they
//! move, as long as these are few.

/// Bytes copied at a time. Sources should have as many behind their last piece.
pub(crate) const STEP: usize = 32;

/// What most texts fit into that are longer.
const SENTENCE: usize = 4 * STEP;

/// Copies `source[start..end]` to `room[at..]`; returns where it ends there. What stands behind it is
/// overwritten, too.
#[inline(always)]
pub(crate) fn copy(room: &mut [u8], at: usize, source: &[u8], start: usize, end: usize) -> usize {
    copy_at_once::<STEP>(room, at, source, start, end)
}

/// As [`copy`] for texts that mostly take two steps: identifiers of 36 characters are as usual as shorter ones.
#[inline(always)]
pub(crate) fn copy_two(
    room: &mut [u8],
    at: usize,
    source: &[u8],
    start: usize,
    end: usize,
) -> usize {
    copy_at_once::<{ 2 * STEP }>(room, at, source, start, end)
}

#[inline(always)]
fn copy_at_once<const MOST: usize>(
    room: &mut [u8],
    at: usize,
    source: &[u8],
    start: usize,
    end: usize,
) -> usize {
    if end - start <= MOST
        && let Some(piece) = chunk::<MOST>(source, start)
        && let Some(place) = chunk_mut::<MOST>(room, at)
    {
        *place = *piece;
        return at + (end - start);
    }
    copy_long(room, at, source, start, end)
}

#[inline(never)]
fn copy_long(room: &mut [u8], at: usize, source: &[u8], start: usize, end: usize) -> usize {
    // How many steps a sentence takes, no processor foresees.
    if end - start <= SENTENCE
        && let Some(piece) = chunk::<SENTENCE>(source, start)
        && let Some(place) = chunk_mut::<SENTENCE>(room, at)
    {
        *place = *piece;
        return at + (end - start);
    }
    let (mut from, mut to) = (start, at);
    while from < end {
        let (Some(piece), Some(place)) = (chunk::<STEP>(source, from), chunk_mut(room, to)) else {
            return copy_rest(room, to, &source[from..end]);
        };
        *place = *piece;
        from += STEP;
        to += STEP;
    }
    at + (end - start)
}

#[inline(always)]
fn chunk<const N: usize>(source: &[u8], from: usize) -> Option<&[u8; N]> {
    source.get(from..)?.first_chunk()
}

#[inline(always)]
fn chunk_mut<const N: usize>(room: &mut [u8], from: usize) -> Option<&mut [u8; N]> {
    room.get_mut(from..)?.first_chunk_mut()
}

/// The last bytes of a source that has none behind them.
#[cold]
#[inline(never)]
fn copy_rest(room: &mut [u8], at: usize, rest: &[u8]) -> usize {
    room[at..at + rest.len()].copy_from_slice(rest);
    at + rest.len()
}
