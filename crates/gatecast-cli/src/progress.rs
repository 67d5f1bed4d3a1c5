//! Shows how far training is: a bar on a terminal, a line every
//! tenth of the epochs elsewhere, nothing when it is to be quiet.

use std::io::IsTerminal;
use std::ops::ControlFlow;

use gatecast::forecast;
use gatecast::nn::{Epoch, Event, Stop};
use indicatif::{ProgressBar, ProgressStyle};

use crate::common::Common;
use crate::output::say;

pub(crate) enum Progress {
    Silent,
    Bar(ProgressBar),
    /// Epochs in all.
    Lines(usize),
}

impl Progress {
    pub(crate) fn new(common: &Common) -> Self {
        if common.quiet {
            Self::Silent
        } else if std::io::stderr().is_terminal() {
            let bar = ProgressBar::no_length();
            let style = "epoch {pos}/{len} {wide_bar} {elapsed}<{eta}  {msg}";
            if let Ok(style) = ProgressStyle::with_template(style) {
                bar.set_style(style);
            }
            Self::Bar(bar)
        } else {
            Self::Lines(0)
        }
    }

    /// Shows what happens; training goes on.
    pub(crate) fn on_event(&mut self, event: &forecast::Event) -> ControlFlow<()> {
        match (event.networks, event.training) {
            (1, training) => self.training(training),
            (networks, Event::Start { .. } | Event::End { .. }) => {
                self.networks(event.training, event.finished, networks);
            }
            (_, Event::Epoch(epoch)) => {
                if let Self::Bar(bar) = self {
                    bar.set_message(losses(&epoch));
                }
            }
            _ => {}
        }
        ControlFlow::Continue(())
    }

    /// So many of the networks that are trained side by side are finished.
    fn networks(&mut self, event: Event, finished: usize, networks: usize) {
        match (self, event) {
            (Self::Bar(bar), Event::Start { .. }) if finished == 0 => {
                let style = "network {pos}/{len} {wide_bar} {elapsed}<{eta}  {msg}";
                if let Ok(style) = ProgressStyle::with_template(style) {
                    bar.set_style(style);
                }
                bar.set_length(networks as u64);
            }
            (Self::Bar(bar), Event::End { .. }) => {
                bar.set_position(finished as u64);
                if finished == networks {
                    bar.abandon();
                }
            }
            (Self::Lines(_), Event::End { .. })
                if finished.is_multiple_of(networks.div_ceil(10)) || finished == networks =>
            {
                say(&format!("network {finished}/{networks}"));
            }
            _ => {}
        }
    }

    /// So many series of a panel are done.
    pub(crate) fn series(&mut self, done: usize, of: usize) {
        match self {
            Self::Bar(bar) => {
                if done == 1 {
                    let style = "series {pos}/{len} {wide_bar} {elapsed}<{eta}";
                    if let Ok(style) = ProgressStyle::with_template(style) {
                        bar.set_style(style);
                    }
                    bar.set_length(of as u64);
                }
                bar.set_position(done as u64);
                if done == of {
                    bar.abandon();
                }
            }
            Self::Lines(_) if done.is_multiple_of(of.div_ceil(10)) || done == of => {
                say(&format!("series {done}/{of}"));
            }
            _ => {}
        }
    }

    fn training(&mut self, event: Event) {
        match (self, event) {
            (Self::Bar(bar), Event::Start { epochs, .. }) => bar.set_length(epochs as u64),
            (Self::Bar(bar), Event::Epoch(epoch)) => {
                bar.set_message(losses(&epoch));
                bar.set_position(epoch.epoch as u64);
            }
            (Self::Bar(bar), Event::End { stop, kept_epoch }) => {
                bar.abandon();
                early(stop, kept_epoch);
            }
            (Self::Lines(all), Event::Start { epochs, .. }) => *all = epochs,
            (Self::Lines(all), Event::Epoch(epoch)) => {
                let every = all.div_ceil(10);
                if epoch.epoch == 1 || epoch.epoch.is_multiple_of(every) || epoch.epoch == *all {
                    say(&format!("epoch {}/{all}  {}", epoch.epoch, losses(&epoch)));
                }
            }
            (Self::Lines(_), Event::End { stop, kept_epoch }) => early(stop, kept_epoch),
            _ => {}
        }
    }
}

fn losses(epoch: &Epoch) -> String {
    match epoch.val_loss {
        Some(val_loss) => format!("loss {:.5}  val_loss {val_loss:.5}", epoch.loss),
        None => format!("loss {:.5}", epoch.loss),
    }
}

fn early(stop: Stop, kept: usize) {
    if stop == Stop::Patience {
        say(&format!(
            "stopped early: the validation loss no longer fell; kept epoch {kept}"
        ));
    }
}
