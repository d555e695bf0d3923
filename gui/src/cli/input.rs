//! Which files are read, and how.

use std::io::Read;
use std::path::{Path, PathBuf};

use super::{CliError, Console};
use crate::input::{Encoding, Export, Options};

/// The export that a subcommand is about.
#[derive(Debug, clap::Args)]
pub(crate) struct InputArgs {
    /// The files of the export; a folder stands for the files in it, - for standard input. Files may be
    /// packed as gzip, zstd or zip
    #[arg(value_name = "FILE", required = true)]
    pub(crate) files: Vec<PathBuf>,
    #[command(flatten)]
    pub(crate) written_in: EncodingArgs,
}

/// How its files are read.
#[derive(Clone, Copy, Debug, Default, clap::Args)]
pub(crate) struct EncodingArgs {
    /// What the files are written in, where it is found out wrongly
    #[arg(long, value_name = "ENCODING")]
    encoding: Option<EncodingArg>,
}

#[derive(Clone, Copy, Debug, clap::ValueEnum)]
enum EncodingArg {
    #[value(name = "utf-8", alias = "utf8")]
    Utf8,
    #[value(name = "utf-16le")]
    Utf16Le,
    #[value(name = "utf-16be")]
    Utf16Be,
    #[value(name = "windows-1252", aliases = ["latin-1", "latin1", "iso-8859-1"])]
    Windows1252,
}

impl EncodingArg {
    fn encoding(self) -> Encoding {
        match self {
            Self::Utf8 => Encoding::Utf8,
            Self::Utf16Le => Encoding::Utf16Le,
            Self::Utf16Be => Encoding::Utf16Be,
            Self::Windows1252 => Encoding::Windows1252,
        }
    }
}

impl InputArgs {
    /// See [`EncodingArgs::open`].
    pub(crate) fn open(&self, console: &mut Console<'_>) -> Result<Export, CliError> {
        self.written_in.open(&self.files, console)
    }
}

impl EncodingArgs {
    /// Opens an export, and says what is worth saying about its files.
    pub(crate) fn open<P: AsRef<Path>>(
        &self,
        files: &[P],
        console: &mut Console<'_>,
    ) -> Result<Export, CliError> {
        let mut stdin: Option<&mut dyn Read> = None;
        let mut input = &mut *console.input;
        if !console.is_typed {
            stdin = Some(&mut input);
        }
        let options = Options {
            encoding: self.encoding.map(EncodingArg::encoding),
            stdin,
        };
        let export = Export::open_with(files, options).map_err(CliError::of)?;
        for note in export.notes() {
            console.say(note);
        }
        Ok(export)
    }
}
