//! A mixture's windows as the network sees them, and its answers as values. What this file is not: what a window's own
//! terms and its simple forecasts are stands in `mixture`.

use std::cell::RefCell;

use super::super::Scaler;
use super::super::mixture::{self, Seasons, Terms};
use super::{Windows, spread};
use crate::nn;

thread_local! {
    /// A window's values and then its numbers, kept from window to window.
    static SCRATCH: RefCell<Vec<f64>> = const { RefCell::new(Vec::new()) };
}

impl Windows<'_> {
    pub(super) fn seasons(&self) -> Seasons {
        Seasons {
            short: self.frame.season,
            long: self.frame.long,
        }
    }

    /// Does something with the rows of window `index` in its own terms.
    pub(super) fn in_terms<R>(&self, index: usize, act: impl FnOnce(Terms, &[f64]) -> R) -> R {
        SCRATCH.with_borrow_mut(|scratch| {
            scratch.clear();
            scratch.extend(self.rows(index).map(|row| self.value(index, row)));
            let terms = Terms::of(scratch, self.seasons());
            for value in scratch.iter_mut() {
                *value = terms.to(*value);
            }
            act(terms, scratch)
        })
    }

    /// [`Windows::put`] for a mixture: a step of the network is a season, the share of it that is there, and how
    /// each simple forecast did; the target of a step is its value and the simple forecasts of it, all times the
    /// weight of its errors.
    pub(super) fn put_mixture(
        &self,
        index: usize,
        b: usize,
        batch: usize,
        x: &mut [f32],
        y: &mut [f32],
    ) {
        let (frame, season, rows) = (self.frame, self.frame.season, self.rows(index));
        let all = frame.width + frame.future_width;
        let size = all * season + 1 + self.seasons().count();
        let lacking = self.window - rows.len();
        let at = |step: usize| (step * batch + b) * size;
        for step in 0..self.window / season {
            x[at(step)..at(step) + size].fill(0.0);
            let there = ((step + 1) * season).saturating_sub(lacking).min(season);
            x[at(step) + all * season] = there as f32 / season as f32;
        }
        let place = |t: usize| at((t + lacking) / season) + (t + lacking) % season * all;
        self.in_terms(index, |terms, own| {
            for feature in 0..frame.width {
                if frame.own == Some(feature) {
                    for (t, number) in own.iter().enumerate() {
                        x[place(t) + feature] =
                            number.clamp(-mixture::FURTHEST, mixture::FURTHEST) as f32;
                    }
                    continue;
                }
                let value = |row| self.feature(index, row, feature);
                let mean = rows.clone().map(value).sum::<f64>() / rows.len() as f64;
                let scaler = Scaler {
                    center: mean,
                    spread: spread(rows.clone(), 1, value),
                };
                for (t, row) in rows.clone().enumerate() {
                    let number = scaler.scale(value(row));
                    x[place(t) + feature] =
                        number.clamp(-mixture::FURTHEST, mixture::FURTHEST) as f32;
                }
            }
            if frame.future_width > 0 {
                for (t, row) in rows.clone().enumerate() {
                    let known = &frame.future[row * frame.future_width..][..frame.future_width];
                    x[place(t) + frame.width..][..frame.future_width].copy_from_slice(known);
                }
            }
            mixture::record(own, terms, self.seasons(), self.ahead, |which, number| {
                for step in 0..self.window / season {
                    x[at(step) + all * season + 1 + which] = number as f32;
                }
            });
            let y = &mut y[b * self.ahead * self.outputs..][..self.ahead * self.outputs];
            for (step, y) in y.chunks_exact_mut(self.outputs).enumerate() {
                // Steps beyond the table are not learnt from, only predicted.
                let row = (rows.end + step).min(frame.rows() - 1);
                y[0] = terms.to(self.value(index, row)) as f32;
            }
            mixture::simple(own, terms, self.seasons(), self.ahead, |step, which, c| {
                y[step * self.outputs + 1 + which] = c as f32;
            });
            for y in y.chunks_exact_mut(self.outputs) {
                let weight = terms.weight(&y[1..]);
                y.iter_mut().for_each(|number| *number *= weight);
            }
        });
    }

    /// [`Windows::decode`] for a mixture: one value a step.
    pub(super) fn decode_mixture(&self, outputs: &[f32]) -> Vec<f64> {
        let count = self.outputs - 1;
        let mut simple = vec![0.0f32; self.ahead * count];
        let mut values = Vec::with_capacity(outputs.len() / self.outputs);
        for (index, outputs) in outputs.chunks_exact(self.ahead * self.outputs).enumerate() {
            self.in_terms(index, |terms, own| {
                mixture::simple(own, terms, self.seasons(), self.ahead, |step, which, c| {
                    simple[step * count + which] = c as f32;
                });
                let steps = outputs
                    .chunks_exact(self.outputs)
                    .zip(simple.chunks_exact_mut(count));
                values.extend(steps.map(|(said, simple)| {
                    let weight = terms.weight(simple);
                    simple.iter_mut().for_each(|number| *number *= weight);
                    terms.back(f64::from(nn::mixture(said, simple) / weight))
                }));
            });
        }
        values
    }
}
