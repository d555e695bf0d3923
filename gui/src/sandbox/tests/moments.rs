//! Times in all the forms that Braze documents.

use crate::sandbox::moment::Moment;

#[test]
fn moments_are_read_in_every_documented_form() {
    for (text, shown) in [
        ("2024-02-29", "2024-02-29T00:00:00.000Z"),
        ("02/29/2024", "2024-02-29T00:00:00.000Z"),
        ("2024-02-29 23:59:58", "2024-02-29T23:59:58.000Z"),
        ("2024-02-29T23:59", "2024-02-29T23:59:00.000Z"),
        ("2024-02-29T23:59:58:123Z", "2024-02-29T23:59:58.123Z"),
        ("2024-02-29T23:59:58.5+01:30", "2024-02-29T22:29:58.500Z"),
        (
            "2024-02-29T23:59:58.123456789-0330",
            "2024-03-01T03:29:58.123Z",
        ),
        ("1969-12-31T23:59:59.999Z", "1969-12-31T23:59:59.999Z"),
        ("0000-03-01T00:00:00+00", "0000-03-01T00:00:00.000Z"),
    ] {
        let moment = Moment::parse(text).map(|moment| moment.to_string());
        assert_eq!(moment.as_deref(), Some(shown), "{text}");
    }
    for text in [
        "",
        "2024",
        "2024-02-30",
        "2023-02-29",
        "2024-13-01",
        "2024-1-1",
        "13/01/2024",
        "2024-01-01T",
        "2024-01-01T24:00",
        "2024-01-01T00:00:00.",
        "2024-01-01T00:00+1",
        "2024-01-01T00:00+01:",
        "2024-01-01T00:00Zz",
        "Mar 26 2026 06:12 PM +00:00",
        "1711476720",
        "2024-01-01T00:00:00.1234567890",
        "２０２４-01-01",
    ] {
        assert_eq!(Moment::parse(text), None, "{text}");
    }
}

#[test]
fn the_odd_documented_form_of_a_time_is_read() {
    for (text, shown) in [
        (
            "Thu 03 26 18:12:00.+01:00 2026",
            Some("2026-03-26T17:12:00.000Z"),
        ),
        (
            "Fri 02 29 00:00:00.Z 2024",
            Some("2024-02-29T00:00:00.000Z"),
        ),
        ("Fri 02 30 00:00:00.Z 2024", None),
        ("Fri 02 29 00:00:00 2024", None),
        ("Fri 02 29 00:00:00. 2024", None),
        ("Fri 02 29 00:00:00.Z 24", None),
        ("Fri 02 29 00:00:00.Z 20245", None),
        ("Fry 02 29 00:00:00.Z 2024", None),
        ("Fri", None),
    ] {
        let moment = Moment::parse(text).map(|moment| moment.to_string());
        assert_eq!(moment.as_deref(), shown, "{text}");
    }
}
