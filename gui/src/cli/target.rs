//! Where a push goes, and where what is known of it is kept.

use std::fs;
use std::path::{Path, PathBuf};

use tempfile::TempDir;

use super::account::Who;
use super::{CliError, Console, key};
use crate::push::{Address, ApiKey, CaCertificates, Delivery, Endpoint, Limits, Share};
use crate::sandbox::{self, Sandbox};
use crate::workspace::{Home, Workspace};

/// Which server.
#[derive(Debug, clap::Args)]
#[group(id = "where", required = true, multiple = false, args = ["to", "endpoint"])]
pub(crate) struct TargetArgs {
    /// The workspace, as `workspace add` has named it
    #[arg(long, value_name = "WORKSPACE")]
    to: Option<String>,
    /// Where to without a workspace: sandbox, an instance such as US-01, a dashboard's address, or a URL
    #[arg(long, value_name = "WHERE")]
    endpoint: Option<String>,
}

/// By which key, and how fast.
#[derive(Debug, Default, clap::Args)]
pub(crate) struct DeliveryArgs {
    /// The file that holds the API key; without it, the environment or the system's keychain
    #[arg(long, value_name = "FILE")]
    pub(crate) key_file: Option<PathBuf>,
    /// The limits of the contract, in place of the workspace's: such as 3000/3s,250000/h
    #[arg(long, value_name = "LIMITS")]
    limits: Option<Limits>,
    /// The part of the limits that this push may use
    #[arg(long, value_name = "P%")]
    share: Option<Share>,
    /// The most requests on their way at once; without it, as many as Braze answers swiftly
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u16).range(1..=256))]
    at_once: Option<u16>,
    /// Certificates (PEM) that may vouch for the server besides those that the system trusts
    #[arg(long, value_name = "FILE")]
    ca_cert: Option<PathBuf>,
}

impl DeliveryArgs {
    /// For those who only read.
    pub(crate) fn reading(key_file: Option<PathBuf>, ca_cert: Option<PathBuf>) -> Self {
        Self {
            key_file,
            ca_cert,
            ..Self::default()
        }
    }
}

/// A server with its key, and where runs are kept.
pub(crate) struct Target {
    pub(crate) address: Address,
    pub(crate) key: ApiKey,
    pub(crate) place: Place,
    /// The sandbox lives as long as this.
    pub(crate) sandbox: Option<Sandbox>,
}

/// Where what is known of runs is kept.
pub(crate) enum Place {
    /// A workspace's folder.
    Workspace(Workspace),
    /// Nowhere for long: the sandbox inside of this program forgets everything, too.
    Vanishing(TempDir),
}

impl TargetArgs {
    /// The server, started if it is the sandbox, and its key.
    pub(crate) fn find(
        &self,
        delivery: &DeliveryArgs,
        console: &mut Console<'_>,
    ) -> Result<Target, CliError> {
        if let Some(name) = &self.to {
            let home = Home::find().map_err(CliError::of)?;
            let workspace = home.workspace(name).map_err(CliError::of)?;
            return Target::of_workspace(workspace, delivery, true, console);
        }
        match Endpoint::parse(self.endpoint.as_deref().unwrap_or_default()).map_err(CliError::of)? {
            Endpoint::Sandbox => Target::sandbox(),
            Endpoint::Braze(address) => {
                if let Some(warning) = address.warning() {
                    console.warn(warning);
                }
                let home = Home::find().map_err(CliError::of)?;
                Target::of_workspace(home.implied(&address), delivery, false, console)
            }
        }
    }
}

impl Target {
    /// `is_listed`: it has a name of its own, under which a key may be kept.
    pub(crate) fn of_workspace(
        workspace: Workspace,
        delivery: &DeliveryArgs,
        is_listed: bool,
        console: &mut Console<'_>,
    ) -> Result<Self, CliError> {
        let name = is_listed.then(|| workspace.name());
        let found = key::find(delivery.key_file.as_deref(), name, console)?;
        Ok(Self {
            address: workspace.address().clone(),
            key: found.key,
            place: Place::Workspace(workspace),
            sandbox: None,
        })
    }

    fn sandbox() -> Result<Self, CliError> {
        let fail = |error| CliError::of(format_args!("the sandbox cannot start: {error}"));
        let sandbox = Sandbox::start(sandbox::Options::default()).map_err(fail)?;
        Ok(Self {
            address: Address::parse(&sandbox.url()).map_err(CliError::of)?,
            key: ApiKey::new(sandbox.key()).map_err(CliError::of)?,
            place: Place::Vanishing(tempfile::tempdir().map_err(fail)?),
            sandbox: Some(sandbox),
        })
    }

    pub(crate) fn who(&self) -> Who {
        match self.sandbox {
            Some(_) => Who::Sandbox,
            None => Who::Braze,
        }
    }

    /// How fast it may go.
    pub(crate) fn delivery(&self, args: &DeliveryArgs) -> Result<Delivery, CliError> {
        let limits = match (&args.limits, &self.place) {
            (Some(limits), _) => limits.clone(),
            (None, Place::Workspace(workspace)) => workspace.limits().clone(),
            (None, Place::Vanishing(_)) => Limits::default(),
        };
        let limits = match args.share {
            Some(share) => limits.with_share(share),
            None => limits,
        };
        let ca_certificates = args.ca_cert.as_deref().map(read_certificates).transpose()?;
        Ok(Delivery {
            limits,
            at_once: args.at_once.map(usize::from),
            ca_certificates: ca_certificates.unwrap_or_default(),
        })
    }
}

impl Place {
    /// The folder, made if need be.
    pub(crate) fn folder(&self) -> Result<&Path, CliError> {
        match self {
            Self::Workspace(workspace) => workspace.make_folder().map_err(CliError::of),
            Self::Vanishing(folder) => Ok(folder.path()),
        }
    }

    /// Whether it stands for an address that was given without a workspace.
    pub(crate) fn is_nameless(&self) -> bool {
        matches!(self, Self::Workspace(workspace) if workspace.is_implied())
    }

    /// The name that must be typed before anything is sent there.
    pub(crate) fn name_to_confirm(&self) -> Option<&str> {
        match self {
            Self::Workspace(workspace) if workspace.settings().confirms_name => {
                Some(workspace.name())
            }
            _ => None,
        }
    }

    /// Flags that name it to another command.
    pub(crate) fn flags(&self) -> Option<String> {
        match self {
            Self::Workspace(workspace) => Some(flags(workspace)),
            Self::Vanishing(_) => None,
        }
    }
}

/// Flags that name a workspace to another command.
pub(crate) fn flags(workspace: &Workspace) -> String {
    match workspace.is_implied() {
        true => format!("--endpoint {}", workspace.address().base()),
        false => format!("--to {}", workspace.name()),
    }
}

fn read_certificates(path: &Path) -> Result<CaCertificates, CliError> {
    let fail = |words: String| CliError::of(format_args!("{}: {words}", path.display()));
    let text = fs::read(path).map_err(|error| fail(error.to_string()))?;
    CaCertificates::from_pem(&text).map_err(fail)
}
