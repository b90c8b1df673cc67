//! `tvm resume`.

use std::path::PathBuf;
use std::process::ExitCode;

use clap::Args;
use tvm::program::Program;

use super::grants::GrantArguments;
use super::limits::LimitArguments;
use super::tiers::TierArguments;
use super::{run, tell};

/// Arguments of `tvm resume`.
#[derive(Args)]
pub struct Resume {
    /// The snapshot
    file: PathBuf,
    #[command(flatten)]
    limits: LimitArguments,
    #[command(flatten)]
    grants: GrantArguments,
    #[command(flatten)]
    tiers: TierArguments,
    /// Stop again at the first safepoint after this much fuel, counted from the program's start
    #[arg(long, value_name = "UNITS", requires = "snapshot")]
    snapshot_after: Option<u64>,
    /// The next snapshot's file
    #[arg(long, value_name = "FILE", requires = "snapshot_after")]
    snapshot: Option<PathBuf>,
}

/// Carries out `tvm resume`.
pub fn run(arguments: &Resume) -> ExitCode {
    let host = match arguments.grants.host() {
        Ok(host) => Box::new(host),
        Err(error) => return ExitCode::from(tell::start_error(&error)),
    };
    let isolate = match tvm::snapshot::resume(&arguments.file, Some(arguments.limits.limits()), host) {
        Ok(isolate) => isolate,
        Err(error) => {
            eprintln!("tvm: cannot resume {}: {error}", arguments.file.display());
            return ExitCode::from(tell::STATUS_USAGE);
        }
    };
    let mut program = Program { isolate };
    let profiler = match arguments.tiers.set_up(&mut program, 0) {
        Ok(profiler) => profiler,
        Err(error) => return ExitCode::from(tell::start_error(&error)),
    };
    program.stop_at_interrupt();
    program.isolate.vm.meter.snapshot_after = arguments.snapshot_after;
    program.isolate.vm.meter.next_slice();
    let outcome = program.run();
    arguments.tiers.finish(&program, profiler.as_deref());
    ExitCode::from(run::finish(&mut program, outcome, arguments.snapshot.as_deref()))
}
