//! A listener of the training loop that shows how far it is: a bar on a terminal, a line every
//! tenth of the epochs elsewhere, nothing when it is to be quiet.

use std::io::IsTerminal;

use gatecast::forecast;
use gatecast::nn::{Epoch, Event, Stop};
use indicatif::{ProgressBar, ProgressStyle};

use crate::Common;
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

    pub(crate) fn hear(&mut self, progress: forecast::Progress<'_>) {
        match progress {
            forecast::Progress::Training(event) => self.training(event),
            forecast::Progress::Networks { done, of } => self.networks(done, of),
            _ => {}
        }
    }

    /// So many networks, trained side by side, are done.
    fn networks(&mut self, done: usize, of: usize) {
        match self {
            Self::Bar(bar) if done == 0 => {
                let style = "network {pos}/{len} {wide_bar} {elapsed}<{eta}";
                if let Ok(style) = ProgressStyle::with_template(style) {
                    bar.set_style(style);
                }
                bar.set_length(of as u64);
            }
            Self::Bar(bar) => {
                bar.set_position(done as u64);
                if done == of {
                    bar.abandon();
                }
            }
            Self::Lines(_) if done > 0 && (done.is_multiple_of(of.div_ceil(10)) || done == of) => {
                say(&format!("network {done}/{of}"));
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

    fn training(&mut self, event: Event<'_>) {
        match (self, event) {
            (Self::Bar(bar), Event::Start { epochs, .. }) => bar.set_length(epochs as u64),
            (Self::Bar(bar), Event::Epoch(epoch)) => {
                bar.set_message(losses(epoch));
                bar.set_position(epoch.epoch as u64);
            }
            (Self::Bar(bar), Event::End(history)) => {
                bar.abandon();
                early(history.stop, history.kept_epoch);
            }
            (Self::Lines(all), Event::Start { epochs, .. }) => *all = epochs,
            (Self::Lines(all), Event::Epoch(epoch)) => {
                let every = all.div_ceil(10);
                if epoch.epoch == 1 || epoch.epoch.is_multiple_of(every) || epoch.epoch == *all {
                    say(&format!("epoch {}/{all}  {}", epoch.epoch, losses(epoch)));
                }
            }
            (Self::Lines(_), Event::End(history)) => early(history.stop, history.kept_epoch),
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
