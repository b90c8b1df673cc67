//! Flags that say what a program may reach.

use std::path::PathBuf;

use clap::Args;
use tvm::SystemHost;
use tvm::grants::{Grants, Names, Reach};
use tvm::program::StartError;

/// What a program may reach outside its memory: nothing by default, but standard streams, clocks, randomness, and the
/// modules of its own package.
#[derive(Args, Default)]
pub struct GrantArguments {
    /// Let the program read files: all, or these and what these directories hold (may be given more than once)
    #[arg(long, value_name = "PATH,...", num_args = 0..=1, require_equals = true, value_delimiter = ',', default_missing_value = "", help_heading = "Grants")]
    allow_read: Option<Vec<String>>,
    /// Let the program write, make, rename and remove files: all, or these and what these directories hold
    #[arg(long, value_name = "PATH,...", num_args = 0..=1, require_equals = true, value_delimiter = ',', default_missing_value = "", help_heading = "Grants")]
    allow_write: Option<Vec<String>>,
    /// Let the program see variables of the environment: all, or these; others are undefined in process.env
    #[arg(long, value_name = "NAME,...", num_args = 0..=1, require_equals = true, value_delimiter = ',', default_missing_value = "", help_heading = "Grants")]
    allow_env: Option<Vec<String>>,
    /// Grant all of this
    #[arg(short = 'A', long, help_heading = "Grants")]
    allow_all: bool,
}

impl GrantArguments {
    /// The grants.
    pub fn grants(&self) -> Grants {
        if self.allow_all {
            return Grants::all();
        }
        Grants { read: reach(&self.allow_read), write: reach(&self.allow_write), env: names(&self.allow_env) }
    }

    /// The operating system as far as it is granted.
    pub fn host(&self) -> Result<SystemHost, StartError> {
        SystemHost::granting(&self.grants()).map_err(|error| StartError::Other(error.to_string()))
    }
}

/// Without a value a flag grants everything.
fn reach(paths: &Option<Vec<String>>) -> Reach {
    match paths {
        None => Reach::Nothing,
        Some(paths) if paths.iter().any(String::is_empty) => Reach::Everything,
        Some(paths) => Reach::Beneath(paths.iter().map(PathBuf::from).collect()),
    }
}

fn names(names: &Option<Vec<String>>) -> Names {
    match names {
        None => Names::Nothing,
        Some(names) if names.iter().any(String::is_empty) => Names::Everything,
        Some(names) => Names::Only(names.clone()),
    }
}
