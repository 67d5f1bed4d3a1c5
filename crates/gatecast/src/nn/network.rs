//! What the training loop asks of a network, so that one loop trains all of them. What this file is
//! not: it knows no layers and no loop.

use std::ops::Range;

use super::Loss;
use crate::error::Result;
use crate::rng::Rng;

/// A network: flat weights, and passes over samples that leave a gradient laid out as they are.
pub(crate) trait Network: Sync {
    /// Where samples come from.
    type Data<'d>: Sync + ?Sized;
    /// The memory of a thread for passes over some samples at once.
    type Worker: Send;

    /// All weights.
    fn weights(&self) -> &[f32];

    /// Changes the weights, then brings them into the form that passes need.
    fn update(&mut self, change: impl FnOnce(&mut [f32]));

    /// The parts of the weights that a pass uses few rows of, in their order.
    fn sparse(&self) -> &[Sparse];

    /// Number of samples.
    fn samples(data: &Self::Data<'_>) -> usize;

    /// How long each sample is, where they differ: those of about one length are passed together.
    fn length(data: &Self::Data<'_>, row: usize) -> Option<usize>;

    /// How many terms the loss of these samples is the mean of.
    fn terms(&self, data: &Self::Data<'_>, rows: &[usize], loss: Loss) -> usize;

    /// The memory for passes over at most so many samples of `data`, or of the `others`.
    ///
    /// # Errors
    /// [`Memory`](crate::ErrorKind::Memory).
    fn worker(
        &self,
        rows: usize,
        data: &Self::Data<'_>,
        others: Option<&Self::Data<'_>>,
    ) -> Result<Self::Worker>;

    /// A pass over the samples `rows`: their loss, and with `back` the gradient of it.
    fn pass(
        &self,
        worker: &mut Self::Worker,
        data: &Self::Data<'_>,
        rows: &[usize],
        loss: Loss,
        rng: Option<&mut Rng>,
        back: Option<Back<'_>>,
    ) -> Sums;
}

/// A part of the weights with rows of so many numbers, a row for each word: its gradient is zero
/// but for the rows of the words that occur.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Sparse {
    pub(crate) part: Range<usize>,
    pub(crate) width: usize,
}

/// The way back.
pub(crate) struct Back<'a> {
    /// What the loss of each term is multiplied by.
    pub(crate) factor: f32,
    pub(crate) gradient: &'a mut Gradient,
}

/// A gradient, as long as the weights.
pub(crate) struct Gradient {
    /// Overwritten by a pass, but for the sparse parts: those are zero before it, and it adds to them.
    pub(crate) values: Vec<f32>,
    /// The rows that the pass has added to, for each sparse part; each once, in ascending order.
    pub(crate) touched: Vec<Vec<u32>>,
}

impl Gradient {
    pub(crate) fn new<N: Network>(net: &N) -> Self {
        Self {
            values: vec![0.0; net.weights().len()],
            touched: vec![Vec::new(); net.sparse().len()],
        }
    }

    /// Makes the sparse parts zero again.
    pub(crate) fn clear(&mut self, sparse: &[Sparse]) {
        for (sparse, touched) in sparse.iter().zip(&mut self.touched) {
            let part = &mut self.values[sparse.part.clone()];
            for &row in &*touched {
                part[row as usize * sparse.width..][..sparse.width].fill(0.0);
            }
            touched.clear();
        }
    }

    /// Adds the sparse parts of another and makes those zero.
    pub(crate) fn take_sparse(&mut self, other: &mut Self, sparse: &[Sparse]) {
        for (index, sparse) in sparse.iter().enumerate() {
            let to = &mut self.values[sparse.part.clone()];
            let from = &other.values[sparse.part.clone()];
            for &row in &other.touched[index] {
                let at = row as usize * sparse.width;
                let row = at..at + sparse.width;
                gatecast_kernels::elementwise::add(&mut to[row.clone()], &from[row]);
            }
            self.touched[index].extend_from_slice(&other.touched[index]);
            unique(&mut self.touched[index]);
        }
        other.clear(sparse);
    }
}

/// Puts numbers of rows in order, each once.
pub(crate) fn unique(rows: &mut Vec<u32>) {
    rows.sort_unstable();
    rows.dedup();
}

/// Sums over samples, to be divided by the number of terms.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Sums {
    pub(crate) loss: f64,
    pub(crate) absolute_error: f64,
    /// Terms of the loss.
    pub(crate) terms: usize,
    /// Numbers that the absolute error is a sum over.
    pub(crate) values: usize,
}

impl Sums {
    pub(crate) fn add(&mut self, other: Self) {
        self.loss += other.loss;
        self.absolute_error += other.absolute_error;
        self.terms += other.terms;
        self.values += other.values;
    }
}
