//! A batch cut in shards that threads work on side by side.
//!
//! How a batch is cut depends on its size alone, and the shards' gradients are added in their
//! order; so the result is the same, bit for bit, whatever the number of threads.

use std::ops::Range;
use std::sync::{Mutex, MutexGuard, TryLockError};

use gatecast_kernels::elementwise::{add, sum_of_squares};
use rayon::prelude::*;

use super::Loss;
use super::network::{Back, Gradient, Network, Sparse, Sums};
use crate::error::Result;
use crate::rng::Rng;

/// Fewest samples of a shard: with fewer rows the products lose their speed.
const LEAST_ROWS: usize = 16;
/// Most shards of a batch: each has a gradient of its own to be added up.
const MOST_SHARDS: usize = 16;
/// Numbers summed by one task. Fixed, so that sums come out the same at any number of threads.
const CHUNK: usize = 1 << 15;

/// The memory of a training run beside the weights: allocated once.
pub(crate) struct Shards<N: Network> {
    /// Samples of each shard but the last.
    rows: usize,
    /// A thread's memory each: few, so that they stay in its caches from shard to shard.
    workers: Vec<Mutex<N::Worker>>,
    /// A shard's gradient each; after [`Shards::add_up`], the first holds the sum.
    gradients: Vec<Gradient>,
    /// A shard's sums each.
    sums: Vec<Sums>,
    /// Sums of squares, one a chunk.
    squares: Vec<f64>,
}

impl<N: Network> Shards<N> {
    /// Takes the memory for batches of at most `batch` samples of `data`, or of the `others`, to be used by the
    /// threads of the current pool.
    pub(crate) fn new(
        net: &N,
        batch: usize,
        data: &N::Data<'_>,
        others: Option<&N::Data<'_>>,
    ) -> Result<Self> {
        let count = (batch / LEAST_ROWS).clamp(1, MOST_SHARDS);
        let rows = batch.div_ceil(count);
        let threads = rayon::current_num_threads().min(count);
        let parameters = net.weights().len();
        Ok(Self {
            rows,
            workers: (0..threads)
                .map(|_| Ok(Mutex::new(net.worker(rows, data, others)?)))
                .collect::<Result<_>>()?,
            gradients: (0..count).map(|_| Gradient::new(net)).collect(),
            sums: vec![Sums::default(); count],
            squares: vec![0.0; parameters.div_ceil(CHUNK)],
        })
    }

    /// Samples that one call of [`Shards::train`] or [`Shards::evaluate`] can take.
    pub(crate) fn capacity(&self) -> usize {
        self.rows * self.gradients.len()
    }

    /// Forward and backward over the samples `batch`: leaves the gradient of their mean loss in
    /// the shards and gives back their sums. `rng` with the number of the step seeds dropout.
    pub(crate) fn train(
        &mut self,
        net: &N,
        data: &N::Data<'_>,
        batch: &[usize],
        loss: Loss,
        (rng, step): (&Rng, u64),
    ) -> Sums {
        let factor = 1.0 / net.terms(data, batch, loss) as f32;
        let count = self.gradients.len() as u64;
        let workers = &self.workers;
        batch
            .par_chunks(self.rows)
            .zip(&mut self.gradients)
            .zip(&mut self.sums)
            .enumerate()
            .for_each(|(index, ((rows, gradient), sums))| {
                let mut rng = rng.substream(step * count + index as u64);
                let back = Back { factor, gradient };
                let mut worker = mine(workers);
                *sums = net.pass(&mut worker, data, rows, loss, Some(&mut rng), Some(back));
            });
        self.sums(batch.len())
    }

    /// Sums over the samples `batch`, as the network predicts: nothing is dropped.
    pub(crate) fn evaluate(
        &mut self,
        net: &N,
        data: &N::Data<'_>,
        batch: &[usize],
        loss: Loss,
    ) -> Sums {
        let workers = &self.workers;
        batch
            .par_chunks(self.rows)
            .zip(&mut self.sums)
            .for_each(|(rows, sums)| {
                *sums = net.pass(&mut mine(workers), data, rows, loss, None, None);
            });
        self.sums(batch.len())
    }

    /// Adds up the shards' gradients of a batch of so many samples and gives back the sum and
    /// its norm. [`Shards::clear`] must follow once the sum was used.
    pub(crate) fn add_up(&mut self, net: &N, batch: usize) -> (&[f32], f64) {
        let used = batch.div_ceil(self.rows);
        let (sum, others) = self.gradients[..used].split_at_mut(1);
        let sum = &mut sum[0];
        let sparse = net.sparse();
        for other in &mut *others {
            sum.take_sparse(other, sparse);
        }
        let others = &*others;
        sum.values
            .par_chunks_mut(CHUNK)
            .zip(&mut self.squares)
            .enumerate()
            .for_each(|(index, (sum, squares))| {
                let start = index * CHUNK;
                *squares = 0.0;
                for range in dense(start..start + sum.len(), sparse) {
                    let sum = &mut sum[range.start - start..range.end - start];
                    for other in others {
                        add(sum, &other.values[range.clone()]);
                    }
                    *squares += sum_of_squares(sum);
                }
            });
        let mut squares = self.squares.iter().sum::<f64>();
        for (sparse, touched) in sparse.iter().zip(&sum.touched) {
            let part = &sum.values[sparse.part.clone()];
            for &row in touched {
                squares += sum_of_squares(&part[row as usize * sparse.width..][..sparse.width]);
            }
        }
        (&sum.values, squares.sqrt())
    }

    /// Makes the sparse parts of the sum zero for the next batch.
    pub(crate) fn clear(&mut self, net: &N) {
        self.gradients[0].clear(net.sparse());
    }

    fn sums(&self, batch: usize) -> Sums {
        let mut sums = Sums::default();
        for &shard in &self.sums[..batch.div_ceil(self.rows)] {
            sums.add(shard);
        }
        sums
    }
}

/// What is left of a range without the sparse parts.
fn dense(range: Range<usize>, sparse: &[Sparse]) -> impl Iterator<Item = Range<usize>> + '_ {
    let starts = std::iter::once(range.start).chain(sparse.iter().map(|sparse| sparse.part.end));
    let ends = sparse.iter().map(|sparse| sparse.part.start);
    let ends = ends.chain(std::iter::once(range.end));
    starts
        .zip(ends)
        .map(move |(start, end)| start.max(range.start)..end.min(range.end))
        .filter(|range| range.start < range.end)
}

/// Memory that no other thread is using, by preference the one that this thread used before.
/// There is as much as shards can be worked on at a time, so this never waits; should a thread
/// have panicked, what it left is overwritten.
fn mine<W>(workers: &[Mutex<W>]) -> MutexGuard<'_, W> {
    let first = rayon::current_thread_index().unwrap_or(0);
    let mut order = (first..).map(|index| &workers[index % workers.len()]);
    loop {
        match order.next().map(Mutex::try_lock) {
            Some(Ok(worker)) => return worker,
            Some(Err(TryLockError::Poisoned(worker))) => return worker.into_inner(),
            _ => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_not_sparse_is_dense() {
        let sparse = |parts: &[Range<usize>]| -> Vec<Sparse> {
            let of = |part: &Range<usize>| Sparse {
                part: part.clone(),
                width: 1,
            };
            parts.iter().map(of).collect()
        };
        let dense = |range, parts: &[Range<usize>]| -> Vec<(usize, usize)> {
            let parts = sparse(parts);
            super::dense(range, &parts)
                .map(|range| (range.start, range.end))
                .collect()
        };
        let one = |start, end| [Range { start, end }];
        assert_eq!(dense(0..10, &[]), [(0, 10)]);
        assert_eq!(dense(0..10, &one(0, 10)), []);
        assert_eq!(dense(0..10, &one(3, 5)), [(0, 3), (5, 10)]);
        assert_eq!(dense(4..10, &[3..5, 8..9]), [(5, 8), (9, 10)]);
        assert_eq!(dense(4..10, &one(0, 20)), []);
        assert_eq!(dense(4..10, &[0..3, 12..20]), [(4, 10)]);
    }
}
