//! `--tensorboard`: the folder in which training is taken down for TensorBoard. What is written there is the library's
//! (`gatecast::report::tensorboard`); here it is asked for, and what went wrong is said once training is over.

use std::path::{Path, PathBuf};

use clap::Args;
use gatecast::forecast;
use gatecast::nn::{self, History};
use gatecast::report::tensorboard::EventLog;
use gatecast::text::{TranslatorEpoch, TranslatorEvent};

use crate::common::Common;
use crate::output::{self, Failure, note};

/// The flag.
#[derive(Args, Clone, Debug, Default)]
pub(crate) struct LogArgs {
    /// Folder for event files that TensorBoard shows while training goes on: losses, norm of the gradient, learning rate,
    /// settings, verdict and pictures
    #[arg(long, value_name = "DIR", help_heading = "Output")]
    pub(crate) tensorboard: Option<PathBuf>,
}

impl LogArgs {
    /// Fails where nothing could be written there, or another training is there already.
    pub(crate) fn check(&self) -> Result<(), Failure> {
        let Some(folder) = &self.tensorboard else {
            return Ok(());
        };
        output::check_file(&folder.join("events.out.tfevents"), &[])?;
        if folder.exists() && !folder.is_dir() {
            return Err(Failure::Usage {
                message: format!("--tensorboard {} is a file", folder.display()),
                help: Some("name a folder".into()),
            });
        }
        Ok(EventLog::check(folder)?)
    }

    /// Begins to write, where it is asked for.
    pub(crate) fn open(&self) -> Result<Log, Failure> {
        let log = self.tensorboard.as_ref().map(EventLog::new).transpose()?;
        Ok(Log { log })
    }
}

/// What is written, if anything.
#[derive(Default)]
pub(crate) struct Log {
    log: Option<EventLog>,
}

impl Log {
    pub(crate) fn is_open(&self) -> bool {
        self.log.is_some()
    }

    pub(crate) fn on_event(&mut self, event: &forecast::Event) {
        if let Some(log) = &mut self.log {
            log.on_event(event);
        }
    }

    pub(crate) fn on_training(&mut self, run: &str, event: &nn::Event) {
        if let Some(log) = &mut self.log {
            log.on_training(run, event);
        }
    }

    pub(crate) fn on_translator(&mut self, event: &TranslatorEvent) {
        if let (Some(log), TranslatorEvent::Epoch(epoch)) = (&mut self.log, event) {
            let epoch: &TranslatorEpoch = epoch;
            log.translator_epoch("network", epoch);
        }
    }

    /// A training that is over.
    pub(crate) fn history(&mut self, run: &str, history: &History) {
        if let Some(log) = &mut self.log {
            history
                .epochs
                .iter()
                .for_each(|epoch| log.epoch(run, epoch));
        }
    }

    pub(crate) fn text(&mut self, tag: &str, text: &str) {
        if let Some(log) = &mut self.log {
            log.text("", tag, text);
        }
    }

    /// Settings, as a file.
    pub(crate) fn settings(&mut self, toml: &str) {
        self.text("settings", &format!("```toml\n{toml}```"));
    }

    /// Those of the files that are PNG pictures.
    pub(crate) fn pictures<P: AsRef<Path>>(&mut self, files: &[(P, Vec<u8>)]) {
        for (path, bytes) in files {
            let name = path.as_ref().file_stem().unwrap_or_default();
            if let Some(log) = &mut self.log {
                log.picture("", &name.to_string_lossy(), bytes);
            }
        }
    }

    /// Says what could not be written: that is no reason to throw a model away.
    pub(crate) fn finish(self, common: &Common) {
        if let Some(Err(error)) = self.log.map(EventLog::finish) {
            note(
                common,
                &format!("note: the event files for TensorBoard end early: {error}"),
            );
        }
    }
}
