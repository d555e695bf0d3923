//! What went wrong, in both languages. What the system or Braze says stays in its own words.

use aiq_braze::Language;
use aiq_braze::wire::reply::Again;

use super::model::{FileError, Notice};
use super::words::Words;
use crate::input::InputError;
use crate::pipeline::PipelineError;
use crate::push::{KEY_VARIABLE, KeyError, Stopped, again_words};

impl Words {
    fn is_english(self) -> bool {
        self.0 == Language::English
    }

    /// What did not work, with a way on.
    pub(super) fn notice(self, notice: &Notice) -> String {
        let t = self.texts();
        match notice {
            Notice::Input(error) => self.input_error(error),
            Notice::MappingWithoutExport => t.mapping_without_export.to_owned(),
            Notice::Busy => t.busy.to_owned(),
            Notice::MappingFile { path, error } => {
                format!("{}: {}", path.display(), self.file_error(error))
            }
            Notice::SaveMapping { path, error } => {
                let path = path.display();
                if self.is_english() {
                    format!("{path}: the mapping cannot be saved: {error}")
                } else {
                    format!("{path}: no se puede guardar el mapeo: {error}")
                }
            }
            Notice::SaveRejects(error) => self.pipeline_error(error),
            Notice::IsExport(path) => {
                let path = path.display();
                if self.is_english() {
                    format!("{path}: found the export itself, expected another file to write to")
                } else {
                    format!(
                        "{path}: es la propia exportación; se esperaba otro archivo en el que escribir"
                    )
                }
            }
            Notice::Endpoint(words) => words.clone(),
            Notice::Key(error) => self.key_error(error),
            Notice::Push(words) => capitalised(words),
            Notice::Sandbox(error) => {
                if self.is_english() {
                    format!("the sandbox cannot start: {error}")
                } else {
                    format!("el entorno de prueba no puede iniciarse: {error}")
                }
            }
        }
    }

    fn file_error(self, error: &FileError) -> String {
        match error {
            FileError::Io(error) => error.to_string(),
            FileError::Mapping(problems) => {
                let lines = problems.iter().map(|problem| problem.message(self.0));
                lines.collect::<Vec<_>>().join("\n")
            }
        }
    }

    fn input_error(self, error: &InputError) -> String {
        if self.is_english() {
            return error.to_string();
        }
        match error {
            InputError::Io { path, error } if error.kind() == std::io::ErrorKind::NotFound => {
                format!(
                    "{}: no existe ese archivo. Compruebe la ruta",
                    path.display()
                )
            }
            InputError::Io { path, error } => {
                format!("{}: no se puede leer: {error}", path.display())
            }
            InputError::Changed { path } => format!(
                "{}: el archivo cambió desde que se abrió. Espere a que la exportación esté escrita y ábrala de nuevo",
                path.display()
            ),
            InputError::Refused { path, .. } => format!(
                "{}: no es una exportación de texto. Guárdela como CSV en UTF-8 con cabecera",
                path.display()
            ),
            InputError::Probe { path, error } => {
                let words = match error {
                    aiq_braze::ProbeError::Empty => {
                        "el archivo está vacío; se esperaban una cabecera y filas. Revise la exportación o cargue otro archivo"
                    }
                    aiq_braze::ProbeError::NoHeader => {
                        "la primera línea no se puede leer como cabecera; se esperaban nombres de columna en UTF-8. Guarde el archivo como CSV en UTF-8 con cabecera"
                    }
                    aiq_braze::ProbeError::HeaderTooLong => {
                        "la primera línea tiene más de 256 KiB; se esperaba una cabecera. Revise los finales de línea y las comillas de la primera línea, o acorte los nombres de las columnas"
                    }
                    aiq_braze::ProbeError::NoObject => {
                        "no se encontró ningún objeto JSON con miembros en las primeras filas; se esperaban objetos como {\"external_id\":\"u1\"}. Revise la exportación o cargue otro archivo"
                    }
                    aiq_braze::ProbeError::ObjectTooLong => {
                        "no se encontró ningún otro objeto JSON delante de uno de más de 1024 KiB; se esperaba como máximo eso en cada uno. Acorte o elimine ese objeto, o ponga otro delante"
                    }
                    aiq_braze::ProbeError::TooManyColumns { found, limit } => {
                        let texts = aiq_braze::Code::TooManyColumns.texts(Language::Spanish);
                        return format!(
                            "{}: {}: se encontró {found}, se esperaba como máximo {limit}. {}",
                            path.display(),
                            texts.title,
                            texts.todo
                        );
                    }
                    aiq_braze::ProbeError::Binary => {
                        "se encontró un archivo binario; se esperaba texto como CSV. Guarde un libro de cálculo como CSV en UTF-8, descomprima un archivo comprimido, convierta UTF-16 a UTF-8"
                    }
                };
                format!("{}: {words}", path.display())
            }
            other => other.to_string(),
        }
    }

    pub(super) fn pipeline_error(self, error: &PipelineError) -> String {
        match error {
            PipelineError::Input(error) => self.input_error(error),
            other => other.to_string(),
        }
    }

    /// In the window a key comes from a file that is chosen, not from a flag.
    pub(super) fn key_error(self, error: &KeyError) -> String {
        if self.is_english() {
            return match error {
                KeyError::Missing => format!(
                    "found no API key, expected one here or in the environment as {KEY_VARIABLE}"
                ),
                other => other.to_string(),
            };
        }
        match error {
            KeyError::Missing => format!("falta la clave de API; se esperaba aquí o en el entorno como {KEY_VARIABLE}"),
            KeyError::Malformed { .. } => "esto no es una clave de API; se esperaba la clave y nada más. Cópiela de Braze otra vez (Settings, API Keys)".to_owned(),
            KeyError::Exposed { path, .. } => {
                let path = path.display();
                format!("{path}: otros pueden leer el archivo de clave; se esperaba uno solo para su dueño. Ejecute: chmod 600 {path}")
            }
            KeyError::Io { path, error } => format!("{}: no se puede leer el archivo de clave: {error}", path.display()),
        }
    }

    /// What a name of a place is missing. The details of a mistyped address are told in English alone.
    pub(super) fn endpoint_error(self, error: &crate::push::EndpointError) -> String {
        if self.is_english() {
            return capitalised(&error.to_string());
        }
        "Esto no nombra un destino: se esperaba una instancia como US-01, la dirección de un panel o una URL https como https://rest.iad-01.braze.com".to_owned()
    }

    pub(super) fn again(self, why: Again) -> &'static str {
        if self.is_english() {
            return again_words(why);
        }
        match why {
            Again::RateLimited => "por encima del límite de solicitudes (429)",
            Again::NotReached => "no se alcanzó ningún servidor de Braze (502)",
            Again::Unavailable => "Braze no tiene capacidad (503)",
        }
    }

    /// Why nothing is sent for a while, from the push's own words.
    pub(super) fn waiting_why(self, why: &str) -> &str {
        let reasons = [Again::RateLimited, Again::NotReached, Again::Unavailable];
        let known = reasons
            .into_iter()
            .find(|reason| again_words(*reason) == why);
        known.map_or(why, |reason| self.again(reason))
    }

    /// Why a push ended before its end.
    pub(super) fn stopped(self, stopped: &Stopped) -> String {
        if self.is_english() {
            return capitalised(&stopped.to_string());
        }
        match stopped {
            Stopped::Cancelled => "Cancelado".to_owned(),
            Stopped::Denied(message) => format!("Braze no acepta la clave: {message}. Compruebe que la clave pertenece a este destino, que tiene el permiso users.track y que su lista de IP contiene este equipo"),
            Stopped::Unreachable(message, time) => format!("No se puede llegar a Braze desde hace {} s: {message}. Compruebe el destino y la red", time.as_secs()),
            Stopped::PutOff(why, time) => format!("Braze aplaza todo lo que se envía desde hace {} s: {}. Inténtelo más tarde", time.as_secs(), self.again(*why)),
            Stopped::Lost(message, time) => format!("Nada recibe respuesta desde hace {} s: {message}. Compruebe la red e inténtelo más tarde", time.as_secs()),
            Stopped::LongWait(why) => format!("Braze pide esperar más de dos horas: {}. Inténtelo más tarde", self.again(*why)),
            Stopped::NoAnswers(message, n) => format!("{n} solicitudes seguidas quedaron sin respuesta útil, la última: {message}. Compruebe la red y busque algunos usuarios en Braze antes de enviar otra vez"),
            Stopped::AllRefused(message, n) => format!("Braze no admitió {n} solicitudes seguidas, la última: {message}. Compruebe el destino y lo que dice Braze sobre los datos"),
            Stopped::ExportChanged => "La exportación no es la que se revisó. Espere a que esté escrita y empiece de nuevo".to_owned(),
            other => other.to_string(),
        }
    }
}

/// The text as a sentence starts.
pub(super) fn capitalised(text: &str) -> String {
    let mut chars = text.chars();
    chars.next().map_or_else(String::new, |first| {
        first.to_uppercase().chain(chars).collect()
    })
}
