//! The one table of codes. A code's number and name are never used again for something else.

use super::{Language, Severity};
use crate::mapping::edits;

/// What a code says to people, in one language.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Texts {
    /// What is wrong, in a few words.
    pub title: &'static str,
    /// What was expected instead.
    pub expected: &'static str,
    /// Why it matters.
    pub why: &'static str,
    /// What to do next.
    pub todo: &'static str,
}

macro_rules! codes {
    ($($variant:ident = $number:literal $name:literal $severity:ident
        en { $($en:literal),+ $(,)? }
        es { $($es:literal),+ $(,)? })+) => {
        /// Every problem that this crate knows.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum Code {
            $(#[doc = concat!("`AIQ", $number, " ", $name, "`")] $variant,)+
        }

        impl Code {
            /// All codes in the order of their numbers.
            pub const ALL: &'static [Self] = &[$(Self::$variant),+];

            /// `AIQ1004`
            pub const fn id(self) -> &'static str {
                match self { $(Self::$variant => concat!("AIQ", $number),)+ }
            }

            /// `unclosed-quote`
            pub const fn name(self) -> &'static str {
                match self { $(Self::$variant => $name,)+ }
            }

            /// Whether it stops what it stands for.
            pub const fn severity(self) -> Severity {
                match self { $(Self::$variant => Severity::$severity,)+ }
            }

            /// What it says.
            pub const fn texts(self, language: Language) -> Texts {
                match (self, language) {
                    $((Self::$variant, Language::English) => texts([$($en),+]),
                      (Self::$variant, Language::Spanish) => texts([$($es),+]),)+
                }
            }
        }
    };
}

const fn texts([title, expected, why, todo]: [&'static str; 4]) -> Texts {
    Texts {
        title,
        expected,
        why,
        todo,
    }
}

impl Code {
    /// The code of this id (`AIQ1004`), number (`1004`) or name (`unclosed-quote`), in any case.
    pub fn find(text: &str) -> Option<Self> {
        let fits = |code: &&Self| {
            code.id().eq_ignore_ascii_case(text)
                || code.number() == text
                || code.name().eq_ignore_ascii_case(text)
        };
        Self::ALL.iter().find(fits).copied()
    }

    /// The codes that somebody may have meant by this text, the likeliest first; at most three.
    pub fn near(text: &str) -> Vec<Self> {
        const MOST: usize = 3;
        // A word may miss a part; a number that is two digits off is another number.
        let text = text.to_ascii_lowercase();
        let edits = |code: &Self| {
            let by_number = edits(code.number(), text.trim_start_matches("aiq")) * 2;
            let is_part = text.len() >= 4 && code.name().contains(&*text);
            let by_name = if is_part {
                1
            } else {
                edits(code.name(), &text)
            };
            (by_number.min(by_name), *code)
        };
        let mut near: Vec<_> = Self::ALL.iter().map(edits).collect();
        near.retain(|(n_edits, _)| *n_edits <= 3);
        near.sort_unstable();
        near.into_iter().take(MOST).map(|(_, code)| code).collect()
    }

    /// `1004`
    fn number(self) -> &'static str {
        self.id().trim_start_matches("AIQ")
    }
}

// 1xxx reading · 2xxx mapping and plan · 3xxx values and objects · 4xxx batches · 5xxx ready-made bodies
codes! {
    InvalidUtf8 = "1001" "invalid-utf8" Error
        en { "bytes that are no UTF-8", "text in UTF-8",
             "Braze takes UTF-8 only, and a guess at another encoding would write wrong names into profiles.",
             "Save the export as UTF-8, or correct this row in the rejects file." }
        es { "bytes que no son UTF-8", "texto en UTF-8",
             "Braze solo acepta UTF-8, y adivinar otra codificación escribiría nombres erróneos en los perfiles.",
             "Guarde la exportación en UTF-8 o corrija esta fila en el archivo de rechazos." }
    NulByte = "1002" "nul-byte" Error
        en { "a NUL byte", "text without NUL bytes",
             "A NUL byte is a sign of a damaged file or of UTF-16, and Braze strips it without a word.",
             "Write the export anew, or remove the byte in the rejects file." }
        es { "un byte NUL", "texto sin bytes NUL",
             "Un byte NUL indica un archivo dañado o en UTF-16, y Braze lo elimina sin avisar.",
             "Vuelva a generar la exportación o elimine el byte en el archivo de rechazos." }
    RecordTooLong = "1003" "record-too-long" Error
        en { "a row longer than the limit", "at most the limit's bytes in one row",
             "Such a row is nearly always a quote that was opened and never closed.",
             "Look for a quote without its partner in this row, or raise the limit." }
        es { "una fila más larga que el límite", "como máximo los bytes del límite en una fila",
             "Una fila así suele ser una comilla que se abrió y nunca se cerró.",
             "Busque una comilla sin pareja en esta fila o suba el límite." }
    UnclosedQuote = "1004" "unclosed-quote" Error
        en { "a quote that is never closed", "a closing quote at the end of the cell",
             "Everything after the quote would be taken for one cell.",
             "Close the quote, or double it if it belongs to the text. Reading goes on at the next line." }
        es { "una comilla que nunca se cierra", "una comilla de cierre al final de la celda",
             "Todo lo que sigue a la comilla se tomaría por una sola celda.",
             "Cierre la comilla, o dóblela si pertenece al texto. La lectura sigue en la línea siguiente." }
    TextAfterQuote = "1005" "text-after-quote" Error
        en { "text after a closing quote", "a delimiter or a line end after the closing quote",
             "Where the cell ends is not certain: a quote in it was not doubled, or one is missing.",
             "Double the quotes that belong to the text. Reading goes on at the next line." }
        es { "texto después de una comilla de cierre", "un delimitador o un fin de línea tras la comilla de cierre",
             "No es seguro dónde termina la celda: una comilla no se dobló o falta una.",
             "Doble las comillas que pertenecen al texto. La lectura sigue en la línea siguiente." }
    TooFewCells = "1006" "too-few-cells" Error
        en { "fewer cells than columns", "as many cells as the header has",
             "It is not certain which column each cell belongs to.",
             "Add the missing delimiters in the rejects file." }
        es { "menos celdas que columnas", "tantas celdas como tiene la cabecera",
             "No es seguro a qué columna pertenece cada celda.",
             "Añada los delimitadores que faltan en el archivo de rechazos." }
    TooManyCells = "1007" "too-many-cells" Error
        en { "more cells than columns", "as many cells as the header has",
             "It is not certain which column each cell belongs to: a delimiter in a text was probably not quoted.",
             "Quote the text that holds the delimiter in the rejects file." }
        es { "más celdas que columnas", "tantas celdas como tiene la cabecera",
             "No es seguro a qué columna pertenece cada celda: es probable que un delimitador en un texto no esté entre comillas.",
             "Ponga entre comillas el texto que contiene el delimitador en el archivo de rechazos." }
    TooManyColumns = "1008" "too-many-columns" Error
        en { "more columns than the limit", "at most the limit's columns",
             "So many columns are nearly always values that stand where names should, and each would become an attribute.",
             "Check how the export names its columns. A JSON export needs the same few names in all objects." }
        es { "más columnas que el límite", "como máximo las columnas del límite",
             "Tantas columnas suelen ser valores en el lugar de los nombres, y cada una sería un atributo.",
             "Revise cómo nombra la exportación sus columnas. Una exportación JSON necesita los mismos pocos nombres en todos los objetos." }
    RowNotJson = "1009" "row-not-json" Error
        en { "text that is no JSON", "one JSON object for each row, and a closing bracket for each opening one",
             "What the row says is not certain, and a guess would write wrong values into profiles.",
             "Correct the row in the rejects file. Where brackets are missing, reading goes on at the next line: look at what follows, too." }
        es { "texto que no es JSON", "un objeto JSON por fila y un corchete de cierre por cada uno de apertura",
             "No es seguro qué dice la fila, y adivinar escribiría valores erróneos en los perfiles.",
             "Corrija la fila en el archivo de rechazos. Si faltan corchetes, la lectura sigue en la línea siguiente: revise también lo que sigue." }
    NotAnObject = "1010" "not-an-object" Error
        en { "JSON that is no object", "an object such as {\"external_id\":\"u1\"}",
             "Only an object's members have names, and become columns.",
             "Write the row as an object in the rejects file, or remove it." }
        es { "JSON que no es un objeto", "un objeto como {\"external_id\":\"u1\"}",
             "Solo los miembros de un objeto tienen nombre y pueden ser columnas.",
             "Escriba la fila como objeto en el archivo de rechazos o elimínela." }
    RowDoubledKey = "1011" "row-doubled-key" Error
        en { "an object with two members of one name", "each name once",
             "Which of the two values is meant is not certain.",
             "Remove one of them in the rejects file." }
        es { "un objeto con dos miembros del mismo nombre", "cada nombre una vez",
             "No es seguro cuál de los dos valores vale.",
             "Elimine uno de ellos en el archivo de rechazos." }
    RowTooDeep = "1012" "row-too-deep" Error
        en { "objects and arrays nested too deeply", "at most the limit's levels",
             "No profile has so many levels: the row is damaged, or made to do damage.",
             "Flatten the value in the rejects file, or remove it." }
        es { "objetos y listas anidados a demasiada profundidad", "como máximo los niveles del límite",
             "Ningún perfil tiene tantos niveles: la fila está dañada o hecha para causar daño.",
             "Aplane el valor en el archivo de rechazos o elimínelo." }
    LoneSurrogate = "1013" "lone-surrogate" Error
        en { "an escape of half a character", "both halves, such as \\ud83d\\ude00",
             "Half a character is no text: it cannot be sent as it is, and nothing else was meant.",
             "Complete or remove the escape in the rejects file." }
        es { "un escape de medio carácter", "ambas mitades, como \\ud83d\\ude00",
             "Medio carácter no es texto: no se puede enviar tal cual, y no se quiso decir otra cosa.",
             "Complete o elimine el escape en el archivo de rechazos." }
    RowCountDiffers = "1020" "row-count-differs" Error
        en { "another number of rows than was announced", "the rows that the file beside the export counts",
             "An export that was cut short looks like a whole one: who is missing from it would be left out, or be taken for a leaver.",
             "Fetch or write the export again. If it is right, correct or remove the file that counts it." }
        es { "otro número de filas que el anunciado", "las filas que cuenta el archivo junto a la exportación",
             "Una exportación cortada parece completa: quien falte en ella quedaría fuera o se tomaría por una salida.",
             "Obtenga o genere de nuevo la exportación. Si es correcta, corrija o elimine el archivo que la cuenta." }
    FileMissing = "1021" "file-missing" Error
        en { "a file that was announced and is not there", "every file that the manifest names",
             "The export is not complete without it.",
             "Fetch or write the export again. If it is complete, correct or remove the manifest." }
        es { "un archivo anunciado que no está", "todos los archivos que nombra el manifiesto",
             "La exportación no está completa sin él.",
             "Obtenga o genere de nuevo la exportación. Si está completa, corrija o elimine el manifiesto." }
    FileSizeDiffers = "1022" "file-size-differs" Error
        en { "a file of another size than was announced", "the bytes that the manifest counts",
             "A file that was cut short, or that is still being written, looks like a whole one.",
             "Fetch or write the export again. If it is right, correct or remove the manifest." }
        es { "un archivo de otro tamaño que el anunciado", "los bytes que cuenta el manifiesto",
             "Un archivo cortado, o que aún se está escribiendo, parece completo.",
             "Obtenga o genere de nuevo la exportación. Si es correcta, corrija o elimine el manifiesto." }
    MappingNotJson = "2001" "mapping-not-json" Error
        en { "a mapping that is no JSON", "JSON", "A mapping is read as a whole or not at all.",
             "Correct the text at this place." }
        es { "un mapeo que no es JSON", "JSON", "Un mapeo se lee entero o no se lee.",
             "Corrija el texto en este lugar." }
    UnknownKey = "2002" "unknown-key" Error
        en { "an unknown key in the mapping", "a key of the mapping's format",
             "A key that is passed over in silence is a setting that does not work.",
             "Correct the spelling, or remove the key." }
        es { "una clave desconocida en el mapeo", "una clave del formato del mapeo",
             "Una clave pasada por alto es un ajuste que no funciona.",
             "Corrija la ortografía o elimine la clave." }
    WrongType = "2003" "wrong-type" Error
        en { "a value of the wrong type in the mapping", "a value of another type",
             "The setting cannot be understood.", "Correct the value." }
        es { "un valor de tipo incorrecto en el mapeo", "un valor de otro tipo",
             "El ajuste no se puede entender.", "Corrija el valor." }
    MissingKey = "2004" "missing-key" Error
        en { "a key is missing in the mapping", "the key", "Without it the mapping is not complete.",
             "Add the key." }
        es { "falta una clave en el mapeo", "la clave", "Sin ella el mapeo no está completo.",
             "Añada la clave." }
    UnknownValue = "2005" "unknown-value" Error
        en { "a value that this setting does not have", "one of the setting's values",
             "The setting cannot be understood.", "Use one of the values that are named here." }
        es { "un valor que este ajuste no tiene", "uno de los valores del ajuste",
             "El ajuste no se puede entender.", "Use uno de los valores que se nombran aquí." }
    UnsupportedVersion = "2006" "unsupported-version" Error
        en { "a mapping of another version", "version 1", "A newer format may mean something else by the same words.",
             "Use a newer program, or write the mapping in version 1." }
        es { "un mapeo de otra versión", "versión 1",
             "Un formato más nuevo puede significar otra cosa con las mismas palabras.",
             "Use un programa más nuevo o escriba el mapeo en la versión 1." }
    UnknownColumn = "2007" "unknown-column" Error
        en { "a column that the export does not have", "a column of the export",
             "The mapping was made for another export, or the header changed.",
             "Correct the name in the mapping, or load the right export." }
        es { "una columna que la exportación no tiene", "una columna de la exportación",
             "El mapeo se hizo para otra exportación o la cabecera cambió.",
             "Corrija el nombre en el mapeo o cargue la exportación correcta." }
    DoubledColumn = "2008" "doubled-column" Error
        en { "a header that stands more than once", "a header that stands once, or its occurrence",
             "It is not certain which of the columns is meant.",
             "Add \"occurrence\" (1 for the first) to the column in the mapping." }
        es { "una cabecera que aparece más de una vez", "una cabecera única o su número de aparición",
             "No es seguro a cuál de las columnas se refiere.",
             "Añada \"occurrence\" (1 para la primera) a la columna en el mapeo." }
    DoubledName = "2009" "doubled-name" Error
        en { "two columns that write one attribute", "one column for each attribute",
             "A JSON object with a doubled key keeps one value, and which one is not defined.",
             "Give one of the columns another name with \"as\", or skip it." }
        es { "dos columnas que escriben un atributo", "una columna por atributo",
             "Un objeto JSON con una clave doble conserva un valor, y no está definido cuál.",
             "Dé otro nombre a una de las columnas con \"as\" u omítala." }
    ReservedName = "2010" "reserved-name" Error
        en { "a name that Braze uses for something else", "the name of an attribute",
             "Braze reads this key as a control or an identifier, not as an attribute.",
             "Give the column another name with \"as\", or skip it." }
        es { "un nombre que Braze usa para otra cosa", "el nombre de un atributo",
             "Braze lee esta clave como control o identificador, no como atributo.",
             "Dé otro nombre a la columna con \"as\" u omítala." }
    NearStandardField = "2011" "near-standard-field" Warning
        en { "almost the name of a standard profile field", "the field's exact name",
             "Braze compares names exactly: this one would become a custom attribute, and the field would stay as it is.",
             "Apply the fix to write the standard field, or keep the name to write a custom attribute." }
        es { "casi el nombre de un campo estándar del perfil", "el nombre exacto del campo",
             "Braze compara los nombres exactamente: este sería un atributo personalizado y el campo quedaría como está.",
             "Aplique la corrección para escribir el campo estándar o deje el nombre para un atributo personalizado." }
    SpacesAroundName = "2012" "spaces-around-name" Warning
        en { "spaces around a name", "a name without spaces around it",
             "Braze trims the names of attributes, so that the profile shows another name than the export.",
             "Apply the fix to send the name as Braze will show it." }
        es { "espacios alrededor de un nombre", "un nombre sin espacios alrededor",
             "Braze recorta los nombres de los atributos, así que el perfil muestra otro nombre que la exportación.",
             "Aplique la corrección para enviar el nombre tal como Braze lo mostrará." }
    StructuredField = "2013" "structured-field" Error
        en { "a profile field that one cell cannot fill", "a custom attribute or a plain field",
             "Braze expects an object or an array in this field.",
             "Give the column another name with \"as\", or skip it." }
        es { "un campo del perfil que una celda no puede llenar", "un atributo personalizado o un campo simple",
             "Braze espera un objeto o una lista en este campo.",
             "Dé otro nombre a la columna con \"as\" u omítala." }
    HeaderDiffers = "2014" "header-differs" Error
        en { "a file whose header is another", "the columns that the mapping needs",
             "The parts of one export should have one header; this one lacks what the mapping uses.",
             "Load files of one export together, and others on their own." }
        es { "un archivo con otra cabecera", "las columnas que el mapeo necesita",
             "Las partes de una exportación deben tener una cabecera; a esta le falta lo que usa el mapeo.",
             "Cargue juntos los archivos de una exportación y los demás aparte." }
    EmptyName = "2015" "empty-name" Error
        en { "an empty name", "a name with at least one character",
             "Braze has no attribute without a name.", "Give the column a name with \"as\", or skip it." }
        es { "un nombre vacío", "un nombre con al menos un carácter",
             "Braze no tiene atributos sin nombre.", "Dé un nombre a la columna con \"as\" u omítala." }
    FileNameDiffers = "2016" "file-name-differs" Error
        en { "a file whose name is made in another way", "a name that fits the mapping's \"file_name\"",
             "What the mapping takes from the file's name would be missing, or wrong.",
             "Rename the file (of a row of a rejects file: correct _aiq_file), or correct \"file_name\" in the mapping." }
        es { "un archivo cuyo nombre se forma de otra manera", "un nombre que encaje con \"file_name\" del mapeo",
             "Lo que el mapeo toma del nombre del archivo faltaría o sería erróneo.",
             "Cambie el nombre del archivo (de una fila de un archivo de rechazos: corrija _aiq_file) o corrija \"file_name\" en el mapeo." }
    UnknownFilePart = "2017" "unknown-file-part" Error
        en { "a part that \"file_name\" does not have", "a part that stands in braces in \"file_name\"",
             "The value would come from nowhere.",
             "Add the part in braces to \"file_name\", or correct its spelling." }
        es { "una parte que \"file_name\" no tiene", "una parte entre llaves en \"file_name\"",
             "El valor no vendría de ninguna parte.",
             "Añada la parte entre llaves a \"file_name\" o corrija su ortografía." }
    FieldOfOtherType = "2018" "field-of-other-type" Error
        en { "a standard profile field sent as another type", "the field's own type",
             "Braze refuses or drops a standard field that is sent as another type.",
             "Apply the fix, give the column another name with \"as\", or skip it." }
        es { "un campo estándar del perfil enviado con otro tipo", "el tipo propio del campo",
             "Braze rechaza o descarta un campo estándar enviado con otro tipo.",
             "Aplique la corrección, dé otro nombre a la columna con \"as\" u omítala." }
    EventNeverSeen = "2019" "event-never-seen" Warning
        en { "a column of an event that no row is", "the name of an event of the export in front of \".properties.\"",
             "Such a column is a property of its event alone: with a name that no row has, it is sent with none.",
             "Correct the event's name in the header, give the column a name with \"as\" to send it with all events, or skip it." }
        es { "una columna de un evento que ninguna fila es", "el nombre de un evento de la exportación delante de \".properties.\"",
             "Una columna así es propiedad solo de su evento: con un nombre que ninguna fila tiene, no se envía con ninguno.",
             "Corrija el nombre del evento en la cabecera, dé a la columna un nombre con \"as\" para enviarla con todos los eventos u omítala." }
    UnknownZone = "2030" "unknown-zone" Error
        en { "a zone that does not exist", "UTC, an offset such as +02:00, or an IANA name such as America/New_York",
             "Times without an offset of their own would be sent as other instants.",
             "Write the zone as the IANA list does, capitals and underscores included." }
        es { "una zona horaria que no existe", "UTC, un desfase como +02:00 o un nombre IANA como America/New_York",
             "Las horas sin desfase propio se enviarían como otros instantes.",
             "Escriba la zona como en la lista IANA, con mayúsculas y guiones bajos." }
    BadTimePattern = "2031" "bad-time-pattern" Error
        en { "a format of times or dates that cannot be read", "a format such as MM/dd/yyyy HH:mm",
             "A letter that is passed over would make other days or hours of the cells.",
             "Correct the format at this place; put words into single quotes." }
        es { "un formato de horas o fechas que no se entiende", "un formato como MM/dd/yyyy HH:mm",
             "Una letra pasada por alto convertiría las celdas en otros días u horas.",
             "Corrija el formato en este lugar; ponga las palabras entre comillas simples." }
    ZoneNeeded = "2032" "zone-needed" Error
        en { "times without an offset, and no zone", "\"zone\", or a format with an offset (X)",
             "The same clock shows another instant in another zone, and a guess would move every time by hours.",
             "Add \"zone\" to the column: the zone in which the export was written, such as America/New_York." }
        es { "horas sin desfase y sin zona horaria", "\"zone\" o un formato con desfase (X)",
             "El mismo reloj indica otro instante en otra zona, y adivinar movería cada hora.",
             "Añada \"zone\" a la columna: la zona en la que se escribió la exportación, como America/New_York." }
    MissingIdentifier = "3001" "missing-identifier" Error
        en { "no identifier", "a value in an identifier column",
             "Braze cannot know whose profile the row is about.",
             "Fill the identifier in the rejects file, or name a further identifier column in the mapping." }
        es { "sin identificador", "un valor en una columna de identificador",
             "Braze no puede saber de qué perfil trata la fila.",
             "Complete el identificador en el archivo de rechazos o nombre otra columna de identificador en el mapeo." }
    IdentifierTooLong = "3002" "identifier-too-long" Error
        en { "an identifier that is too long", "at most 987 bytes",
             "Braze refuses it (EXTERNAL_USER_ID_TOO_LARGE).",
             "Check that the right column is the identifier; correct the row in the rejects file." }
        es { "un identificador demasiado largo", "como máximo 987 bytes",
             "Braze lo rechaza (EXTERNAL_USER_ID_TOO_LARGE).",
             "Compruebe que la columna del identificador es la correcta; corrija la fila en el archivo de rechazos." }
    BadNumber = "3003" "bad-number" Error
        en { "no number", "a number such as 12, -0.5 or 1.10",
             "Braze fixes an attribute's type by what it is sent; a text among numbers is dropped or spoils the type.",
             "Correct the cell, read the column as text, or leave bad cells out (\"on_bad_value\": \"skip_cell\")." }
        es { "no es un número", "un número como 12, -0.5 o 1.10",
             "Braze fija el tipo de un atributo por lo que recibe; un texto entre números se pierde o estropea el tipo.",
             "Corrija la celda, lea la columna como texto u omita las celdas malas (\"on_bad_value\": \"skip_cell\")." }
    BadBoolean = "3004" "bad-boolean" Error
        en { "neither true nor false", "true or false, yes or no, t or f, y or n, 1 or 0",
             "Braze's segment filters tell true, false and not set apart.",
             "Correct the cell, read the column as text, or leave bad cells out (\"on_bad_value\": \"skip_cell\")." }
        es { "ni verdadero ni falso", "true o false, yes o no, t o f, y o n, 1 o 0",
             "Los filtros de segmento de Braze distinguen verdadero, falso y sin definir.",
             "Corrija la celda, lea la columna como texto u omita las celdas malas (\"on_bad_value\": \"skip_cell\")." }
    UnknownStatus = "3005" "unknown-status" Error
        en { "a status that the mapping does not name", "one of the mapping's words for members and leavers",
             "Whether the person is in the audience or left it is not certain.",
             "Add the word to \"true\" or \"false\" of \"member\" in the mapping." }
        es { "un estado que el mapeo no nombra", "una de las palabras del mapeo para miembros y salidas",
             "No es seguro si la persona está en la audiencia o salió de ella.",
             "Añada la palabra a \"true\" o \"false\" de \"member\" en el mapeo." }
    EmptyAudiencePart = "3006" "empty-audience-part" Error
        en { "no audience or split id", "an audience id and a split id",
             "The attribute's name AIQ_<Audience ID>_<Split ID> would have a hole.",
             "Fill the cell in the rejects file, or give the id as a fixed value in the mapping." }
        es { "sin id de audiencia o de división", "un id de audiencia y un id de división",
             "El nombre del atributo AIQ_<Audience ID>_<Split ID> tendría un hueco.",
             "Complete la celda en el archivo de rechazos o dé el id como valor fijo en el mapeo." }
    BadEmail = "3007" "bad-email" Error
        en { "no mail address", "a mail address such as name@example.com",
             "Braze refuses the whole object (EMAIL_BAD_FORMAT), with all its other attributes.",
             "Correct the address, or leave bad cells out (\"on_bad_value\": \"skip_cell\")." }
        es { "no es una dirección de correo", "una dirección de correo como nombre@example.com",
             "Braze rechaza el objeto entero (EMAIL_BAD_FORMAT), con todos sus demás atributos.",
             "Corrija la dirección u omita las celdas malas (\"on_bad_value\": \"skip_cell\")." }
    TextTooLong = "3008" "text-too-long" Warning
        en { "a text of more than 255 characters", "at most 255 characters",
             "Braze cuts what is longer, without a word.", "Shorten the text, or skip the column." }
        es { "un texto de más de 255 caracteres", "como máximo 255 caracteres",
             "Braze corta lo que sobra, sin avisar.", "Acorte el texto u omita la columna." }
    AudienceNameClash = "3009" "audience-name-clash" Error
        en { "two audiences with one attribute name", "an attribute name for each audience and split",
             "Members of the two would be told apart by nothing.",
             "Choose another \"name\" for the audience in the mapping, with another separator." }
        es { "dos audiencias con un mismo nombre de atributo", "un nombre de atributo por audiencia y división",
             "Nada distinguiría a los miembros de las dos.",
             "Elija otro \"name\" para la audiencia en el mapeo, con otro separador." }
    TooManyNames = "3010" "too-many-names" Error
        en { "more audience attributes than allowed", "as many different names as \"max_names\" allows",
             "A wrong column as audience or split id would make thousands of attributes in Braze.",
             "Check the audience and split columns; raise \"max_names\" if so many are meant." }
        es { "más atributos de audiencia de los permitidos", "tantos nombres distintos como permite \"max_names\"",
             "Una columna equivocada como id de audiencia o división crearía miles de atributos en Braze.",
             "Compruebe las columnas de audiencia y división; suba \"max_names\" si de verdad son tantos." }
    BadPhone = "3011" "bad-phone" Warning
        en { "a phone number that Braze may not understand", "+ with country code and number, such as +34600123456, or the ten digits of a US number",
             "Braze takes ten digits for a number in the United States and needs + and the country code for all others; what it cannot read it does not use.",
             "Write the number with + and its country code." }
        es { "un número de teléfono que Braze quizá no entienda", "+ con prefijo de país y número, como +34600123456, o los diez dígitos de un número de EE. UU.",
             "Braze toma diez dígitos por un número de Estados Unidos y necesita + y el prefijo de país para los demás; lo que no puede leer no lo usa.",
             "Escriba el número con + y su prefijo de país." }
    UnknownGender = "3012" "unknown-gender" Warning
        en { "a gender that Braze does not have", "M, F, O, N, P, or null for unknown",
             "Braze documents these letters alone; another value is probably not set, without a word.",
             "Write the letter: M male, F female, O other, N not applicable, P prefers not to say." }
        es { "un género que Braze no tiene", "M, F, O, N, P, o null si se desconoce",
             "Braze solo documenta estas letras; es probable que otro valor no se guarde, sin aviso.",
             "Escriba la letra: M masculino, F femenino, O otro, N no aplicable, P prefiere no decirlo." }
    BadDay = "3013" "bad-day" Warning
        en { "no day of the calendar", "a day as yyyy-MM-dd, such as 1990-12-31",
             "Braze documents this form alone for the date of birth; another value is probably not set, without a word.",
             "Write the day as yyyy-MM-dd." }
        es { "no es un día del calendario", "un día como yyyy-MM-dd, por ejemplo 1990-12-31",
             "Braze solo documenta esta forma para la fecha de nacimiento; es probable que otro valor no se guarde, sin aviso.",
             "Escriba el día como yyyy-MM-dd." }
    UnknownCountry = "3014" "unknown-country" Warning
        en { "a country that is no ISO code", "two letters of ISO 3166-1, such as ES",
             "Braze tries to find the country that is meant, and clears the field when it finds none.",
             "Write the two letters of the country." }
        es { "un país que no es un código ISO", "dos letras de ISO 3166-1, como ES",
             "Braze intenta adivinar el país y vacía el campo si no encuentra ninguno.",
             "Escriba las dos letras del país." }
    UnknownLanguage = "3015" "unknown-language" Warning
        en { "a language that is not in Braze's list", "a code of Braze's list, such as es or en",
             "Braze documents these codes alone; messages in the person's language may go out in another.",
             "Write the code of the language alone, in lower case and without a country." }
        es { "un idioma que no está en la lista de Braze", "un código de la lista de Braze, como es o en",
             "Braze solo documenta estos códigos; los mensajes en el idioma de la persona pueden salir en otro.",
             "Escriba solo el código del idioma, en minúsculas y sin país." }
    UnknownTimeZone = "3016" "unknown-time-zone" Warning
        en { "a time zone that looks like none", "a name such as Europe/Madrid or Eastern Time (US & Canada)",
             "Braze does not set a time zone that it does not know, without a word.",
             "Write the name of the zone as the IANA database has it." }
        es { "una zona horaria que no lo parece", "un nombre como Europe/Madrid o Eastern Time (US & Canada)",
             "Braze no guarda una zona horaria que no conoce, sin aviso.",
             "Escriba el nombre de la zona como figura en la base de datos IANA." }
    BadConsent = "3017" "bad-consent" Error
        en { "no state of a subscription", "opted_in, subscribed or unsubscribed, in lower case",
             "Braze refuses the whole object (BAD_EMAIL_SUBSCRIPTION_STATE, BAD_PUSH_SUBSCRIPTION_STATE).",
             "Write one of the three words exactly, or leave the field out." }
        es { "no es un estado de suscripción", "opted_in, subscribed o unsubscribed, en minúsculas",
             "Braze rechaza el objeto entero (BAD_EMAIL_SUBSCRIPTION_STATE, BAD_PUSH_SUBSCRIPTION_STATE).",
             "Escriba exactamente una de las tres palabras u omita el campo." }
    FieldNotDate = "3018" "field-not-a-date" Warning
        en { "no date that Braze reads", "a date or a time such as 2026-03-26 or 2026-03-26T18:12:00Z",
             "The field holds a time; a text that is none is probably not set, without a word.",
             "Write the value in ISO 8601." }
        es { "no es una fecha que Braze lea", "una fecha o una hora como 2026-03-26 o 2026-03-26T18:12:00Z",
             "El campo guarda una hora; es probable que un texto que no lo es no se guarde, sin aviso.",
             "Escriba el valor en ISO 8601." }
    DateStaysText = "3019" "date-stays-text" Warning
        en { "a date that stays a text", "a date or a time such as 2026-03-26 or 2026-03-26T18:12:00Z",
             "Braze does not read this form as a date: it keeps a plain text, which filters on times do not find.",
             "Write the value in ISO 8601, or leave it if a text is meant." }
        es { "una fecha que queda como texto", "una fecha o una hora como 2026-03-26 o 2026-03-26T18:12:00Z",
             "Braze no lee esta forma como fecha: guarda un texto, que los filtros de tiempo no encuentran.",
             "Escriba el valor en ISO 8601 o déjelo si se quiere un texto." }
    YearNotKept = "3020" "year-not-kept" Warning
        en { "a year before 0 or after 3000", "a year from 0 to 3000",
             "Braze keeps such a date as a plain text at the top of a profile, and drops it elsewhere.",
             "Correct the year; for \"never\", leave the value out or send null." }
        es { "un año anterior a 0 o posterior a 3000", "un año de 0 a 3000",
             "Braze guarda una fecha así como texto en el nivel superior del perfil y la descarta en otros lugares.",
             "Corrija el año; para «nunca», omita el valor o envíe null." }
    BadOffset = "3021" "bad-offset" Warning
        en { "a time whose offset from UTC cannot be", "Z, or an offset such as +02:00",
             "Braze takes such a time as UTC, without a word: it may be hours off.",
             "Correct the offset." }
        es { "una hora con un desfase de UTC imposible", "Z, o un desfase como +02:00",
             "Braze toma una hora así como UTC, sin aviso: puede errar en horas.",
             "Corrija el desfase." }
    BooleanAsText = "3022" "boolean-as-text" Warning
        en { "true or false as a text", "true or false without quotes",
             "Braze fixes an attribute's type by what it is sent: filters for true and false do not find a text.",
             "Send true or false as JSON has them, or leave it if a text is meant." }
        es { "true o false como texto", "true o false sin comillas",
             "Braze fija el tipo de un atributo por lo que recibe: los filtros de verdadero y falso no encuentran un texto.",
             "Envíe true o false como en JSON o déjelo si se quiere un texto." }
    DigitsLost = "3023" "digits-lost" Warning
        en { "a number of more digits than are kept", "a whole number up to 9007199254740992, or at most 15 significant digits",
             "Braze keeps about 15 digits, and filters round large numbers: what arrives may be another number.",
             "Send the value as a text if every digit counts, as in an id." }
        es { "un número con más dígitos de los que se guardan", "un número entero hasta 9007199254740992 o como máximo 15 dígitos significativos",
             "Braze guarda unos 15 dígitos y los filtros redondean los números grandes: puede llegar otro número.",
             "Envíe el valor como texto si cada dígito cuenta, como en un id." }
    RemovedField = "3024" "removed-field" Warning
        en { "a field that Braze has removed", "another attribute",
             "Braze keeps nothing of it, neither as a field nor as a custom attribute, without a word.",
             "Leave it out, or write the value under another name." }
        es { "un campo que Braze ha retirado", "otro atributo",
             "Braze no guarda nada de él, ni como campo ni como atributo personalizado, sin aviso.",
             "Omítalo o escriba el valor con otro nombre." }
    BadTime = "3030" "bad-time" Error
        en { "no time", "a time such as 2024-05-31 18:30:00 or 2024-05-31T18:30:00+02:00, or one in the column's \"format\"",
             "Braze drops an event whose time it cannot read, and keeps such an attribute as plain text.",
             "Correct the cell, or say in \"format\" how the column writes times." }
        es { "no es una hora", "una hora como 2024-05-31 18:30:00 o 2024-05-31T18:30:00+02:00, o una según \"format\" de la columna",
             "Braze descarta un evento cuya hora no puede leer y guarda un atributo así como texto.",
             "Corrija la celda o indique en \"format\" cómo escribe las horas la columna." }
    BadDate = "3031" "bad-date" Error
        en { "no date", "a date such as 2024-05-31, or one in the column's \"format\"",
             "Braze keeps what it cannot read as a date as plain text, which no date filter finds.",
             "Correct the cell, or say in \"format\" how the column writes dates." }
        es { "no es una fecha", "una fecha como 2024-05-31 o una según \"format\" de la columna",
             "Braze guarda como texto lo que no puede leer como fecha, y ningún filtro de fechas lo encuentra.",
             "Corrija la celda o indique en \"format\" cómo escribe las fechas la columna." }
    TimeWithoutZone = "3032" "time-without-zone" Error
        en { "a time without an offset in a column without a zone", "an offset behind the time, or \"zone\" in the mapping",
             "The same clock shows another instant in another zone.",
             "Add \"zone\" to the column in the mapping: the zone in which the export was written." }
        es { "una hora sin desfase en una columna sin zona horaria", "un desfase tras la hora o \"zone\" en el mapeo",
             "El mismo reloj indica otro instante en otra zona.",
             "Añada \"zone\" a la columna en el mapeo: la zona en la que se escribió la exportación." }
    TimeInGap = "3033" "time-in-gap" Error
        en { "a time that no clock showed", "a time that exists in the column's zone",
             "Clocks were put forward over it: the export is probably written in another zone.",
             "Check \"zone\" in the mapping, or correct the row in the rejects file." }
        es { "una hora que ningún reloj marcó", "una hora que existe en la zona de la columna",
             "Los relojes se adelantaron y la saltaron: es probable que la exportación esté en otra zona.",
             "Compruebe \"zone\" en el mapeo o corrija la fila en el archivo de rechazos." }
    TimeInFold = "3034" "time-in-fold" Warning
        en { "a time that clocks showed twice", "a time with its offset",
             "Clocks were put back over it; the earlier of the two instants is sent.",
             "Export the times with their offset, or in UTC, if the hour matters." }
        es { "una hora que los relojes marcaron dos veces", "una hora con su desfase",
             "Los relojes se atrasaron y la repitieron; se envía el primero de los dos instantes.",
             "Exporte las horas con su desfase o en UTC si la hora importa." }
    YearOutOfRange = "3035" "year-out-of-range" Error
        en { "a year that Braze does not take", "a year from 0 to 3000",
             "Braze keeps a date outside of these years as plain text, which no date filter finds.",
             "Correct the cell; where it means \"never\", leave it empty." }
        es { "un año que Braze no admite", "un año de 0 a 3000",
             "Braze guarda como texto una fecha fuera de esos años, y ningún filtro de fechas la encuentra.",
             "Corrija la celda; si significa «nunca», déjela vacía." }
    PhoneWithoutDigits = "3040" "phone-without-digits" Error
        en { "no phone number", "a phone number such as +14155550123",
             "Braze cannot find or make a profile by a phone number without digits.",
             "Correct the number in the rejects file, or name another identifier column in the mapping." }
        es { "no es un número de teléfono", "un número de teléfono como +14155550123",
             "Braze no puede encontrar ni crear un perfil con un número de teléfono sin dígitos.",
             "Corrija el número en el archivo de rechazos o nombre otra columna de identificador en el mapeo." }
    EmptyEventName = "3041" "empty-event-name" Error
        en { "an event without a name", "a name of at least one character",
             "Braze has no events without a name.",
             "Fill the cell in the rejects file, or give the name as a fixed value in the mapping." }
        es { "un evento sin nombre", "un nombre de al menos un carácter",
             "Braze no tiene eventos sin nombre.",
             "Complete la celda en el archivo de rechazos o dé el nombre como valor fijo en el mapeo." }
    MissingTime = "3042" "missing-time" Error
        en { "an event without a time", "a time in the event's time column",
             "Braze takes no event without a time, and the time of sending would be a wrong one.",
             "Fill the cell in the rejects file, or name another time column in the mapping." }
        es { "un evento sin hora", "una hora en la columna de hora del evento",
             "Braze no acepta eventos sin hora, y la hora del envío sería errónea.",
             "Complete la celda en el archivo de rechazos o nombre otra columna de hora en el mapeo." }
    FutureTime = "3043" "future-time" Warning
        en { "an event in the future", "a time that has passed",
             "Braze sets the time of a future event to the moment it arrives.",
             "Check the zone of the time column, and the clock of this machine." }
        es { "un evento en el futuro", "una hora ya pasada",
             "Braze cambia la hora de un evento futuro por la de su llegada.",
             "Compruebe la zona de la columna de hora y el reloj de esta máquina." }
    BadInteger = "3044" "bad-integer" Error
        en { "no whole number", "a whole number of up to 64 bits such as 12 or -3",
             "Braze fixes an attribute's type by what it is sent; another value among whole numbers spoils the type.",
             "Correct the cell, read the column as number or text, or leave bad cells out (\"on_bad_value\": \"skip_cell\")." }
        es { "no es un número entero", "un número entero de hasta 64 bits como 12 o -3",
             "Braze fija el tipo de un atributo por lo que recibe; otro valor entre enteros estropea el tipo.",
             "Corrija la celda, lea la columna como número o texto u omita las celdas malas (\"on_bad_value\": \"skip_cell\")." }
    MergedValuesDiffer = "3047" "merged-values-differ" Warning
        en { "two rows of one user with different values", "one value for each attribute of a user",
             "Rows of one user that follow each other are sent as one object, in which the last filled value wins.",
             "Check which value is right. Two audiences that write the same attribute overwrite each other." }
        es { "dos filas de un usuario con valores distintos", "un valor por atributo de un usuario",
             "Las filas seguidas de un usuario se envían como un objeto, en el que gana el último valor no vacío.",
             "Compruebe qué valor es correcto. Dos audiencias que escriben el mismo atributo se sobrescriben." }
    IdentifierNotPlain = "3048" "identifier-not-plain" Error
        en { "an identifier that is neither a text nor a number", "a text or a number",
             "True, false, lists and objects tell no user, no audience and no event from another.",
             "Check that the mapping names the right column; correct the row in the rejects file." }
        es { "un identificador que no es texto ni número", "un texto o un número",
             "Verdadero, falso, listas y objetos no distinguen a un usuario, una audiencia o un evento de otro.",
             "Compruebe que el mapeo nombra la columna correcta; corrija la fila en el archivo de rechazos." }
    BadList = "3049" "bad-list" Error
        en { "no list", "texts with separators, or in JSON an array",
             "The column is sent as a list, and another value would change the attribute's type.",
             "Correct the value, read the column as another type, or leave bad cells out (\"on_bad_value\": \"skip_cell\")." }
        es { "no es una lista", "textos con separadores o, en JSON, una lista",
             "La columna se envía como lista, y otro valor cambiaría el tipo del atributo.",
             "Corrija el valor, lea la columna como otro tipo u omita las celdas malas (\"on_bad_value\": \"skip_cell\")." }
    BadJson = "3050" "bad-json" Error
        en { "no JSON", "one JSON value", "The value would break the whole request.",
             "Correct the value; texts need double quotes." }
        es { "no es JSON", "un valor JSON", "El valor rompería la solicitud entera.",
             "Corrija el valor; los textos necesitan comillas dobles." }
    TooDeep = "3051" "too-deep" Error
        en { "arrays and objects too deep inside each other", "at most 64 levels",
             "Braze documents no depth; a value as deep as this is not checked and not sent.",
             "Make the value flatter." }
        es { "listas y objetos demasiado anidados", "como máximo 64 niveles",
             "Braze no documenta una profundidad; un valor tan profundo no se comprueba ni se envía.",
             "Haga el valor más plano." }
    BadNestedKey = "3052" "bad-nested-key" Error
        en { "a nested key with a space, a dot or a dollar sign, or with nothing", "a key without space, . and $",
             "Braze drops the whole nested value, without a word.", "Rename the key." }
        es { "una clave anidada con un espacio, un punto o un signo de dólar, o vacía", "una clave sin espacio, . ni $",
             "Braze descarta el valor anidado entero, sin aviso.", "Cambie el nombre de la clave." }
    NestedKeyTooLong = "3053" "nested-key-too-long" Error
        en { "a nested key of more than 255 characters", "at most 255 characters",
             "Braze drops the whole nested value, without a word.", "Shorten the key." }
        es { "una clave anidada de más de 255 caracteres", "como máximo 255 caracteres",
             "Braze descarta el valor anidado entero, sin aviso.", "Acorte la clave." }
    NullInNested = "3054" "null-in-nested" Error
        en { "null inside a nested value", "a value, or no such key",
             "Braze drops the whole nested value, without a word.",
             "Leave the key or the item out; null removes an attribute only as its whole value." }
        es { "null dentro de un valor anidado", "un valor o ninguna clave",
             "Braze descarta el valor anidado entero, sin aviso.",
             "Omita la clave o el elemento; null solo elimina un atributo como su valor entero." }
    NullProperty = "3055" "null-property" Warning
        en { "null as a property", "a value, or no such property",
             "Braze does not say what becomes of it; a nested value with null in it is dropped, without a word.",
             "Leave the property out." }
        es { "null como propiedad", "un valor o ninguna propiedad",
             "Braze no dice qué pasa con él; un valor anidado que contiene null se descarta, sin aviso.",
             "Omita la propiedad." }
    BadNestedTime = "3056" "bad-nested-time" Error
        en { "a $time that is no date", "an object of this key alone, such as {\"$time\": \"2026-03-26T18:12:00Z\"}",
             "Braze drops the whole nested value, without a word.",
             "Write the date in ISO 8601, with a year from 0 to 3000, or leave the key out." }
        es { "un $time que no es una fecha", "un objeto con solo esta clave, como {\"$time\": \"2026-03-26T18:12:00Z\"}",
             "Braze descarta el valor anidado entero, sin aviso.",
             "Escriba la fecha en ISO 8601, con un año de 0 a 3000, u omita la clave." }
    NestedTooLarge = "3057" "nested-too-large" Error
        en { "a nested value of more than 100 KB", "at most 102400 bytes of JSON",
             "Braze discards the update of an attribute and keeps the old value; it refuses a request with such properties of an event.",
             "Send less in one value." }
        es { "un valor anidado de más de 100 KB", "como máximo 102400 bytes de JSON",
             "Braze descarta la actualización de un atributo y conserva el valor anterior; rechaza una solicitud con tales propiedades de un evento.",
             "Envíe menos en un valor." }
    TooManyItems = "3058" "too-many-items" Warning
        en { "an array of more than 500 items", "at most 500 items",
             "Braze drops the first items until 500 are left, without a word.", "Send fewer items." }
        es { "una lista de más de 500 elementos", "como máximo 500 elementos",
             "Braze descarta los primeros elementos hasta que quedan 500, sin aviso.", "Envíe menos elementos." }
    DoubledKey = "3059" "doubled-key" Error
        en { "a key that stands twice in one object", "each key once",
             "A JSON object with a doubled key keeps one value, and which one is not defined.",
             "Remove one of the two." }
        es { "una clave que aparece dos veces en un objeto", "cada clave una vez",
             "Un objeto JSON con una clave doble conserva un valor, y no está definido cuál.",
             "Elimine una de las dos." }
    PlainDateInNested = "3060" "plain-date-in-nested" Warning
        en { "a date inside a nested value as a plain text", "an object such as {\"$time\": \"2026-03-26T18:12:00Z\"}",
             "Inside nested values Braze takes dates with $time alone; this one stays a text, which filters on times do not find.",
             "Write it with $time, or leave it if a text is meant." }
        es { "una fecha dentro de un valor anidado como texto", "un objeto como {\"$time\": \"2026-03-26T18:12:00Z\"}",
             "Dentro de valores anidados Braze solo acepta fechas con $time; esta queda como texto, que los filtros de tiempo no encuentran.",
             "Escríbala con $time o déjela si se quiere un texto." }
    DoubledItem = "3061" "doubled-item" Warning
        en { "an item that stands twice in one array", "each item once",
             "Array attributes are sets: Braze keeps such an item once, without a word.",
             "Remove one of the two." }
        es { "un elemento que aparece dos veces en una lista", "cada elemento una vez",
             "Los atributos de lista son conjuntos: Braze guarda ese elemento una vez, sin aviso.",
             "Elimine uno de los dos." }
    DateInArray = "3062" "date-in-array" Warning
        en { "a date in an array of a property", "a date as a property of its own",
             "Braze does not take dates in the arrays of properties.",
             "Make the date a property of its own, or leave it if a text is meant." }
        es { "una fecha en una lista de una propiedad", "una fecha como propiedad propia",
             "Braze no acepta fechas en las listas de las propiedades.",
             "Haga de la fecha una propiedad propia o déjela si se quiere un texto." }
    NameTooLong = "3063" "name-too-long" Warning
        en { "a name of more than 255 characters", "at most 255 characters",
             "Braze cuts what is longer, without a word: two names may become one.", "Shorten the name." }
        es { "un nombre de más de 255 caracteres", "como máximo 255 caracteres",
             "Braze corta lo que sobra, sin avisar: dos nombres pueden convertirse en uno.", "Acorte el nombre." }
    ControlInName = "3064" "control-in-name" Warning
        en { "a line break or another control character in a name", "a name of characters that can be seen",
             "Braze strips line breaks from names, so that the profile shows another name.",
             "Remove the character from the name." }
        es { "un salto de línea u otro carácter de control en un nombre", "un nombre de caracteres visibles",
             "Braze elimina los saltos de línea de los nombres, así que el perfil muestra otro nombre.",
             "Elimine el carácter del nombre." }
    DollarFirst = "3065" "dollar-first" Error
        en { "a name that starts with a dollar sign", "a name that starts otherwise",
             "Braze keeps names with $ in front for itself.", "Rename it." }
        es { "un nombre que empieza por un signo de dólar", "un nombre que empiece de otro modo",
             "Braze se reserva los nombres que empiezan por $.", "Cambie el nombre." }
    ArrayInArray = "3066" "array-in-array" Warning
        en { "an array in an array", "an array of plain values or of objects",
             "Braze documents arrays of plain values and of objects; its segments see one level of arrays.",
             "Make the inner array a key of an object, or the whole flatter." }
        es { "una lista dentro de una lista", "una lista de valores simples o de objetos",
             "Braze documenta listas de valores simples y de objetos; sus segmentos ven un nivel de listas.",
             "Haga de la lista interior una clave de un objeto o aplane el valor." }
    ReservedProperty = "3067" "reserved-property" Error
        en { "a property's name that Braze keeps for itself", "a name other than time and event_name",
             "Braze answers with an error.", "Rename the property." }
        es { "un nombre de propiedad que Braze se reserva", "un nombre distinto de time y event_name",
             "Braze responde con un error.", "Cambie el nombre de la propiedad." }
    PurchaseProperty = "3068" "purchase-property" Warning
        en { "a property's name that purchases use", "a name other than product_id, quantity, price and currency",
             "Older pages of Braze's documentation reserve the name, and the value may be dropped.",
             "Rename the property." }
        es { "un nombre de propiedad que usan las compras", "un nombre distinto de product_id, quantity, price y currency",
             "Páginas antiguas de la documentación de Braze reservan el nombre, y el valor puede perderse.",
             "Cambie el nombre de la propiedad." }
    TooManyProperties = "3069" "too-many-properties" Error
        en { "an event of more than 256 properties", "at most 256 properties",
             "Braze keeps the first 256 and drops the rest, without a word.", "Send fewer properties." }
        es { "un evento de más de 256 propiedades", "como máximo 256 propiedades",
             "Braze conserva las primeras 256 y descarta las demás, sin aviso.", "Envíe menos propiedades." }
    SpreadsheetDamage = "3070" "spreadsheet-damage" Error
        en { "identifiers that a spreadsheet has damaged", "identifiers with all their digits",
             "Forms such as 1.23457E+15 or #N/A have lost what told users apart: several become one, or strangers.",
             "Export the file again without opening it in a spreadsheet; the digits cannot be restored." }
        es { "identificadores dañados por una hoja de cálculo", "identificadores con todos sus dígitos",
             "Formas como 1,23457E+15 o #N/A han perdido lo que distinguía a los usuarios: varios pasan a ser uno, u otros.",
             "Exporte el archivo de nuevo sin abrirlo en una hoja de cálculo; los dígitos no se pueden recuperar." }
    MixedForms = "3071" "mixed-forms" Warning
        en { "a few values of another type than the rest of the column", "values of one type",
             "Braze fixes an attribute's type by what it is sent; what does not fit is dropped or spoils the type.",
             "Correct these values or leave them out (\"on_bad_value\": \"skip_cell\"), or send the column as text." }
        es { "unos pocos valores de otro tipo que el resto de la columna", "valores de un solo tipo",
             "Braze fija el tipo de un atributo por lo que recibe; lo que no encaja se pierde o estropea el tipo.",
             "Corrija estos valores u omítalos (\"on_bad_value\": \"skip_cell\"), o envíe la columna como texto." }
    SameIdentifier = "3072" "same-identifier" Warning
        en { "one identifier in all rows", "an identifier that tells users apart",
             "All rows would be written to one profile, one over the other.",
             "Check that the right column is the identifier." }
        es { "un mismo identificador en todas las filas", "un identificador que distinga a los usuarios",
             "Todas las filas se escribirían en un solo perfil, una sobre otra.",
             "Compruebe que la columna del identificador es la correcta." }
    SpacesAroundValues = "3073" "spaces-around-values" Warning
        en { "values with spaces around them", "values without spaces around them",
             "Braze's filters compare texts with their spaces: \"gold \" is not \"gold\", and an identifier may miss its user.",
             "Remove the spaces where the export is made, or check that they are meant." }
        es { "valores con espacios alrededor", "valores sin espacios alrededor",
             "Los filtros de Braze comparan los textos con sus espacios: \"gold \" no es \"gold\", y un identificador puede no dar con su usuario.",
             "Quite los espacios donde se genera la exportación o compruebe que son intencionados." }
    InvisibleCharacter = "3074" "invisible-character" Warning
        en { "an identifier with a character that nobody sees", "characters that can be seen",
             "A byte order mark, a line break or a character without width makes another user of it: Braze compares identifiers to the last byte.",
             "Remove the character where the export is made, or check that it is meant: it is sent as it stands." }
        es { "un identificador con un carácter que nadie ve", "caracteres que se ven",
             "Una marca de orden de bytes, un salto de línea o un carácter sin anchura lo convierte en otro usuario: Braze compara los identificadores hasta el último byte.",
             "Quite el carácter donde se genera la exportación o compruebe que es intencionado: se envía tal cual." }
    ConflictingValues = "3080" "conflicting-values" Warning
        en { "one user with two values of an attribute", "one value for each attribute of a user in a run",
             "Braze promises no order between requests, so that which value stays is chance; two audiences that write the same attribute overwrite each other.",
             "Check which row is right, and take the other out of the export." }
        es { "un usuario con dos valores de un atributo", "un valor por atributo de un usuario en cada ejecución",
             "Braze no promete orden entre solicitudes, así que el valor que queda es casual; dos audiencias que escriben el mismo atributo se sobrescriben.",
             "Compruebe qué fila es correcta y quite la otra de la exportación." }
    ObjectTooLarge = "4001" "object-too-large" Error
        en { "an object of more than 100 KB", "at most 102400 bytes of JSON for one row",
             "Braze refuses or drops what is larger.", "Skip a long column, or shorten its cells." }
        es { "un objeto de más de 100 KB", "como máximo 102400 bytes de JSON por fila",
             "Braze rechaza o descarta lo que es mayor.", "Omita una columna larga o acorte sus celdas." }
    NotExpressible = "4002" "not-expressible" Error
        en { "something that this output cannot express", "a mapping that the output can express",
             "Leaving it out in silence would write something else than was meant.",
             "Change the mapping, or write request bodies instead." }
        es { "algo que esta salida no puede expresar", "un mapeo que la salida pueda expresar",
             "Omitirlo sin avisar escribiría otra cosa que la deseada.",
             "Cambie el mapeo o escriba cuerpos de solicitud." }
    BodyNotUtf8 = "5001" "body-not-utf8" Error
        en { "bytes or escapes in a request body that are no UTF-8", "text in UTF-8",
             "Braze takes UTF-8 only and refuses the request.", "Write the body as UTF-8." }
        es { "bytes o escapes en el cuerpo de la solicitud que no son UTF-8", "texto en UTF-8",
             "Braze solo acepta UTF-8 y rechaza la solicitud.", "Escriba el cuerpo como UTF-8." }
    BodyNotJson = "5002" "body-not-json" Error
        en { "a request body that is no JSON", "JSON",
             "Braze refuses the request (400).", "Correct the text at this place." }
        es { "un cuerpo de solicitud que no es JSON", "JSON",
             "Braze rechaza la solicitud (400).", "Corrija el texto en este lugar." }
    BodyNotObject = "5003" "body-not-object" Error
        en { "a request body that is no object", "{\"attributes\": […], \"events\": […], \"purchases\": […]}",
             "Braze refuses the request (400).", "Put the objects into the arrays of one object." }
        es { "un cuerpo de solicitud que no es un objeto", "{\"attributes\": […], \"events\": […], \"purchases\": […]}",
             "Braze rechaza la solicitud (400).", "Ponga los objetos en las listas de un solo objeto." }
    UnknownBodyKey = "5004" "unknown-body-key" Warning
        en { "a key that Braze does not know here", "a key of the documented request",
             "Braze passes over it, without a word.", "Correct the spelling, or remove the key." }
        es { "una clave que Braze no conoce aquí", "una clave de la solicitud documentada",
             "Braze la pasa por alto, sin aviso.", "Corrija la ortografía o elimine la clave." }
    BodyWrongType = "5005" "body-wrong-type" Error
        en { "a value of the wrong type", "a value of another type",
             "Braze refuses the object, or drops the value without a word.", "Correct the value." }
        es { "un valor de tipo incorrecto", "un valor de otro tipo",
             "Braze rechaza el objeto o descarta el valor sin aviso.", "Corrija el valor." }
    NothingToSend = "5006" "nothing-to-send" Error
        en { "a request without a single object", "an object in attributes, events or purchases",
             "Braze refuses the request (400).", "Add objects, or do not send the request." }
        es { "una solicitud sin ningún objeto", "un objeto en attributes, events o purchases",
             "Braze rechaza la solicitud (400).", "Añada objetos o no envíe la solicitud." }
    TooManyObjects = "5007" "too-many-objects" Error
        en { "a request of more than 75 objects", "at most 75 objects over the three arrays",
             "Braze refuses the request (400, Max Input Length Exceeded).", "Split the request." }
        es { "una solicitud de más de 75 objetos", "como máximo 75 objetos entre las tres listas",
             "Braze rechaza la solicitud (400, Max Input Length Exceeded).", "Divida la solicitud." }
    BodyTooLarge = "5008" "body-too-large" Error
        en { "a request body of more than 4 MB", "at most 4194304 bytes",
             "Braze refuses the request (413 or 400).", "Split the request." }
        es { "un cuerpo de solicitud de más de 4 MB", "como máximo 4194304 bytes",
             "Braze rechaza la solicitud (413 o 400).", "Divida la solicitud." }
    ManyKeys = "5009" "many-keys" Warning
        en { "an object of more than 250 keys", "at most 250 keys",
             "Braze documents no limit for requests, but one of 250 keys for its Cloud Data Ingestion.",
             "Check that all of them are meant; split the object if Braze refuses it." }
        es { "un objeto de más de 250 claves", "como máximo 250 claves",
             "Braze no documenta un límite para las solicitudes, pero sí uno de 250 claves para su Cloud Data Ingestion.",
             "Compruebe que todas son intencionadas; divida el objeto si Braze lo rechaza." }
    ObjectWithoutIdentifier = "5010" "object-without-identifier" Error
        en { "an object without an identifier", "external_id, user_alias, braze_id, email or phone",
             "Braze cannot know whose profile it is about and refuses the object.", "Add one identifier." }
        es { "un objeto sin identificador", "external_id, user_alias, braze_id, email o phone",
             "Braze no puede saber de qué perfil trata y rechaza el objeto.", "Añada un identificador." }
    TwoIdentifiers = "5011" "two-identifiers" Error
        en { "a second primary identifier", "one of external_id, user_alias and braze_id",
             "Braze refuses an object with two of them.", "Remove all but one." }
        es { "un segundo identificador primario", "uno de external_id, user_alias y braze_id",
             "Braze rechaza un objeto con dos de ellos.", "Elimine todos menos uno." }
    EmailAndPhone = "5012" "email-and-phone" Warning
        en { "email and phone as identifiers", "one of the two, or a primary identifier",
             "Braze looks for the profile by the email and not by the phone, without a word.",
             "Remove one of the two, or add external_id, user_alias or braze_id." }
        es { "email y phone como identificadores", "uno de los dos o un identificador primario",
             "Braze busca el perfil por el email y no por el teléfono, sin aviso.",
             "Elimine uno de los dos o añada external_id, user_alias o braze_id." }
    IdentifierTooLarge = "5013" "identifier-too-large" Error
        en { "an identifier that is too long", "at most 987 bytes; 236 for each part of an alias",
             "Braze refuses the object (EXTERNAL_USER_ID_TOO_LARGE).",
             "Check that this is the identifier, and correct it." }
        es { "un identificador demasiado largo", "como máximo 987 bytes; 236 por cada parte de un alias",
             "Braze rechaza el objeto (EXTERNAL_USER_ID_TOO_LARGE).",
             "Compruebe que este es el identificador y corríjalo." }
    EmptyIdentifier = "5014" "empty-identifier" Error
        en { "an empty identifier", "a text with at least one character",
             "Braze cannot know whose profile the object is about and refuses it.",
             "Fill the identifier, or remove the object." }
        es { "un identificador vacío", "un texto con al menos un carácter",
             "Braze no puede saber de qué perfil trata el objeto y lo rechaza.",
             "Complete el identificador o elimine el objeto." }
    IdentifierNotText = "5015" "identifier-not-text" Error
        en { "an identifier that is no text", "a text in double quotes",
             "Braze documents identifiers as texts; numbers lose leading zeros and long tails of digits.",
             "Put the identifier in double quotes." }
        es { "un identificador que no es un texto", "un texto entre comillas dobles",
             "Braze documenta los identificadores como textos; los números pierden ceros iniciales y colas largas de dígitos.",
             "Ponga el identificador entre comillas dobles." }
    BadAlias = "5016" "bad-alias" Error
        en { "no user alias", "\"user_alias\": {\"alias_name\": \"…\", \"alias_label\": \"…\"}",
             "Without both parts in one object Braze cannot find the profile.", "Give both parts inside user_alias." }
        es { "no es un alias de usuario", "\"user_alias\": {\"alias_name\": \"…\", \"alias_label\": \"…\"}",
             "Sin las dos partes en un objeto Braze no encuentra el perfil.", "Dé las dos partes dentro de user_alias." }
    BodyObjectTooLarge = "5017" "body-object-too-large" Error
        en { "an object of more than 100 KB", "at most 102400 bytes of JSON",
             "Braze refuses or drops what is larger.", "Split the object, or send less in it." }
        es { "un objeto de más de 100 KB", "como máximo 102400 bytes de JSON",
             "Braze rechaza o descarta lo que es mayor.", "Divida el objeto o envíe menos en él." }
    MissingMember = "5018" "missing-member" Error
        en { "a key is missing", "the key", "Braze refuses an object that lacks it.", "Add the key." }
        es { "falta una clave", "la clave", "Braze rechaza un objeto que no la tiene.", "Añada la clave." }
    BodyBadTime = "5019" "body-bad-time" Error
        en { "no time that Braze reads", "a time such as 2026-03-26T18:12:00Z, with a year up to 3000",
             "Braze refuses an event or a purchase without a time.", "Write the time in ISO 8601." }
        es { "no es una hora que Braze lea", "una hora como 2026-03-26T18:12:00Z, con un año hasta 3000",
             "Braze rechaza un evento o una compra sin hora.", "Escriba la hora en ISO 8601." }
    BadCurrency = "5020" "bad-currency" Error
        en { "no currency", "the three letters of ISO 4217, such as EUR",
             "Braze takes currencies by their ISO 4217 code alone.", "Write the code in capital letters." }
        es { "no es una moneda", "las tres letras de ISO 4217, como EUR",
             "Braze solo acepta monedas por su código ISO 4217.", "Escriba el código en mayúsculas." }
    BadQuantity = "5021" "bad-quantity" Error
        en { "no quantity of a purchase", "a whole number from 1 to 100",
             "Braze refuses the purchase ('quantity' is not valid).",
             "Correct the quantity; send larger ones as several purchases." }
        es { "no es una cantidad de una compra", "un número entero de 1 a 100",
             "Braze rechaza la compra ('quantity' is not valid).",
             "Corrija la cantidad; envíe las mayores como varias compras." }
    BadIncrement = "5022" "bad-increment" Error
        en { "an increment that is no whole number", "a whole number, such as {\"inc\": 1} or {\"inc\": -2}",
             "Braze counts integer attributes up and down by whole numbers alone.", "Correct the number." }
        es { "un incremento que no es un número entero", "un número entero, como {\"inc\": 1} o {\"inc\": -2}",
             "Braze solo suma y resta números enteros a los atributos enteros.", "Corrija el número." }
    UnknownOperator = "5023" "unknown-operator" Error
        en { "an operator that Braze does not have", "$add, $update or $remove",
             "Braze knows these three for arrays of objects, and keeps names with $ for itself.",
             "Use one of the three, or rename the key." }
        es { "un operador que Braze no tiene", "$add, $update o $remove",
             "Braze conoce estos tres para listas de objetos y se reserva los nombres con $.",
             "Use uno de los tres o cambie el nombre de la clave." }
    BadOperator = "5024" "bad-operator" Error
        en { "an operator with a value that it cannot have", "an array: of objects for $add, of $identifier_key and $identifier_value for $remove, with $new_object for $update",
             "Braze drops the update of the attribute, without a word.", "Correct the value." }
        es { "un operador con un valor que no puede tener", "una lista: de objetos para $add, de $identifier_key y $identifier_value para $remove, con $new_object para $update",
             "Braze descarta la actualización del atributo, sin aviso.", "Corrija el valor." }
    UpdateWithoutMerge = "5025" "update-without-merge" Error
        en { "$update without _merge_objects", "\"_merge_objects\": true in the same object",
             "Braze updates items of an array of objects only where objects are merged.",
             "Add \"_merge_objects\": true to the object." }
        es { "$update sin _merge_objects", "\"_merge_objects\": true en el mismo objeto",
             "Braze solo actualiza elementos de una lista de objetos donde los objetos se fusionan.",
             "Añada \"_merge_objects\": true al objeto." }
    BadTokenImport = "5026" "bad-token-import" Error
        en { "an import of push tokens that cannot be", "push_tokens, and neither external_id nor braze_id",
             "Braze refuses the object (BAD_PUSH_TOKEN_IMPORT).",
             "Add the tokens, remove the identifier, or remove push_token_import." }
        es { "una importación de tokens push imposible", "push_tokens, y ni external_id ni braze_id",
             "Braze rechaza el objeto (BAD_PUSH_TOKEN_IMPORT).",
             "Añada los tokens, elimine el identificador o elimine push_token_import." }
    BadPushToken = "5027" "bad-push-token" Error
        en { "no push tokens", "[{\"app_id\": \"…\", \"token\": \"…\"}], and device_id of 8 to 255 bytes if there is one",
             "Braze refuses the object (BAD_PUSH_TOKEN_VALUE, BAD_PUSH_TOKEN_STRING, BAD_PUSH_TOKEN_APP_ID, BAD_DEVICE_ID).",
             "Correct the tokens." }
        es { "no son tokens push", "[{\"app_id\": \"…\", \"token\": \"…\"}], y device_id de 8 a 255 bytes si lo hay",
             "Braze rechaza el objeto (BAD_PUSH_TOKEN_VALUE, BAD_PUSH_TOKEN_STRING, BAD_PUSH_TOKEN_APP_ID, BAD_DEVICE_ID).",
             "Corrija los tokens." }
    BadSubscriptionGroup = "5028" "bad-subscription-group" Error
        en { "no subscription groups", "[{\"subscription_group_id\": a UUID, \"subscription_state\": \"subscribed\" or \"unsubscribed\"}]",
             "Braze refuses the object (BAD_SUBSCRIPTION_GROUP_ARRAY, _HASH, _ID, _STATE).", "Correct the groups." }
        es { "no son grupos de suscripción", "[{\"subscription_group_id\": un UUID, \"subscription_state\": \"subscribed\" o \"unsubscribed\"}]",
             "Braze rechaza el objeto (BAD_SUBSCRIPTION_GROUP_ARRAY, _HASH, _ID, _STATE).", "Corrija los grupos." }
    BadLocation = "5029" "bad-location" Error
        en { "no location", "{\"longitude\": a number, \"latitude\": a number}",
             "Braze refuses the object (BAD_LOCATION_UPDATE).", "Give both as numbers." }
        es { "no es una ubicación", "{\"longitude\": un número, \"latitude\": un número}",
             "Braze rechaza el objeto (BAD_LOCATION_UPDATE).", "Dé ambos como números." }
    ForbiddenField = "5030" "forbidden-field" Error
        en { "a key that Braze forbids", "an object without it",
             "Braze refuses the object (INVALID_ATTRIBUTE_EMAIL_SUBSCRIPTION_INFO).", "Remove the key." }
        es { "una clave que Braze prohíbe", "un objeto sin ella",
             "Braze rechaza el objeto (INVALID_ATTRIBUTE_EMAIL_SUBSCRIPTION_INFO).", "Elimine la clave." }
    AttributeSetTwice = "5031" "attribute-set-twice" Warning
        en { "an attribute that two objects set for one user", "one value for each user and attribute in a request",
             "Braze promises no order between updates that are close together: which of the two values stays is chance.",
             "Keep one of the two." }
        es { "un atributo que dos objetos fijan para un usuario", "un valor por usuario y atributo en una solicitud",
             "Braze no promete un orden entre actualizaciones cercanas: qué valor queda es azar.",
             "Conserve uno de los dos." }
    EmptyKey = "5032" "empty-key" Error
        en { "an empty name", "a name with at least one character",
             "Braze has no attribute, event or property without a name.", "Give it a name, or remove it." }
        es { "un nombre vacío", "un nombre con al menos un carácter",
             "Braze no tiene atributos, eventos ni propiedades sin nombre.", "Déle un nombre o elimínelo." }
    SpacesAroundKey = "5033" "spaces-around-key" Warning
        en { "spaces around an attribute's name", "the name without spaces around it",
             "Braze trims the names of attributes, without a word: the profile shows another name.",
             "Remove the spaces." }
        es { "espacios alrededor del nombre de un atributo", "el nombre sin espacios alrededor",
             "Braze recorta los nombres de los atributos, sin aviso: el perfil muestra otro nombre.",
             "Elimine los espacios." }
    NearStandardKey = "5034" "near-standard-key" Warning
        en { "almost the name of a standard profile field", "the field's exact name",
             "Braze compares names exactly: this one becomes a custom attribute, and the field stays as it is.",
             "Correct the name if the field is meant." }
        es { "casi el nombre de un campo estándar del perfil", "el nombre exacto del campo",
             "Braze compara los nombres exactamente: este será un atributo personalizado y el campo quedará como está.",
             "Corrija el nombre si se refiere al campo." }
}
