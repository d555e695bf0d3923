//! The headers that tell of the rate limit. Braze's pages tell two stories about them; the settings
//! choose.

use hyper::{
    Response, StatusCode,
    header::{HeaderName, HeaderValue},
};

use super::{
    content::Content,
    fault::{Fate, Fault},
    limiter::Standing,
    settings::{On429, Reset, Settings},
};

const LIMIT: HeaderName = HeaderName::from_static("x-ratelimit-limit");
const REMAINING: HeaderName = HeaderName::from_static("x-ratelimit-remaining");
const RESET: HeaderName = HeaderName::from_static("x-ratelimit-reset");
const RETRY_AFTER: HeaderName = HeaderName::from_static("x-ratelimit-retry-after");

/// Adds them to an answer of an endpoint. A scripted answer says when to come back only if its
/// script does; a page of a gateway knows nothing of any limit.
pub(super) fn tell(
    response: &mut Response<Content>,
    settings: &Settings,
    standing: Option<Standing>,
    retry_after_secs: Option<u64>,
    fate: Fate,
) {
    if matches!(fate.fault, Fault::Page { .. }) {
        return;
    }
    let is_429 = response.status() == StatusCode::TOO_MANY_REQUESTS;
    let is_scripted = matches!(fate.fault, Fault::Status { .. });
    let headers = response.headers_mut();
    if let Some(standing) = standing
        && (!is_429 || settings.on_429 == On429::Reset)
    {
        let reset = match settings.reset {
            Reset::Epoch => standing.reset_secs,
            // OK because a window that is not over ends after now.
            Reset::SecondsLeft => standing.reset_secs - standing.now_secs,
        };
        headers.insert(LIMIT, HeaderValue::from(standing.limit));
        // A scripted 429 must not contradict itself.
        let remaining = if is_429 { 0 } else { standing.remaining };
        headers.insert(REMAINING, HeaderValue::from(remaining));
        headers.insert(RESET, HeaderValue::from(reset));
    }
    if let Some(secs) = retry_after_secs
        && (is_scripted || (is_429 && settings.on_429 == On429::RetryAfter))
    {
        headers.insert(RETRY_AFTER, HeaderValue::from(secs));
    }
}
