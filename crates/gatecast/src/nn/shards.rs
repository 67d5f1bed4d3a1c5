//! A batch cut in shards that threads work on side by side.
//!
//! How a batch is cut depends on its size alone, and the shards' gradients are added in their
//! order; so the result is the same, bit for bit, whatever the number of threads.

use std::sync::{Mutex, MutexGuard, TryLockError};

use gatecast_kernels::elementwise::{add, sum_of_squares};
use rayon::prelude::*;

use super::workspace::{Purpose, Workspace};
use super::{Dataset, Loss, Sequential};
use crate::error::Result;
use crate::rng::Rng;

/// Fewest samples of a shard: with fewer rows the products lose their speed.
const LEAST_ROWS: usize = 16;
/// Most shards of a batch: each has a gradient of its own to be added up.
const MOST_SHARDS: usize = 16;
/// Numbers summed by one task. Fixed, so that sums come out the same at any number of threads.
const CHUNK: usize = 1 << 15;

/// The memory of a training run beside the weights: allocated once.
pub(crate) struct Shards {
    /// Samples of each shard but the last.
    rows: usize,
    /// A thread's memory each: few, so that they stay in its caches from shard to shard.
    workers: Vec<Mutex<Worker>>,
    /// A shard's gradient each; after [`Shards::add_up`], the first holds the sum.
    gradients: Vec<Vec<f32>>,
    /// A shard's sums each.
    sums: Vec<Sums>,
    /// Sums of squares, one a chunk.
    squares: Vec<f64>,
}

/// What a thread needs for one shard after the other.
struct Worker {
    workspace: Workspace,
    target: Vec<f32>,
}

/// Sums over samples, to be divided by the number of values.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Sums {
    pub(crate) loss: f64,
    pub(crate) absolute_error: f64,
    pub(crate) values: usize,
}

impl Sums {
    pub(crate) fn add(&mut self, other: Self) {
        self.loss += other.loss;
        self.absolute_error += other.absolute_error;
        self.values += other.values;
    }
}

impl Shards {
    /// Takes the memory for batches of at most `batch` samples, to be used by the threads of the
    /// current pool.
    pub(crate) fn new(net: &Sequential, batch: usize) -> Result<Self> {
        let count = (batch / LEAST_ROWS).clamp(1, MOST_SHARDS);
        let rows = batch.div_ceil(count);
        let worker = |_| {
            Ok(Mutex::new(Worker {
                workspace: Workspace::new(net.plan(), rows, Purpose::Training)?,
                target: vec![0.0; rows * net.output().len()],
            }))
        };
        let threads = rayon::current_num_threads().min(count);
        Ok(Self {
            rows,
            workers: (0..threads).map(worker).collect::<Result<_>>()?,
            gradients: vec![vec![0.0; net.parameters()]; count],
            sums: vec![Sums::default(); count],
            squares: vec![0.0; net.parameters().div_ceil(CHUNK)],
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
        net: &Sequential,
        data: &dyn Dataset,
        batch: &[usize],
        loss: Loss,
        (rng, step): (&Rng, u64),
    ) -> Sums {
        let factor = 1.0 / (batch.len() * net.output().len()) as f32;
        let count = self.gradients.len() as u64;
        let workers = &self.workers;
        batch
            .par_chunks(self.rows)
            .zip(&mut self.gradients)
            .zip(&mut self.sums)
            .enumerate()
            .for_each(|(index, ((rows, gradient), sums))| {
                let mut worker = mine(workers);
                let mut rng = rng.substream(step * count + index as u64);
                *sums = worker.forward(net, data, rows, loss, Some(&mut rng));
                let values = rows.len() * net.output().len();
                let Worker { workspace, target } = &mut *worker;
                let last = workspace.layers.len() - 1;
                let last = &mut workspace.layers[last];
                loss.gradient(
                    &last.y[..values],
                    &target[..values],
                    factor,
                    &mut last.dy[..values],
                );
                net.backward(workspace, rows.len(), gradient);
            });
        self.sums(batch.len())
    }

    /// Sums over the samples `batch`, as the network predicts: nothing is dropped.
    pub(crate) fn evaluate(
        &mut self,
        net: &Sequential,
        data: &dyn Dataset,
        batch: &[usize],
        loss: Loss,
    ) -> Sums {
        let workers = &self.workers;
        batch
            .par_chunks(self.rows)
            .zip(&mut self.sums)
            .for_each(|(rows, sums)| *sums = mine(workers).forward(net, data, rows, loss, None));
        self.sums(batch.len())
    }

    /// Adds up the shards' gradients of a batch of so many samples and gives back the sum and
    /// its norm.
    pub(crate) fn add_up(&mut self, batch: usize) -> (&[f32], f64) {
        let used = batch.div_ceil(self.rows);
        let (sum, others) = self.gradients[..used].split_at_mut(1);
        let sum = &mut sum[0];
        sum.par_chunks_mut(CHUNK)
            .zip(&mut self.squares)
            .enumerate()
            .for_each(|(index, (sum, squares))| {
                for other in &*others {
                    add(sum, &other[index * CHUNK..]);
                }
                *squares = sum_of_squares(sum);
            });
        (sum, self.squares.iter().sum::<f64>().sqrt())
    }

    fn sums(&self, batch: usize) -> Sums {
        let mut sums = Sums::default();
        for &shard in &self.sums[..batch.div_ceil(self.rows)] {
            sums.add(shard);
        }
        sums
    }
}

/// Memory that no other thread is using, by preference the one that this thread used before.
/// There is as much as shards can be worked on at a time, so this never waits; should a thread
/// have panicked, what it left is overwritten.
fn mine(workers: &[Mutex<Worker>]) -> MutexGuard<'_, Worker> {
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

impl Worker {
    fn forward(
        &mut self,
        net: &Sequential,
        data: &dyn Dataset,
        rows: &[usize],
        loss: Loss,
        rng: Option<&mut Rng>,
    ) -> Sums {
        data.gather(rows, &mut self.workspace.x, &mut self.target);
        net.forward(&mut self.workspace, rows.len(), rng);
        let output = self.workspace.output(rows.len());
        let target = &self.target[..output.len()];
        let absolute_error = Loss::Mae.sum(output, target);
        Sums {
            loss: if loss == Loss::Mae {
                absolute_error
            } else {
                loss.sum(output, target)
            },
            absolute_error,
            values: output.len(),
        }
    }
}
