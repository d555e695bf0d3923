//! What was found and what was expected, in Spanish.
//!
//! Where a problem is found its details are put into an English phrase around names, words of the mapping
//! and numbers. Here that phrase becomes the Spanish one; what it goes around stays as it is.

use std::borrow::Cow;

/// Phrases in English and in Spanish. `*` is something in quotes, and `#`, at most once, any text without
/// quotes. Of several that fit, the first is meant.
const PHRASES: &[(&str, &str)] = &[
    ("an object", "un objeto"),
    ("an array", "una lista"),
    ("a text", "un texto"),
    ("a number", "un número"),
    ("a whole number", "un número entero"),
    ("the number 1", "el número 1"),
    ("true or false", "true o false"),
    ("false or null", "false o null"),
    ("an empty list", "una lista vacía"),
    ("a byte order mark", "una marca de orden de bytes"),
    ("an empty text", "un texto vacío"),
    ("at least one character", "al menos un carácter"),
    (
        "at least one identifier column",
        "al menos una columna de identificador",
    ),
    ("at most #", "como máximo #"),
    ("at least one text", "al menos un texto"),
    ("at least 1", "al menos 1"),
    ("one of *, * or *", "una de *, * o *"),
    ("one of #", "una de #"),
    ("* or *", "* o *"),
    ("* or * or *", "* o * o *"),
    ("* or * or * or *", "* o * o * o *"),
    ("* or * or * or * or *", "* o * o * o * o *"),
    (
        "* or * or * or * or * or * or * or *",
        "* o * o * o * o * o * o * o *",
    ),
    ("* or *, not both", "* o *, no ambas"),
    ("* a second time", "* por segunda vez"),
    ("each key once", "cada clave una sola vez"),
    (
        "a header, or an object with * or *",
        "una cabecera, o un objeto con * o *",
    ),
    (
        "* only where rows are audience",
        "* solo donde las filas son audience",
    ),
    (
        "* only where rows are events",
        "* solo donde las filas son events",
    ),
    ("* only of a user_alias", "* solo de un user_alias"),
    ("* where the type is #", "* donde el tipo es #"),
    (
        "* only where the type is date or time",
        "* solo donde el tipo es date o time",
    ),
    ("* only where the type is #", "* solo donde el tipo es #"),
    (
        "a name with {audience_id} and {split_id} in it",
        "un nombre con {audience_id} y {split_id}",
    ),
    (
        "words that are either of members or of leavers",
        "palabras que sean de miembros o de salidas, no de ambos",
    ),
    (
        "one ASCII character that is no quote, backslash or line end",
        "un carácter ASCII que no sea comilla, barra inversa ni fin de línea",
    ),
    // Of the template of the files' names.
    (
        "a closing brace for each opening one",
        "una llave de cierre por cada una de apertura",
    ),
    (
        "an opening brace for each closing one",
        "una llave de apertura por cada una de cierre",
    ),
    ("each part once", "cada parte una sola vez"),
    (
        "a text between two parts: where one ends would not be certain",
        "un texto entre dos partes: no se sabría dónde termina la primera",
    ),
    (
        "at least one named part such as {audience_id}",
        "al menos una parte con nombre, como {audience_id}",
    ),
    (
        "*: a template with this part in braces",
        "*: una plantilla con esta parte entre llaves",
    ),
    // Of columns.
    ("index #", "el índice #"),
    ("an index below #", "un índice menor que #"),
    ("an occurrence that * has", "una aparición que * tenga"),
    ("* of column # too", "* también de la columna #"),
    ("a second rule for *", "una segunda regla para *"),
    ("one rule for each column", "una regla para cada columna"),
    ("* as #", "* como #"),
    (
        "the columns of the export's first file",
        "las columnas del primer archivo de la exportación",
    ),
    // Of the forms of output.
    (
        "two of external_id, braze_id and user_alias",
        "dos de external_id, braze_id y user_alias",
    ),
    (
        "one of them: a file has users of one kind",
        "uno de ellos: un archivo tiene usuarios de un solo tipo",
    ),
    (
        "*: a blank cell leaves the profile as it is",
        "*: una celda en blanco deja el perfil como está",
    ),
    ("false: a CSV has no null", "false: un CSV no tiene null"),
    ("an app", "una app"),
    ("events without an app", "eventos sin app"),
    ("the column * as #", "la columna * como #"),
    (
        "plain values: a CSV has no lists and no objects",
        "valores simples: un CSV no tiene listas ni objetos",
    ),
    ("objects", "objetos"),
    ("*: a CSV has no objects", "*: un CSV no tiene objetos"),
    (
        "what shall happen to unknown users",
        "qué hacer con los usuarios desconocidos",
    ),
    (
        "no *: choose it in Braze, where the import is set up",
        "ningún *: elíjalo en Braze, donde se configura la importación",
    ),
];

/// The Spanish of a phrase; the text itself where it is none, such as a cell, a name or a number.
pub(super) fn in_spanish(text: &str) -> Cow<'_, str> {
    let (plain, quoted) = without_quoted(text);
    let mut fitting = PHRASES
        .iter()
        .filter_map(|(english, spanish)| Some((free_text(english, &plain)?, spanish)));
    match fitting.next() {
        Some((free, spanish)) => filled(spanish, free, &quoted).into(),
        None => text.into(),
    }
}

/// The text with a `*` for everything in quotes, and what that is.
fn without_quoted(text: &str) -> (String, Vec<&str>) {
    let (mut plain, mut quoted) = (String::new(), Vec::new());
    let mut rest = text;
    while let Some((before, behind)) = rest.split_once('"') {
        plain += before;
        let mut is_escaped = false;
        let end = behind.find(|char| {
            let is_end = char == '"' && !is_escaped;
            is_escaped = char == '\\' && !is_escaped;
            is_end
        });
        let Some(end) = end else {
            return (text.to_owned(), Vec::new()); // no quotes of ours
        };
        quoted.push(&behind[..end]);
        plain.push('*');
        rest = &behind[end + 1..];
    }
    (plain + rest, quoted)
}

/// What stands for the phrase's `#`, where the text is this phrase; empty where it has none.
fn free_text<'p>(phrase: &str, plain: &'p str) -> Option<&'p str> {
    match phrase.split_once('#') {
        None => (phrase == plain).then_some(""),
        Some((start, end)) => plain.strip_prefix(start)?.strip_suffix(end),
    }
}

fn filled(phrase: &str, free: &str, quoted: &[&str]) -> String {
    let mut quoted = quoted.iter();
    let mut text = String::new();
    for char in phrase.chars() {
        match char {
            '*' => {
                // OK because both languages have as many, and the English one fitted.
                let name = quoted.next().copied().unwrap_or_default();
                text += &format!("\"{name}\"");
            }
            '#' => text += free,
            char => text.push(char),
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::path::Path;

    use super::*;

    #[test]
    fn names_and_numbers_stay_in_their_phrase() {
        for (english, spanish) in [
            ("at most 1000", "como máximo 1000"),
            (
                r#""header" or "index", not both"#,
                r#""header" o "index", no ambas"#,
            ),
            (
                r#""a \"b\" as c" of column 3 too"#,
                r#""a \"b\" as c" también de la columna 3"#,
            ),
            ("one of header, index", "una de header, index"),
            (
                r#""zone" only where the type is time"#,
                r#""zone" solo donde el tipo es time"#,
            ),
        ] {
            assert_eq!(in_spanish(english), spanish);
        }
    }

    #[test]
    fn what_is_no_phrase_stays() {
        for text in [
            r#""at most 1000""#,
            r#""x as y""#,
            r#""a" b "#,
            "12 B",
            "",
            "\"",
            r#""\""#,
            "yyyy-MM-dd",
        ] {
            assert_eq!(in_spanish(text), text);
        }
    }

    #[test]
    fn both_languages_have_the_same_holes() {
        let holes = |phrase: &str| phrase.replace(|char| !matches!(char, '*' | '#'), "");
        for (english, spanish) in PHRASES {
            assert_eq!(holes(english), holes(spanish), "{english}");
            assert!(holes(english).matches('#').count() <= 1, "{english}");
        }
    }

    /// Words around which the details of a problem are English.
    const ENGLISH: [&str; 13] = [
        "an", "the", "of", "or", "at", "one", "no", "only", "where", "second", "each", "with",
        "that",
    ];

    /// What the cases say about mappings and exports as a whole is known here.
    #[test]
    fn every_case_can_be_told_in_spanish() {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/cases");
        let mut n_phrases = 0;
        for file in fs::read_dir(folder).unwrap() {
            let text = fs::read_to_string(file.unwrap().path()).unwrap();
            let details = text.lines().filter(|line| line.starts_with("AIQ2"));
            for detail in details.flat_map(|line| line.split(" | ").skip(2)) {
                let (plain, _) = without_quoted(detail);
                let mut words = plain.split([' ', ',', ':']);
                let is_english = words.any(|word| ENGLISH.contains(&word));
                if is_english {
                    assert_ne!(in_spanish(detail), detail);
                    n_phrases += 1;
                }
            }
        }
        assert!(n_phrases > 20, "{n_phrases}");
    }
}
