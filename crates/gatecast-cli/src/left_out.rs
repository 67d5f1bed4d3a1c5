//! What stands in the place of a subcommand in a build without its feature: it takes any arguments
//! and reports what is missing.

use std::ffi::OsString;

use clap::Args;

use crate::output::Failure;

/// Whatever the subcommand would take.
#[derive(Args)]
pub(crate) struct LeftOut {
    #[arg(hide = true, trailing_var_arg = true, allow_hyphen_values = true)]
    _arguments: Vec<OsString>,
}

/// The error for what this build cannot do, with the feature that is needed.
pub(crate) fn failure(what: &str, feature: &str) -> Failure {
    Failure::Usage {
        message: format!("this build of gatecast cannot {what}"),
        help: Some(format!("build it with the feature \"{feature}\"")),
    }
}
