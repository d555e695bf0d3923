//! The one table of codes. A code's number and name are never used again for something else.

use super::{Language, Severity};

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
    /// The code of this id (`AIQ1004`) or name (`unclosed-quote`), in any case.
    pub fn find(text: &str) -> Option<Self> {
        let fits = |code: &&Self| {
            code.id().eq_ignore_ascii_case(text) || code.name().eq_ignore_ascii_case(text)
        };
        Self::ALL.iter().find(fits).copied()
    }
}

// 1xxx reading · 2xxx mapping and plan · 3xxx values and objects · 4xxx batches
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
    ObjectTooLarge = "4001" "object-too-large" Error
        en { "an object of more than 100 KB", "at most 102400 bytes of JSON for one row",
             "Braze refuses or drops what is larger.", "Skip a long column, or shorten its cells." }
        es { "un objeto de más de 100 KB", "como máximo 102400 bytes de JSON por fila",
             "Braze rechaza o descarta lo que es mayor.", "Omita una columna larga o acorte sus celdas." }
}
