//! The checks that a POST passes before its body is judged, in their order: path, rate limit, key,
//! permission, kind of content, size. No page of Braze's states an order; this one goes from what
//! a gateway sees to what needs the body.

use hyper::{
    StatusCode,
    header::{self, HeaderMap},
    http::request::Parts,
};

use super::{
    answer::Answer,
    export_ids,
    limiter::Standing,
    route::Route,
    server::Shared,
    settings::Settings,
    track::{self, Lottery},
};

/// A body that has been read to its end.
pub(super) enum Body {
    Whole(Vec<u8>),
    TooLarge,
}

/// Braze answers 403 to a path with a slash at its end (its page "Errors and responses"). A wrong
/// method is an unknown route, as in most Rails applications; the documentation does not say.
pub(super) fn lost(path: &str) -> Answer {
    if path.len() > 1 && path.ends_with('/') {
        Answer::message(StatusCode::FORBIDDEN, "Access Denied")
    } else {
        Answer::message(StatusCode::NOT_FOUND, "Not Found")
    }
}

/// Answers a POST.
pub(super) fn work(
    shared: &Shared,
    head: &Parts,
    body: &Body,
    standing: Option<Standing>,
    lottery: Option<Lottery>,
) -> Answer {
    let Some(route) = Route::of(head.uri.path()) else {
        return lost(head.uri.path());
    };
    if standing.is_some_and(|standing| standing.retry_after_secs.is_some()) {
        shared.workspace().counts.limited += 1;
        return Answer::message(StatusCode::TOO_MANY_REQUESTS, "Rate Limited");
    }
    match may(&shared.settings, &head.headers, route) {
        None => return Answer::message(StatusCode::UNAUTHORIZED, "Invalid API Key"),
        Some(false) => return Answer::message(StatusCode::FORBIDDEN, "Access Denied"),
        Some(true) => {}
    }
    if !is_json(&head.headers) {
        let status = StatusCode::UNSUPPORTED_MEDIA_TYPE;
        return Answer::message(status, "Unsupported Media Type");
    }
    let Body::Whole(body) = body else {
        let status = StatusCode::PAYLOAD_TOO_LARGE;
        return Answer::message(status, "Request Entity Too Large");
    };
    let mut workspace = shared.workspace();
    match route {
        Route::Track => track::answer(&mut workspace, body, lottery),
        Route::ExportIds => export_ids::answer(&mut workspace, body),
    }
}

/// Whether the key may do this; nothing if it is none. `Bearer` in any case, then the exact key.
fn may(settings: &Settings, headers: &HeaderMap, route: Route) -> Option<bool> {
    let value = headers.get(header::AUTHORIZATION)?;
    let (scheme, key) = value.to_str().ok()?.split_once(' ')?;
    let key = scheme.eq_ignore_ascii_case("bearer").then(|| key.trim())?;
    settings.allows(key, route.permission())
}

/// `application/json`, with or without parameters.
fn is_json(headers: &HeaderMap) -> bool {
    let value = headers.get(header::CONTENT_TYPE);
    let kind = value.and_then(|value| value.to_str().ok()?.split(';').next());
    kind.is_some_and(|kind| kind.trim().eq_ignore_ascii_case("application/json"))
}
