//! The body of an answer on its way out: whole, cut in its middle, or far too long.

use std::{
    fmt,
    pin::Pin,
    task::{Context, Poll},
};

use hyper::body::{Body, Bytes, Frame, SizeHint};

/// The error that makes hyper close a connection (HTTP/2: reset a stream) without the rest of an
/// answer, or without any.
#[derive(Debug)]
pub(super) struct NoAnswer;

impl fmt::Display for NoAnswer {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("the sandbox gives no answer")
    }
}

impl std::error::Error for NoAnswer {}

/// What is repeated in a body that is too long.
const FILLING: &[u8] = &[b'x'; 16 << 10];

/// The parts of a body that are still to come.
#[derive(Debug)]
pub(super) struct Content {
    start: Bytes,
    n_filling: u64,
    end: Bytes,
    /// What never comes, though the head promises it.
    n_missing: u64,
    /// Whether everything that does come has had the time to leave.
    is_flushed: bool,
}

impl Content {
    fn empty() -> Self {
        Self {
            start: Bytes::new(),
            n_filling: 0,
            end: Bytes::new(),
            n_missing: 0,
            is_flushed: false,
        }
    }

    pub(super) fn whole(body: impl Into<Bytes>) -> Self {
        Self {
            start: body.into(),
            ..Self::empty()
        }
    }

    /// The first half of `body`.
    pub(super) fn half(body: String) -> Self {
        let whole = Bytes::from(body);
        let start = whole.slice(..whole.len() / 2);
        Self {
            n_missing: (whole.len() - start.len()) as u64,
            start,
            ..Self::empty()
        }
    }

    /// A JSON object with so many bytes in it.
    pub(super) fn huge(n_bytes: u64) -> Self {
        Self {
            start: Bytes::from_static(br#"{"message":"success","filling":""#),
            n_filling: n_bytes,
            end: Bytes::from_static(br#""}"#),
            ..Self::empty()
        }
    }

    fn n_bytes(&self) -> u64 {
        let parts = [
            self.start.len() as u64,
            self.end.len() as u64,
            self.n_missing,
        ];
        parts.into_iter().fold(self.n_filling, u64::saturating_add)
    }

    /// The next piece; nothing when all have been given.
    fn next(&mut self) -> Option<Bytes> {
        if !self.start.is_empty() {
            return Some(std::mem::take(&mut self.start));
        }
        if self.n_filling > 0 {
            let n_bytes = self.n_filling.min(FILLING.len() as u64);
            self.n_filling -= n_bytes;
            let n_bytes = usize::try_from(n_bytes).unwrap_or(FILLING.len());
            return FILLING.get(..n_bytes).map(Bytes::from_static);
        }
        (!self.end.is_empty()).then(|| std::mem::take(&mut self.end))
    }
}

impl Body for Content {
    type Data = Bytes;
    type Error = NoAnswer;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, NoAnswer>>> {
        if let Some(piece) = self.next() {
            return Poll::Ready(Some(Ok(Frame::data(piece))));
        }
        if self.n_missing == 0 {
            return Poll::Ready(None);
        }
        if !self.is_flushed {
            // An error at once would take along what hyper has not written yet. It writes while it
            // waits for more.
            self.is_flushed = true;
            context.waker().wake_by_ref();
            return Poll::Pending;
        }
        Poll::Ready(Some(Err(NoAnswer)))
    }

    fn is_end_stream(&self) -> bool {
        self.n_bytes() == 0
    }

    fn size_hint(&self) -> SizeHint {
        SizeHint::with_exact(self.n_bytes())
    }
}
