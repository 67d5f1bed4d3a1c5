//! The plumbing that all recurrent cells share: products, the walk through time, and the order in
//! which gradients come about. A [`Cell`] adds nothing but the arithmetic of its gates.
//!
//! Forward, the input products of all steps are one GEMM; each step then adds its recurrent
//! product and passes once over the gates. Backward, each step passes once over the gates and
//! sends one small product to the step before; the weight gradients and `dx` are large GEMMs
//! outside the loop. A zero initial state costs no product.
//!
//! | buffer | shape | |
//! |---|---|---|
//! | `x`, `dx` | `T×B×I` | time-major |
//! | `gates` | `T×B×C·H` | `C` column blocks a cell; after backward, the gradients before the activations |
//! | `saved` | `T×S·B·H` | what else the cell keeps for backward (LSTM: `c`, then `tanh c`) |
//! | `h` | `T×B×H` | the hidden states, which are the layer's outputs |
//! | `w_ih`, `w_hh` | `G·H×I`, `G·H×H` | PyTorch's layout |

use std::ops::Range;

use crate::elementwise::{add, add_column_sums, multiply};
use crate::gemm::{self, Into, Mat, MatMut, Packed, gemm, gemm_packed};

/// Sizes of one pass over a recurrent layer.
#[derive(Clone, Copy, Debug)]
pub struct Dims {
    /// `T`, at least one.
    pub steps: usize,
    /// `B`.
    pub batch: usize,
    /// `I`.
    pub inputs: usize,
    /// `H`.
    pub units: usize,
}

/// The arithmetic of one cell: what happens between the products, for one step.
///
/// The columns of a gate buffer lie in `COLUMNS` blocks of `H`. The first `GATES` of them receive
/// the input product, in the order of the weights' gates; `RECURRENT` says where the recurrent
/// product goes.
pub trait Cell: Copy + Send + Sync {
    /// `G`: gates in the weight matrices.
    const GATES: usize;
    /// `C`: blocks of `H` columns in the gate buffer.
    const COLUMNS: usize;
    /// `S`: blocks of `B·H` that a step saves besides its gates and `h`.
    const SAVED: usize;
    /// Whether the state has a part `c` beside `h`; `c` is then the first saved block.
    const HAS_C: bool;
    /// Pairs (gates of `w_hh`, blocks of the gate buffer that their products are added to).
    const RECURRENT: &'static [(Range<usize>, Range<usize>)];

    /// From the sums in `gates` (`B×C·H`) and the state before, computes the activated gates in
    /// place, the new `h` and what is saved.
    fn forward(
        &self,
        units: usize,
        gates: &mut [f32],
        before: State<'_>,
        h: &mut [f32],
        saved: &mut [f32],
    );

    /// From the activated gates and the gradients of the new state, computes the gradients before
    /// the activations in place, and in `dh` and `dc` those of the state before, as far as they
    /// do not pass through the recurrent product.
    fn backward(
        &self,
        units: usize,
        gates: &mut [f32],
        before: State<'_>,
        h: &[f32],
        saved: &[f32],
        dh: &mut [f32],
        dc: &mut [f32],
    );
}

/// The state that a step starts from, `B×H` each. `c` is empty for cells without it.
#[derive(Clone, Copy, Debug)]
pub struct State<'a> {
    /// Hidden state.
    pub h: &'a [f32],
    /// Cell state of an LSTM.
    pub c: &'a [f32],
}

/// A state to start from other than zero, `B×H` each.
#[derive(Clone, Copy, Debug)]
pub struct Initial<'a> {
    /// Hidden state.
    pub h: &'a [f32],
    /// Cell state; ignored by cells without it.
    pub c: &'a [f32],
}

/// Gradients of the weights, overwritten by [`backward`].
#[derive(Debug)]
pub struct Gradients<'a> {
    /// `G·H×I`.
    pub w_ih: &'a mut [f32],
    /// `G·H×H`.
    pub w_hh: &'a mut [f32],
    /// `G·H`.
    pub b_ih: &'a mut [f32],
    /// `G·H`, for cells that have a second bias.
    pub b_hh: Option<&'a mut [f32]>,
}

/// What [`forward`] leaves behind for [`backward`]. Allocate once with [`Cache::lens`].
#[derive(Debug)]
pub struct Cache<'a> {
    /// `T×B×C·H`.
    pub gates: &'a mut [f32],
    /// `T×S·B·H`.
    pub saved: &'a mut [f32],
    /// `T×B×H`: `h` before each step times the mask; empty without recurrent dropout.
    pub masked: &'a mut [f32],
    /// `4×B×H` of scratch. After [`backward`] the first block holds the gradient of the initial
    /// `h`, the second that of the initial `c`.
    pub scratch: &'a mut [f32],
}

impl Cache<'_> {
    /// Lengths of `gates`, `saved`, `masked` and `scratch`.
    pub fn lens<C: Cell>(dims: Dims, recurrent_dropout: bool) -> [usize; 4] {
        let Dims {
            steps,
            batch,
            units,
            ..
        } = dims;
        let rows = steps * batch * units;
        [
            rows * C::COLUMNS,
            rows * C::SAVED,
            if recurrent_dropout { rows } else { 0 },
            4 * batch * units,
        ]
    }
}

/// Where the gradient of the layer's output comes in.
#[derive(Clone, Copy, Debug)]
pub enum OutputGradient<'a> {
    /// `T×B×H`: every step was an output.
    Sequence(&'a [f32]),
    /// `B×H`: only the last step was.
    Last(&'a [f32]),
}

/// Where each form of the weights lies in the packed buffer: the bias of every column of the gate
/// buffer, `w_ih` for the way forward and back, and for each entry of [`Cell::RECURRENT`] its part
/// of `w_hh` for the way forward and back.
struct Places {
    bias: Range<usize>,
    input: [Range<usize>; 2],
    recurrent: [[Range<usize>; 2]; 2],
    end: usize,
}

impl Places {
    fn of<C: Cell>(inputs: usize, units: usize) -> Self {
        let mut end = 0;
        let mut place = |len: usize| {
            let start = end;
            end += len;
            start..end
        };
        let width = C::GATES * units;
        let bias = place(C::COLUMNS * units);
        let input = [
            place(gemm::packed_len(inputs, width)),
            place(gemm::packed_len(width, inputs)),
        ];
        let recurrent = [0, 1].map(|entry| {
            let part = C::RECURRENT
                .get(entry)
                .map_or(0, |(gates, _)| gates.len() * units);
            [
                place(gemm::packed_len(units, part)),
                place(gemm::packed_len(part, units)),
            ]
        });
        Self {
            bias,
            input,
            recurrent,
            end,
        }
    }
}

/// Length of the packed weights.
pub fn packed_len<C: Cell>(inputs: usize, units: usize) -> usize {
    Places::of::<C>(inputs, units).end
}

/// Writes the form of the weights that [`forward`] and [`backward`] read. Call it after each
/// change of the weights.
///
/// # Panics
/// When a slice does not have the length its shape asks for.
pub fn pack<C: Cell>(
    packed: &mut [f32],
    inputs: usize,
    units: usize,
    w_ih: &[f32],
    w_hh: &[f32],
    b_ih: &[f32],
    b_hh: Option<&[f32]>,
) {
    let width = C::GATES * units;
    let places = Places::of::<C>(inputs, units);
    let [forth, back] = places.input;
    gemm::pack(&mut packed[forth], Mat::new(w_ih, width, inputs).t());
    gemm::pack(&mut packed[back], Mat::new(w_ih, width, inputs));
    let bias = &mut packed[places.bias];
    bias.fill(0.0);
    bias[..width].copy_from_slice(b_ih);
    if let Some(b_hh) = b_hh {
        for (gates, blocks) in C::RECURRENT {
            add(
                &mut bias[blocks.start * units..blocks.end * units],
                &b_hh[gates.start * units..gates.end * units],
            );
        }
    }
    for ((gates, _), [forth, back]) in C::RECURRENT.iter().zip(places.recurrent) {
        let part = Mat::new(
            &w_hh[gates.start * units * units..],
            gates.len() * units,
            units,
        );
        gemm::pack(&mut packed[forth], part.t());
        gemm::pack(&mut packed[back], part);
    }
}

/// Rows (steps times batch) of the input product that are computed at once on the way forward.
const ROWS_AHEAD: usize = 12;

/// Runs the layer over all steps: fills `cache` and the hidden states `h` (`T×B×H`).
///
/// `mask` (`B×H`), when given, multiplies the hidden state on its way into the recurrent product,
/// the same at every step (Gal & Ghahramani 2016).
///
/// # Panics
/// When a slice is shorter than its shape in `dims`.
pub fn forward<C: Cell>(
    cell: C,
    dims: Dims,
    packed: &[f32],
    initial: Option<Initial<'_>>,
    mask: Option<&[f32]>,
    x: &[f32],
    h: &mut [f32],
    cache: &mut Cache<'_>,
) {
    let Dims {
        steps,
        batch,
        inputs,
        units,
    } = dims;
    let width = C::GATES * units;
    let columns = C::COLUMNS * units;
    let (rows, row) = (steps * batch, batch * units);
    let places = Places::of::<C>(inputs, units);

    let gates = &mut cache.gates[..rows * columns];
    let bias = &packed[places.bias];

    // The third block of scratch is the zero state, for this pass and the one back.
    let zeros = &mut cache.scratch[2 * row..3 * row];
    zeros.fill(0.0);
    let zeros = &*zeros;
    // A few rows at a time: the sums are still in the cache when the recurrent product is added and
    // the gates are computed. With one row a step, several steps share a reading of the weights.
    let ahead = ROWS_AHEAD.div_ceil(batch.max(1));
    for t in 0..steps {
        if t.is_multiple_of(ahead) {
            let rows = ahead.min(steps - t) * batch;
            gemm_packed(
                MatMut::new(&mut gates[t * batch * columns..], rows, columns).columns(0..width),
                Mat::new(&x[t * batch * inputs..], rows, inputs),
                Packed::new(&packed[places.input[0].clone()], inputs, width),
                Into::Row(&bias[..width]),
            );
        }
        let gates = &mut gates[t * batch * columns..(t + 1) * batch * columns];
        let (past, now) = h.split_at_mut(t * row);
        let (saved_past, saved_now) = cache.saved.split_at_mut(t * C::SAVED * row);
        let before = state_before::<C>(t, row, past, saved_past, initial, zeros);
        if t > 0 || initial.is_some() {
            let source = match mask {
                None => before.h,
                Some(mask) => {
                    let masked = &mut cache.masked[t * row..(t + 1) * row];
                    masked.copy_from_slice(before.h);
                    multiply(masked, mask);
                    masked
                }
            };
            for ((from, to), [forth, _]) in C::RECURRENT.iter().zip(&places.recurrent) {
                // Blocks behind the gates of the input product start from their bias.
                let columns_of = to.start * units..to.end * units;
                let into = match to.start < C::GATES {
                    true => Into::Accumulate,
                    false => Into::Row(&bias[columns_of.clone()]),
                };
                gemm_packed(
                    MatMut::new(gates, batch, columns).columns(columns_of),
                    Mat::new(source, batch, units),
                    Packed::new(&packed[forth.clone()], units, from.len() * units),
                    into,
                );
            }
        } else if C::COLUMNS > C::GATES {
            for row in gates.chunks_exact_mut(columns) {
                row[width..].copy_from_slice(&bias[width..]);
            }
        }
        cell.forward(
            units,
            gates,
            before,
            &mut now[..row],
            &mut saved_now[..C::SAVED * row],
        );
    }
}

/// Rows (steps times batch) whose share of the weights' gradients is computed at once: enough for
/// efficient products, few enough for the second cache.
const ROWS_AT_ONCE: usize = 128;

/// The way back through all steps: overwrites `grads`, and `dx` where it is wanted.
///
/// `x`, `h`, `initial`, `mask` and `cache` are those of the [`forward`] pass; the gates in `cache`
/// are used up.
///
/// # Panics
/// When a slice is shorter than its shape in `dims`.
pub fn backward<C: Cell>(
    cell: C,
    dims: Dims,
    packed: &[f32],
    initial: Option<Initial<'_>>,
    mask: Option<&[f32]>,
    x: &[f32],
    h: &[f32],
    dy: OutputGradient<'_>,
    cache: &mut Cache<'_>,
    grads: &mut Gradients<'_>,
    mut dx: Option<&mut [f32]>,
) {
    let Dims {
        steps,
        batch,
        inputs,
        units,
    } = dims;
    let width = C::GATES * units;
    let columns = C::COLUMNS * units;
    let row = batch * units;
    let (dh, rest) = cache.scratch.split_at_mut(row);
    let (dc, rest) = rest.split_at_mut(row);
    let (zeros, product) = rest.split_at_mut(row);
    dh.fill(0.0);
    dc.fill(0.0);
    let places = Places::of::<C>(inputs, units);
    // The steps from here on have given their part of the weights' gradients.
    let mut end = steps;

    for t in (0..steps).rev() {
        match dy {
            OutputGradient::Sequence(dy) => add(dh, &dy[t * row..(t + 1) * row]),
            OutputGradient::Last(dy) if t + 1 == steps => add(dh, &dy[..row]),
            OutputGradient::Last(_) => {}
        }
        let gates = &mut cache.gates[t * batch * columns..(t + 1) * batch * columns];
        let (saved_past, saved_now) = cache.saved.split_at(t * C::SAVED * row);
        let before = state_before::<C>(t, row, h, saved_past, initial, zeros);
        let saved = &saved_now[..C::SAVED * row];
        cell.backward(
            units,
            gates,
            before,
            &h[t * row..(t + 1) * row],
            saved,
            dh,
            dc,
        );
        if t > 0 || initial.is_some() {
            let mut into = match mask {
                None => Into::Accumulate,
                Some(_) => Into::Overwrite,
            };
            for ((from, to), [_, back]) in C::RECURRENT.iter().zip(&places.recurrent) {
                let columns_of = to.start * units..to.end * units;
                gemm_packed(
                    MatMut::new(
                        if mask.is_none() {
                            &mut *dh
                        } else {
                            &mut *product
                        },
                        batch,
                        units,
                    ),
                    Mat::new(gates, batch, columns).columns(columns_of),
                    Packed::new(&packed[back.clone()], from.len() * units, units),
                    into,
                );
                into = Into::Accumulate;
            }
            if let Some(mask) = mask {
                multiply(&mut product[..row], mask);
                add(dh, &product[..row]);
            }
        }
        if t > 0 && (end - t) * batch < ROWS_AT_ONCE {
            continue;
        }
        // While the gradients of these steps' gates are still in the cache:
        let masked = mask.map(|_| &*cache.masked);
        weight_gradients::<C>(dims, t..end, initial, masked, x, h, cache.gates, grads);
        if let Some(dx) = dx.as_deref_mut() {
            let rows = t * batch..end * batch;
            gemm_packed(
                MatMut::new(&mut dx[rows.start * inputs..], rows.len(), inputs),
                Mat::new(&cache.gates[rows.start * columns..], rows.len(), columns)
                    .columns(0..width),
                Packed::new(&packed[places.input[1].clone()], width, inputs),
                Into::Overwrite,
            );
        }
        end = t;
    }
}

/// What the steps `range` give to the gradients of the weights: overwrites them if these are the
/// last steps, and adds to them otherwise.
fn weight_gradients<C: Cell>(
    dims: Dims,
    range: Range<usize>,
    initial: Option<Initial<'_>>,
    masked: Option<&[f32]>,
    x: &[f32],
    h: &[f32],
    dgates: &[f32],
    grads: &mut Gradients<'_>,
) {
    let Dims {
        steps,
        batch,
        inputs,
        units,
    } = dims;
    let width = C::GATES * units;
    let columns = C::COLUMNS * units;
    let last = range.end == steps;
    let onto = if last {
        Into::Overwrite
    } else {
        Into::Accumulate
    };
    let dgates_of =
        |range: &Range<usize>| &dgates[range.start * batch * columns..range.end * batch * columns];

    let add_bias = |to: &mut [f32], first: usize| {
        if last {
            to.fill(0.0);
        }
        add_column_sums(to, dgates_of(&range), columns, first);
    };
    // The biases come first: their pass, row by row, brings the gates into the second cache for the
    // products, which read them column by column.
    add_bias(&mut grads.b_ih[..width], 0);
    let rows = range.len() * batch;
    gemm(
        MatMut::new(grads.w_ih, width, inputs),
        Mat::new(dgates_of(&range), rows, columns)
            .columns(0..width)
            .t(),
        Mat::new(&x[range.start * batch * inputs..], rows, inputs),
        onto,
    );

    // A step's source is the state before it; that of the first step is the initial state, or none.
    let at = |step: usize| step * batch * units;
    let later = range.start.max(1)..range.end;
    let initial = initial.filter(|_| range.start == 0);
    for (to, from) in C::RECURRENT {
        let dw = &mut grads.w_hh[to.start * units * units..to.end * units * units];
        let mut onto = onto;
        let mut product = |range: Range<usize>, sources: &[f32]| {
            if range.is_empty() {
                return;
            }
            let rows = range.len() * batch;
            let dgates = Mat::new(dgates_of(&range), rows, columns);
            gemm(
                MatMut::new(dw, to.len() * units, units),
                dgates.columns(from.start * units..from.end * units).t(),
                Mat::new(sources, rows, units),
                onto,
            );
            onto = Into::Accumulate;
        };
        match (masked, initial) {
            (Some(masked), Some(_)) => product(range.clone(), masked),
            (Some(masked), None) => product(later.clone(), &masked[at(later.start)..]),
            (None, initial) => {
                product(later.clone(), &h[at(later.start - 1)..]);
                if let Some(initial) = initial {
                    product(0..1, initial.h);
                }
            }
        }
        if onto == Into::Overwrite {
            dw.fill(0.0);
        }
        if let Some(b_hh) = grads.b_hh.as_deref_mut() {
            add_bias(
                &mut b_hh[to.start * units..to.end * units],
                from.start * units,
            );
        }
    }
}

/// The state that step `t` starts from, out of the states of the steps before it.
fn state_before<'a, C: Cell>(
    t: usize,
    row: usize,
    h: &'a [f32],
    saved: &'a [f32],
    initial: Option<Initial<'a>>,
    zeros: &'a [f32],
) -> State<'a> {
    let (h, c) = match (t.checked_sub(1), initial) {
        (Some(last), _) => (
            &h[last * row..t * row],
            if C::HAS_C {
                &saved[last * C::SAVED * row..][..row]
            } else {
                &[][..]
            },
        ),
        (None, Some(initial)) => (&initial.h[..row], initial.c),
        (None, None) => (&zeros[..row], zeros),
    };
    State {
        h,
        c: if C::HAS_C { &c[..row] } else { &[] },
    }
}
