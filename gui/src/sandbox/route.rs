//! The endpoints that are there.

/// An endpoint that takes a POST.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Route {
    Track,
    ExportIds,
}

impl Route {
    pub(super) const ALL: [Self; 2] = [Self::Track, Self::ExportIds];

    pub(super) fn of(path: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|route| route.path() == path)
    }

    pub(super) fn path(self) -> &'static str {
        match self {
            Self::Track => "/users/track",
            Self::ExportIds => "/users/export/ids",
        }
    }

    pub(super) fn permission(self) -> &'static str {
        match self {
            Self::Track => "users.track",
            Self::ExportIds => "users.export.ids",
        }
    }

    /// Requests in so many seconds, by Braze's page of rate limits. Exports are told by the limit
    /// of customers since 2024-08-22; which headers go with the quicker one for requests that
    /// leave campaigns and Canvases out is not documented.
    pub(super) fn documented_limit(self) -> (u64, u64) {
        match self {
            Self::Track => (3000, 3),
            Self::ExportIds => (250, 60),
        }
    }
}
