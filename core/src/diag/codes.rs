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
             "Rename the file, or correct \"file_name\" in the mapping." }
        es { "un archivo cuyo nombre se forma de otra manera", "un nombre que encaje con \"file_name\" del mapeo",
             "Lo que el mapeo toma del nombre del archivo faltaría o sería erróneo.",
             "Cambie el nombre del archivo o corrija \"file_name\" en el mapeo." }
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
    BadPhone = "3040" "bad-phone" Error
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
    TooManyItems = "3045" "too-many-items" Error
        en { "a list of more than 500 items", "at most 500 items",
             "Braze drops the oldest items of a longer list, without a word.",
             "Shorten the list, check the separator, or leave such cells out (\"on_bad_value\": \"skip_cell\")." }
        es { "una lista de más de 500 elementos", "como máximo 500 elementos",
             "Braze descarta los elementos más antiguos de una lista más larga, sin avisar.",
             "Acorte la lista, compruebe el separador u omita esas celdas (\"on_bad_value\": \"skip_cell\")." }
    BadJson = "3046" "bad-json-value" Error
        en { "a cell that is no JSON", "one JSON value",
             "The column is sent as JSON, and a request body that is no JSON is refused as a whole.",
             "Correct the cell, read the column as text, or leave bad cells out (\"on_bad_value\": \"skip_cell\")." }
        es { "una celda que no es JSON", "un valor JSON",
             "La columna se envía como JSON, y un cuerpo que no es JSON se rechaza entero.",
             "Corrija la celda, lea la columna como texto u omita las celdas malas (\"on_bad_value\": \"skip_cell\")." }
    MergedValuesDiffer = "3047" "merged-values-differ" Warning
        en { "two rows of one user with different values", "one value for each attribute of a user",
             "Rows of one user that follow each other are sent as one object, in which the last filled value wins.",
             "Check which value is right. Two audiences that write the same attribute overwrite each other." }
        es { "dos filas de un usuario con valores distintos", "un valor por atributo de un usuario",
             "Las filas seguidas de un usuario se envían como un objeto, en el que gana el último valor no vacío.",
             "Compruebe qué valor es correcto. Dos audiencias que escriben el mismo atributo se sobrescriben." }
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
}
