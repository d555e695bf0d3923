//! `GET /`: the sandbox for people. Markup is written only from texts that stand in this file;
//! whatever was sent goes through [`Html::text`], which escapes it. There is no script.

use super::{
    identity::Identity,
    json,
    profile::{Profile, Tally, Values},
    workspace::{Holders, Workspace},
};

pub(super) const STYLE_PATH: &str = "/style.css";
pub(super) const STYLE: &str = include_str!("page.css");

/// How many profiles are shown; the rest can be looked up.
const PROFILES: usize = 100;
/// How many rows a table of names has, and how many values a profile shows.
const NAMES: usize = 200;
/// How many characters of one name or value are shown.
const TEXT_CHARS: usize = 120;

pub(super) fn render(workspace: &Workspace, url: &str, user: Option<&str>) -> String {
    let mut html = Html(String::new());
    head(&mut html, url, workspace.settings.key());
    counts(&mut html, workspace);
    attributes(&mut html, workspace);
    events(&mut html, workspace);
    profiles(&mut html, workspace, user);
    html.raw("</main>\n</body>\n</html>\n");
    html.0
}

fn head(html: &mut Html, url: &str, key: &str) {
    html.raw(
        r#"<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>Sandbox Braze</title>
<link rel="stylesheet" href="/style.css">
</head>
<body>
<main>
<h1>Sandbox Braze</h1>
<p>A stand-in for Braze on this machine: nothing leaves it, and it forgets everything when it ends.
Send to <code>"#,
    )
    .text(url)
    .raw("</code> with the API key <code>")
    .text(key)
    .raw("</code>. Reload to see what has arrived since.</p>\n");
}

fn counts(html: &mut Html, workspace: &Workspace) {
    let report = workspace.report();
    html.raw("<dl class=\"counts\">\n");
    let mut count = |name, number| {
        html.raw("<div><dt>").raw(name).raw("</dt><dd>");
        html.number(number).raw("</dd></div>\n");
    };
    count("Requests", report.requests);
    count("Objects accepted", report.accepted);
    count("Objects refused", report.refused);
    count("Profiles", report.profiles);
    count("Events", report.events);
    count("Purchases", report.purchases);
    html.raw("</dl>\n");
    let mut note = |number, text| {
        if number > 0 {
            html.raw("<p class=\"note\">").number(number).raw(text);
            html.raw("</p>\n");
        }
    };
    note(
        report.unknown_users,
        " of the accepted objects changed nothing: their user does not exist here, and they may \
         not create one. A Braze ID never does, an alias only when told to.",
    );
    note(
        report.dropped_values,
        " of the values sent did not count: Braze leaves such out without an error.",
    );
    note(
        report.faulted,
        " of the requests met a fault that was asked for.",
    );
    note(
        report.limited,
        " of the requests were more than the rate limit lets through.",
    );
    note(
        report.waiting,
        " accepted requests are still to be applied to the profiles.",
    );
    note(
        report.not_kept,
        " of the accepted objects did not fit into memory, and were checked and counted only.",
    );
    let memory = workspace.memory();
    html.raw("<p class=\"hint\">At most ")
        .number(memory.profiles as u64)
        .raw(" profiles and ")
        .number((memory.bytes >> 20) as u64)
        .raw(" MB of them are kept; what comes after is checked and counted.</p>\n");
}

fn attributes(html: &mut Html, workspace: &Workspace) {
    let attributes = workspace.attributes();
    if attributes.is_empty() {
        return;
    }
    html.raw(
        "<h2>Custom attributes</h2>\n<div class=\"wide\"><table>\n<thead><tr><th scope=\"col\">Name</th>\
         <th scope=\"col\">true</th><th scope=\"col\">false</th><th scope=\"col\">Other</th>\
         </tr></thead>\n<tbody>\n",
    );
    for (name, holders) in attributes.iter().take(NAMES) {
        let Holders {
            n_true,
            n_false,
            n_other,
        } = *holders;
        html.raw("<tr><th scope=\"row\">").short(name).raw("</th>");
        for number in [n_true, n_false, n_other] {
            html.raw("<td>").number(number).raw("</td>");
        }
        html.raw("</tr>\n");
    }
    html.raw("</tbody>\n</table></div>\n");
    more(html, attributes.len(), NAMES, " attributes in all.");
}

fn events(html: &mut Html, workspace: &Workspace) {
    let events = workspace.events();
    if events.is_empty() {
        return;
    }
    html.raw(
        "<h2>Events</h2>\n<div class=\"wide\"><table>\n<thead><tr><th scope=\"col\">Name</th>\
         <th scope=\"col\">Profiles</th><th scope=\"col\">Events</th><th scope=\"col\">First</th>\
         <th scope=\"col\">Last</th></tr></thead>\n<tbody>\n",
    );
    for (name, (n_profiles, tally)) in events.iter().take(NAMES) {
        let Tally { count, first, last } = tally;
        html.raw("<tr><th scope=\"row\">").short(name);
        html.raw("</th><td>").number(*n_profiles);
        html.raw("</td><td>").number(*count);
        html.raw("</td><td>").text(&first.to_string());
        html.raw("</td><td>").text(&last.to_string());
        html.raw("</td></tr>\n");
    }
    html.raw("</tbody>\n</table></div>\n");
    more(html, events.len(), NAMES, " event names in all.");
}

fn profiles(html: &mut Html, workspace: &Workspace, user: Option<&str>) {
    html.raw(
        "<h2>Profiles</h2>\n<form action=\"/\"><label>Look a user up \
         <input name=\"user\" autocomplete=\"off\" placeholder=\"identifier, email or phone\" value=\"",
    )
    .text(user.unwrap_or_default())
    .raw("\"></label> <button>Look up</button></form>\n");
    let mut found = workspace.called(user);
    let shown: Vec<&Profile> = found.by_ref().take(PROFILES).collect();
    if shown.is_empty() {
        html.raw(match user {
            Some(_) => "<p>No profile is called so. Identifiers are compared exactly.</p>\n",
            None => "<p>None yet.</p>\n",
        });
    }
    for profile in &shown {
        self::profile(html, profile);
    }
    let n_found = shown.len() + found.count();
    more(html, n_found, PROFILES, " profiles in all; look others up.");
}

fn profile(html: &mut Html, profile: &Profile) {
    html.raw("<article>\n<h3><span class=\"kind\">");
    html.raw(match &profile.identity {
        Identity::ExternalId(_) => "external_id",
        Identity::Alias { .. } => "user_alias",
        Identity::BrazeId(_) => "braze_id",
        Identity::Email(_) => "email",
        Identity::Phone(_) => "phone",
    });
    html.raw("</span> ").short(profile.identity.value());
    if let Identity::Alias { label, .. } = &profile.identity {
        html.raw(" <span class=\"kind\">")
            .short(label)
            .raw("</span>");
    }
    html.raw("</h3>\n<p class=\"hint\">braze_id ");
    html.text(&profile.braze_id).raw("</p>\n<ul>\n");
    values(html, &profile.fields, "<li class=\"field\"><b>");
    values(html, &profile.attributes, "<li><b>");
    for (name, tally) in profile.events.iter().take(NAMES) {
        happened(html, name, tally, "<li class=\"event\"><b>");
    }
    for (name, tally) in profile.purchases.iter().take(NAMES) {
        happened(html, name, tally, "<li class=\"purchase\"><b>");
    }
    html.raw("</ul>\n</article>\n");
}

fn values(html: &mut Html, values: &Values, start: &'static str) {
    for (name, value) in values.iter().take(NAMES) {
        html.raw(start).short(name).raw("</b> <code");
        html.raw(match value.get() {
            "true" => " class=\"true\"",
            "false" => " class=\"false\"",
            _ => "",
        });
        html.raw(">");
        match json::text(value) {
            Some(text) => html.raw("&quot;").short(&text).raw("&quot;"),
            None => html.short(value.get()),
        };
        html.raw("</code></li>\n");
    }
    more(html, values.len(), NAMES, " values in all.");
}

fn happened(html: &mut Html, name: &str, tally: &Tally, start: &'static str) {
    html.raw(start)
        .short(name)
        .raw("</b> ×")
        .number(tally.count);
    html.raw(", first ").text(&tally.first.to_string());
    html.raw(", last ").text(&tally.last.to_string());
    html.raw("</li>\n");
}

/// Says that not everything is shown.
fn more(html: &mut Html, n_all: usize, n_shown: usize, text: &'static str) {
    if n_all > n_shown {
        html.raw("<p class=\"hint\">").number(n_all as u64);
        html.raw(text).raw("</p>\n");
    }
}

/// A page in the making.
struct Html(String);

impl Html {
    /// Markup of ours.
    fn raw(&mut self, markup: &'static str) -> &mut Self {
        self.0.push_str(markup);
        self
    }

    /// Anything else, escaped for use between tags and inside quoted attributes.
    fn text(&mut self, text: &str) -> &mut Self {
        for c in text.chars() {
            match c {
                '&' => self.0.push_str("&amp;"),
                '<' => self.0.push_str("&lt;"),
                '>' => self.0.push_str("&gt;"),
                '"' => self.0.push_str("&quot;"),
                '\'' => self.0.push_str("&#39;"),
                c if c.is_control() && c != '\n' => self.0.push(char::REPLACEMENT_CHARACTER),
                c => self.0.push(c),
            }
        }
        self
    }

    /// The start of a text, kept apart from the direction of the writing around it.
    fn short(&mut self, text: &str) -> &mut Self {
        let end = text.char_indices().nth(TEXT_CHARS).map(|(end, _)| end);
        self.raw("<bdi>");
        match end.and_then(|end| text.get(..end)) {
            Some(start) => self.text(start).raw("…"),
            None => self.text(text),
        };
        self.raw("</bdi>")
    }

    /// With a comma before every three digits.
    fn number(&mut self, number: u64) -> &mut Self {
        let digits = number.to_string();
        for (index, digit) in digits.char_indices() {
            if index > 0 && (digits.len() - index).is_multiple_of(3) {
                self.0.push(',');
            }
            self.0.push(digit);
        }
        self
    }
}

/// The text of `user=` in a query, unless it is blank.
pub(super) fn user_of(query: Option<&str>) -> Option<String> {
    let mut pairs = query?.split('&');
    let user = decode(pairs.find_map(|pair| pair.strip_prefix("user="))?);
    let user = user.trim();
    (!user.is_empty()).then(|| user.to_owned())
}

/// Undoes the encoding of a form: `+` is a space, `%41` is `A`, and anything else stays.
fn decode(text: &str) -> String {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let [first, after_first @ ..] = rest {
        let (byte, after) = match rest {
            [b'%', high, low, after @ ..] => match byte_of(*high, *low) {
                Some(byte) => (byte, after),
                None => (b'%', after_first),
            },
            [b'+', ..] => (b' ', after_first),
            _ => (*first, after_first),
        };
        bytes.push(byte);
        rest = after;
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

fn byte_of(high: u8, low: u8) -> Option<u8> {
    let digit = |byte| char::from(byte).to_digit(16);
    u8::try_from(digit(high)? * 16 + digit(low)?).ok()
}
