//! Closed lists that Braze's fields are held against. All are sorted.

/// The languages that Braze knows, as it writes them (language codes).
#[rustfmt::skip]
pub(crate) const LANGUAGES: &[&str] = &[
    "af", "agq", "ak", "am", "ar", "as", "ay", "az", "bas", "be", "bem", "bez", "bg", "bn", "bo",
    "br", "bs", "ca", "cgg", "chr", "cs", "cy", "da", "dav", "de", "dje", "dua", "dyo", "dz", "ebu",
    "ee", "el", "en", "eo", "es", "et", "eu", "ewo", "fa", "ff", "fi", "fil", "fo", "fr", "ga",
    "gd", "gl", "gn", "gsw", "gu", "guz", "gv", "ha", "haw", "he", "hi", "hr", "hu", "hy", "id",
    "ig", "ii", "is", "it", "iu", "ja", "jmc", "jv", "ka", "kab", "kam", "ki", "kk", "kl", "kln",
    "km", "kn", "ko", "ks", "ksb", "ksf", "ku", "kw", "ky", "la", "lb", "lg", "ln", "lo", "lt",
    "lu", "luo", "luy", "lv", "mas", "mer", "mfe", "mg", "mk", "ml", "mn", "mo", "mr", "ms", "mt",
    "my", "naq", "nb", "nd", "ne", "nl", "nn", "nus", "nyn", "om", "pa", "pl", "ps", "pt", "qu",
    "rm", "ro", "rof", "ru", "rw", "rwk", "sa", "saq", "sbp", "sd", "se", "seh", "shi", "si", "sk",
    "sl", "sn", "so", "sq", "sr", "sv", "sw", "swc", "ta", "te", "teo", "tg", "th", "ti", "tk",
    "tl", "to", "tr", "tt", "twq", "tzm", "ug", "uk", "ur", "uz", "vai", "vi", "vun", "xh", "yav",
    "yi", "yo", "zh", "zu",
];

/// Countries: ISO 3166-1 alpha-2 (user attributes object).
#[rustfmt::skip]
pub(crate) const COUNTRIES: &[&str] = &[
    "AD", "AE", "AF", "AG", "AI", "AL", "AM", "AO", "AQ", "AR", "AS", "AT", "AU", "AW", "AX", "AZ",
    "BA", "BB", "BD", "BE", "BF", "BG", "BH", "BI", "BJ", "BL", "BM", "BN", "BO", "BQ", "BR", "BS",
    "BT", "BV", "BW", "BY", "BZ", "CA", "CC", "CD", "CF", "CG", "CH", "CI", "CK", "CL", "CM", "CN",
    "CO", "CR", "CU", "CV", "CW", "CX", "CY", "CZ", "DE", "DJ", "DK", "DM", "DO", "DZ", "EC", "EE",
    "EG", "EH", "ER", "ES", "ET", "FI", "FJ", "FK", "FM", "FO", "FR", "GA", "GB", "GD", "GE", "GF",
    "GG", "GH", "GI", "GL", "GM", "GN", "GP", "GQ", "GR", "GS", "GT", "GU", "GW", "GY", "HK", "HM",
    "HN", "HR", "HT", "HU", "ID", "IE", "IL", "IM", "IN", "IO", "IQ", "IR", "IS", "IT", "JE", "JM",
    "JO", "JP", "KE", "KG", "KH", "KI", "KM", "KN", "KP", "KR", "KW", "KY", "KZ", "LA", "LB", "LC",
    "LI", "LK", "LR", "LS", "LT", "LU", "LV", "LY", "MA", "MC", "MD", "ME", "MF", "MG", "MH", "MK",
    "ML", "MM", "MN", "MO", "MP", "MQ", "MR", "MS", "MT", "MU", "MV", "MW", "MX", "MY", "MZ", "NA",
    "NC", "NE", "NF", "NG", "NI", "NL", "NO", "NP", "NR", "NU", "NZ", "OM", "PA", "PE", "PF", "PG",
    "PH", "PK", "PL", "PM", "PN", "PR", "PS", "PT", "PW", "PY", "QA", "RE", "RO", "RS", "RU", "RW",
    "SA", "SB", "SC", "SD", "SE", "SG", "SH", "SI", "SJ", "SK", "SL", "SM", "SN", "SO", "SR", "SS",
    "ST", "SV", "SX", "SY", "SZ", "TC", "TD", "TF", "TG", "TH", "TJ", "TK", "TL", "TM", "TN", "TO",
    "TR", "TT", "TV", "TW", "TZ", "UA", "UG", "UM", "US", "UY", "UZ", "VA", "VC", "VE", "VG", "VI",
    "VN", "VU", "WF", "WS", "YE", "YT", "ZA", "ZM", "ZW",
];

/// First parts of the names of time zones in the IANA database.
#[rustfmt::skip]
pub(crate) const ZONE_AREAS: &[&str] = &[
    "Africa", "America", "Antarctica", "Arctic", "Asia", "Atlantic", "Australia", "Brazil",
    "Canada", "Chile", "Etc", "Europe", "Indian", "Mexico", "Pacific", "US",
];

/// Time zones whose name has one part: those of the IANA database, and those that Braze's own lists
/// show besides `Eastern Time (US & Canada)` (user attributes object).
#[rustfmt::skip]
pub(crate) const ZONES: &[&str] = &[
    "Abu Dhabi", "Adelaide", "Alaska", "Almaty", "American Samoa", "Amsterdam", "Arizona", "Astana",
    "Asuncion", "Athens", "Atlantic Time (Canada)", "Auckland", "Azores", "Baghdad", "Baku",
    "Bangkok", "Beijing", "Belgrade", "Berlin", "Bern", "Bogota", "Brasilia", "Bratislava",
    "Brisbane", "Brussels", "Bucharest", "Budapest", "Buenos Aires", "CET", "CST6CDT", "Cairo",
    "Canberra", "Cape Verde Is.", "Caracas", "Casablanca", "Central America", "Central Time (US &
    Canada)", "Chatham Is.", "Chennai", "Chihuahua", "Chongqing", "Copenhagen", "Cuba", "Darwin",
    "Dhaka", "Dublin", "EET", "EST", "EST5EDT", "Eastern Time (US & Canada)", "Edinburgh", "Egypt",
    "Eire", "Ekaterinburg", "Fiji", "GB", "GB-Eire", "GMT", "GMT+0", "GMT-0", "GMT0", "Georgetown",
    "Greenland", "Greenwich", "Guadalajara", "Guam", "HST", "Hanoi", "Harare", "Hawaii", "Helsinki",
    "Hobart", "Hong Kong", "Hongkong", "Iceland", "Indiana (East)", "International Date Line West",
    "Iran", "Irkutsk", "Islamabad", "Israel", "Istanbul", "Jakarta", "Jamaica", "Japan",
    "Jerusalem", "Kabul", "Kaliningrad", "Kamchatka", "Karachi", "Kathmandu", "Kolkata",
    "Krasnoyarsk", "Kuala Lumpur", "Kuwait", "Kwajalein", "Kyev", "Kyiv", "La Paz", "Libya", "Lima",
    "Lisbon", "Ljubljana", "London", "MET", "MST", "MST7MDT", "Madrid", "Magadan", "Marshall Is.",
    "Mazatlan", "Melbourne", "Mexico City", "Mid-Atlantic", "Midway Island", "Minsk", "Monrovia",
    "Monterrey", "Montevideo", "Moscow", "Mountain Time (US & Canada)", "Mumbai", "Muscat", "NZ",
    "NZ-CHAT", "Nairobi", "Navajo", "New Caledonia", "New Delhi", "Newfoundland", "Novosibirsk",
    "Nuku'alofa", "Osaka", "PRC", "PST8PDT", "Pacific Time (US & Canada)", "Paris", "Perth",
    "Poland", "Port Moresby", "Portugal", "Prague", "Pretoria", "Puerto Rico", "Quito", "ROC",
    "ROK", "Rangoon", "Riga", "Riyadh", "Rome", "Samara", "Samoa", "Santiago", "Sapporo",
    "Sarajevo", "Saskatchewan", "Seoul", "Singapore", "Skopje", "Sofia", "Solomon Is.",
    "Srednekolymsk", "Sri Jayawardenepura", "St. Petersburg", "Stockholm", "Sydney", "Taipei",
    "Tallinn", "Tashkent", "Tbilisi", "Tehran", "Tijuana", "Tokelau Is.", "Tokyo", "Turkey", "UCT",
    "UTC", "Ulaanbaatar", "Universal", "Urumqi", "Vienna", "Vilnius", "Vladivostok", "Volgograd",
    "W-SU", "WET", "Warsaw", "Wellington", "West Central Africa", "Yakutsk", "Yerevan", "Zagreb",
    "Zulu", "Zurich",
];

/// Whether a sorted list holds the text.
pub(crate) fn holds(list: &[&str], text: &[u8]) -> bool {
    list.binary_search_by(|entry| entry.as_bytes().cmp(text))
        .is_ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lists_are_sorted_and_hold_what_they_should() {
        for list in [LANGUAGES, COUNTRIES, ZONE_AREAS, ZONES] {
            assert!(list.is_sorted_by(|a, b| a < b));
        }
        assert_eq!((LANGUAGES.len(), COUNTRIES.len()), (169, 249));
        assert!(holds(COUNTRIES, b"ES") && !holds(COUNTRIES, b"es") && !holds(COUNTRIES, b""));
        assert!(holds(ZONES, b"Eastern Time (US & Canada)") && holds(ZONES, b"UTC"));
    }
}
