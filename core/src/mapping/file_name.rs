//! What the name of a file says: a template with named parts in braces.

/// How the names of an export's files are made, such as `audience_{audience_id}_{split_id}_{}.csv`.
///
/// `{name}` stands for one or more characters, as few as fit; `{}` for any, also none. Everything else
/// stands for itself.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FileName {
    text: String,
    /// The text in front of the first part, and then each part with the text behind it.
    start: String,
    parts: Vec<(String, String)>,
}

impl FileName {
    /// Reads a template. `Err`: what it should have been.
    pub fn parse(text: &str) -> Result<Self, &'static str> {
        let mut pieces = text.split('{');
        let start = pieces.next().unwrap_or_default();
        let mut parts: Vec<(String, String)> = Vec::new();
        for piece in pieces {
            let (name, behind) = piece
                .split_once('}')
                .ok_or("a closing brace for each opening one")?;
            if !name.is_empty() && parts.iter().any(|(other, _)| other == name) {
                return Err("each part once");
            }
            if parts.last().is_some_and(|(_, behind)| behind.is_empty()) {
                return Err("a text between two parts: where one ends would not be certain");
            }
            parts.push((name.to_owned(), behind.to_owned()));
        }
        let texts = [start]
            .into_iter()
            .chain(parts.iter().map(|(_, behind)| &**behind));
        if texts.into_iter().any(|text| text.contains('}')) {
            return Err("an opening brace for each closing one");
        }
        if parts.iter().all(|(name, _)| name.is_empty()) {
            return Err("at least one named part such as {audience_id}");
        }
        Ok(Self {
            text: text.to_owned(),
            start: start.to_owned(),
            parts,
        })
    }

    /// The template.
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// Whether it has this part.
    pub fn has(&self, part: &str) -> bool {
        self.names().any(|name| name == part)
    }

    /// Its named parts in order.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        let names = self.parts.iter().map(|(name, _)| &**name);
        names.filter(|name| !name.is_empty())
    }

    /// What the named parts are in this name; `None` when the name is not made like that.
    pub fn read<'n>(&self, name: &'n str) -> Option<Vec<(&str, &'n str)>> {
        let mut values = Vec::new();
        let mut rest = name.strip_prefix(&*self.start)?;
        for (part_idx, (part, behind)) in self.parts.iter().enumerate() {
            let least = usize::from(!part.is_empty());
            let is_last = part_idx + 1 == self.parts.len();
            let end = if is_last {
                // The last text is the name's end, wherever else it stands.
                rest.strip_suffix(&**behind)?.len()
            } else {
                let from = rest.chars().take(least).map(char::len_utf8).sum();
                from + rest.get(from..)?.find(&**behind)?
            };
            if end < least {
                return None;
            }
            if least > 0 {
                values.push((&**part, &rest[..end]));
            }
            rest = &rest[end + behind.len()..];
        }
        Some(values)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_read_by_their_parts() {
        for (template, name, values) in [
            (
                "aiq_{id}_{split}.csv",
                "aiq_12_3.csv",
                Some("id=12 split=3"),
            ),
            (
                "aiq_{id}_{split}.csv",
                "aiq_12_3_4.csv",
                Some("id=12 split=3_4"),
            ),
            ("{id}-{}.csv", "7-2026.csv", Some("id=7")),
            ("{id}-{}.csv", "7-.csv", Some("id=7")),
            ("{id}-{}", "7-.csv.gz", Some("id=7")),
            ("{id}.csv", "a.csv.csv", Some("id=a.csv")),
            ("{id}.csv", ".csv", None),
            ("x{id}.csv", "7.csv", None),
            ("{id}_{split}.csv", "_1_2.csv", Some("id=_1 split=2")),
            ("{id}_{split}.csv", "é_ü.csv", Some("id=é split=ü")),
            ("{id}_{split}.csv", "1.csv", None),
        ] {
            let found = FileName::parse(template).unwrap();
            let found = found.read(name).map(|values| {
                let pairs = values.iter().map(|(part, value)| format!("{part}={value}"));
                pairs.collect::<Vec<_>>().join(" ")
            });
            assert_eq!(found.as_deref(), values, "{template} {name}");
        }
    }

    #[test]
    fn templates_that_say_nothing_certain_are_refused() {
        for template in [
            "", "a.csv", "{}", "{a}{b}", "{a", "a}", "{a}}", "{a}_{a}", "{a}_{{b}",
        ] {
            assert!(FileName::parse(template).is_err(), "{template}");
        }
    }
}
