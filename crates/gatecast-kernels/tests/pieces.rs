//! A long batch, whose way back goes in several pieces, against its samples one by one, which go
//! in one piece each: the same gradients, with and without an initial state and a mask.

use gatecast_kernels::Activation::{Sigmoid, Tanh};
use gatecast_kernels::gru::GruCell;
use gatecast_kernels::lstm::LstmCell;
use gatecast_kernels::recurrent::{
    Cache, Cell, Dims, Gradients, Initial, OutputGradient, backward, forward, pack, packed_len,
};
use gatecast_kernels::rnn::RnnCell;
use gatecast_kernels::testing::{assert_close, numbers};

const STEPS: usize = 45;
const BATCH: usize = 9;
const INPUTS: usize = 3;
const UNITS: usize = 5;

/// Gradients of `w_ih`, `w_hh`, `b_ih`, `b_hh`, and `dx`.
type Gradient = [Vec<f32>; 5];

/// Both passes over the samples `range`, all sums of their outputs weighted at random.
fn gradients<C: Cell>(cell: C, range: std::ops::Range<usize>, state: bool, mask: bool) -> Gradient {
    let (batch, width) = (range.len(), C::GATES * UNITS);
    let dims = Dims {
        steps: STEPS,
        batch,
        inputs: INPUTS,
        units: UNITS,
    };
    // Of numbers for the whole batch, those of the samples in `range`.
    let of = |features: usize, seed: u64, steps: usize| -> Vec<f32> {
        let all = numbers(steps * BATCH * features, seed);
        all.chunks(BATCH * features)
            .flat_map(|step| &step[range.start * features..range.end * features])
            .copied()
            .collect()
    };
    let (w_ih, w_hh) = (numbers(width * INPUTS, 1), numbers(width * UNITS, 2));
    let (b_ih, b_hh) = (numbers(width, 3), numbers(width, 4));
    let mut packed = vec![0.0; packed_len::<C>(INPUTS, UNITS)];
    pack::<C>(&mut packed, INPUTS, UNITS, &w_ih, &w_hh, &b_ih, Some(&b_hh));

    let (h0, c0) = (of(UNITS, 5, 1), of(UNITS, 6, 1));
    let initial = state.then_some(Initial { h: &h0, c: &c0 });
    let kept: Vec<f32> = of(UNITS, 7, 1).iter().map(|x| x.signum() + 1.0).collect();
    let kept = mask.then_some(&kept[..]);
    let (x, dy) = (of(INPUTS, 8, STEPS), of(UNITS, 9, STEPS));

    let [mut gates, mut saved, mut masked, mut scratch] =
        Cache::lens::<C>(dims, mask).map(|len| vec![f32::NAN; len]);
    let mut cache = Cache {
        gates: &mut gates,
        saved: &mut saved,
        masked: &mut masked,
        scratch: &mut scratch,
    };
    let mut h = vec![f32::NAN; STEPS * batch * UNITS];
    forward(cell, dims, &packed, initial, kept, &x, &mut h, &mut cache);
    let mut got =
        [width * INPUTS, width * UNITS, width, width, x.len()].map(|len| vec![f32::NAN; len]);
    let [w_ih, w_hh, b_ih, b_hh, dx] = &mut got;
    let mut grads = Gradients {
        w_ih,
        w_hh,
        b_ih,
        b_hh: Some(b_hh),
    };
    let dy = OutputGradient::Sequence(&dy);
    backward(
        cell,
        dims,
        &packed,
        initial,
        kept,
        &x,
        &h,
        dy,
        &mut cache,
        &mut grads,
        Some(dx),
    );
    got
}

fn check<C: Cell>(name: &str, cell: C) {
    for (state, mask) in [(false, false), (false, true), (true, false), (true, true)] {
        let whole = gradients(cell, 0..BATCH, state, mask);
        let mut sums: Option<Gradient> = None;
        for sample in 0..BATCH {
            let one = gradients(cell, sample..sample + 1, state, mask);
            let dx = whole[4]
                .chunks(BATCH * INPUTS)
                .flat_map(|step| &step[sample * INPUTS..(sample + 1) * INPUTS]);
            let dx: Vec<f32> = dx.copied().collect();
            let what = format!("{name}, state {state}, mask {mask}");
            assert_close(
                &dx,
                &one[4],
                1e-4,
                &format!("{what}: dx of sample {sample}"),
            );
            sums = Some(match sums {
                None => one,
                Some(mut sums) => {
                    for (sum, one) in sums.iter_mut().zip(&one) {
                        sum.iter_mut().zip(one).for_each(|(sum, one)| *sum += one);
                    }
                    sums
                }
            });
        }
        let sums = sums.unwrap();
        for (index, tensor) in ["w_ih", "w_hh", "b_ih", "b_hh"].iter().enumerate() {
            let what = format!("{name}, state {state}, mask {mask}: {tensor}");
            assert_close(&whole[index], &sums[index], 1e-4, &what);
        }
    }
}

#[test]
fn pieces_add_up() {
    check(
        "lstm",
        LstmCell {
            activation: Tanh,
            recurrent_activation: Sigmoid,
        },
    );
    check(
        "gru",
        GruCell {
            activation: Tanh,
            recurrent_activation: Sigmoid,
        },
    );
    check("rnn", RnnCell { activation: Tanh });
}
