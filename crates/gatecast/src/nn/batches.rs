//! Which samples make a batch: any, or where they differ in length those of about one length, so that
//! little is padding. What this file is not: it copies no samples.

use super::network::Network;
use crate::rng::Rng;

/// Batches among which samples are put in order of their length: enough that those of a batch are
/// about equal, few enough that batches differ from epoch to epoch.
const POOL: usize = 64;

/// The order of the samples, a batch after the other.
pub(crate) struct Batches {
    rows: Vec<usize>,
    /// Samples of a batch; the last may have fewer.
    batch: usize,
    /// Of each sample, where they differ.
    lengths: Vec<u32>,
    /// In which order the batches come.
    order: Vec<usize>,
}

impl Batches {
    /// All samples: in their order, or from short to long.
    pub(crate) fn new<N: Network>(data: &N::Data<'_>, batch: usize) -> Self {
        let samples = N::samples(data);
        let lengths: Option<Vec<u32>> = (0..samples)
            .map(|row| Some(u32::try_from(N::length(data, row)?).unwrap_or(u32::MAX)))
            .collect();
        let mut batches = Self {
            rows: (0..samples).collect(),
            batch,
            lengths: lengths.unwrap_or_default(),
            order: (0..samples.div_ceil(batch)).collect(),
        };
        if batches.lengths.len() == samples {
            batches.rows.sort_by_key(|&row| batches.lengths[row]);
        }
        batches
    }

    /// Number of batches.
    pub(crate) fn len(&self) -> usize {
        self.order.len()
    }

    /// Another order: the samples of a batch are of about one length, the batches in any order.
    pub(crate) fn shuffle(&mut self, rng: &mut Rng) {
        rng.shuffle(&mut self.rows);
        if self.lengths.is_empty() {
            return;
        }
        for pool in self.rows.chunks_mut(POOL * self.batch) {
            // By their numbers where lengths are equal, which says nothing of the order before.
            pool.sort_unstable_by_key(|&row| (self.lengths[row], row));
        }
        rng.shuffle(&mut self.order);
    }

    pub(crate) fn iter(&self) -> impl Iterator<Item = &[usize]> {
        self.order.iter().map(|&index| {
            let start = index * self.batch;
            &self.rows[start..self.rows.len().min(start + self.batch)]
        })
    }
}
