//! Names that Braze knows: countries, languages and time zones.

/// The codes of ISO 3166-1, alpha-2.
const COUNTRIES: &str = "AD AE AF AG AI AL AM AO AQ AR AS AT AU AW AX AZ BA BB BD BE BF BG BH BI BJ \
BL BM BN BO BQ BR BS BT BV BW BY BZ CA CC CD CF CG CH CI CK CL CM CN CO CR CU CV CW CX CY CZ DE DJ \
DK DM DO DZ EC EE EG EH ER ES ET FI FJ FK FM FO FR GA GB GD GE GF GG GH GI GL GM GN GP GQ GR GS GT \
GU GW GY HK HM HN HR HT HU ID IE IL IM IN IO IQ IR IS IT JE JM JO JP KE KG KH KI KM KN KP KR KW KY \
KZ LA LB LC LI LK LR LS LT LU LV LY MA MC MD ME MF MG MH MK ML MM MN MO MP MQ MR MS MT MU MV MW MX \
MY MZ NA NC NE NF NG NI NL NO NP NR NU NZ OM PA PE PF PG PH PK PL PM PN PR PS PT PW PY QA RE RO RS \
RU RW SA SB SC SD SE SG SH SI SJ SK SL SM SN SO SR SS ST SV SX SY SZ TC TD TF TG TH TJ TK TL TM TN \
TO TR TT TV TW TZ UA UG UM US UY UZ VA VC VE VG VI VN VU WF WS YE YT ZA ZM ZW";

/// Other spellings. Braze maps them "as well as it can" and publishes no list; these are ours.
const SPELLINGS: [(&str, &str); 16] = [
    ("argentina", "AR"),
    ("australia", "AU"),
    ("brazil", "BR"),
    ("canada", "CA"),
    ("france", "FR"),
    ("germany", "DE"),
    ("india", "IN"),
    ("italy", "IT"),
    ("japan", "JP"),
    ("mexico", "MX"),
    ("spain", "ES"),
    ("united kingdom", "GB"),
    ("united states", "US"),
    ("united states of america", "US"),
    ("usa", "US"),
    ("uk", "GB"),
];

/// The code of a country that is written in any way Braze may know.
pub(super) fn code(text: &str) -> Option<String> {
    let text = text.trim();
    let upper = text.to_ascii_uppercase();
    if COUNTRIES.split(' ').any(|code| code == upper) {
        return Some(upper);
    }
    let lower = text.to_lowercase();
    let spelling = SPELLINGS.iter().find(|(spelling, _)| *spelling == lower);
    spelling.map(|(_, code)| (*code).to_owned())
}

/// Braze's page "Language codes".
const LANGUAGES: &str = "en af agq ak sq am ar hy as ay az ksf bas eu be bem bn bez bs br bg my km ca \
tzm chr cgg zh swc kw hr cs da dav dua nl dz guz et eo ewo ee fo fa fil fi fr gl lg ka de gsw el kl \
gn gu ha haw he hi hu is ig id iu ga it jv ja dyo kab kln kam kn ks kk ebu ki rw ky ko ku lo la lv ln \
lt lu lb luo luy jmc mk mg ms ml mt gv mr mas mer mo mn mfe naq ne nd nb nus nyn nn om ps ff pl pt pa \
qu rm ro rof ru rwk saq se sbp sa gd sr seh ksb sn ii sd si sk sl so es sw sv shi tl tg ta twq tt te \
teo th bo ti to tr tk ug uk ur uz vai vi vun cy xh yav yi yo dje zu";

pub(super) fn is_language(text: &str) -> bool {
    LANGUAGES.split(' ').any(|code| code == text)
}

/// The first parts of names in the IANA database.
const AREAS: [&str; 16] = [
    "Africa",
    "America",
    "Antarctica",
    "Arctic",
    "Asia",
    "Atlantic",
    "Australia",
    "Brazil",
    "Canada",
    "Chile",
    "Etc",
    "Europe",
    "Indian",
    "Mexico",
    "Pacific",
    "US",
];

/// Whether `text` has the shape of a name in the IANA database, or of one such as
/// `Eastern Time (US & Canada)`. No list of names stands here.
pub(super) fn is_time_zone(text: &str) -> bool {
    let is_plain = |c: char| c.is_ascii_alphanumeric() || "_-+".contains(c);
    match text.split_once('/') {
        Some((area, place)) => {
            AREAS.contains(&area)
                && place
                    .split('/')
                    .all(|part| !part.is_empty() && part.chars().all(is_plain))
        }
        None => {
            text.starts_with(|c: char| c.is_ascii_uppercase())
                && text.len() >= 3
                && text
                    .chars()
                    .all(|c| c.is_ascii_alphabetic() || " ().&'-".contains(c))
        }
    }
}
