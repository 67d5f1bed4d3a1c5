//! Microseconds of one prediction by the network of job J1: a window of five rows, and one row of
//! a stream, for each cell; the best and the median of many.
//!
//! `cargo bench --bench inference -- [CELL]`. A stream's network ends with a `Dense` on the last
//! state, since the article's head needs the whole window.

use std::time::Instant;

use gatecast::nn::{
    Dense, Flatten, Gru, LayerSpec, Lstm, Sequential, Shape, SimpleRnn, TimeDistributed,
};

const UNITS: usize = 256;
const CALLS: usize = 2000;

fn main() {
    let wanted = std::env::args().skip(1).find(|a| a != "--bench");
    println!("cell   µs a window: best  median   µs a row: best  median");
    for cell in ["lstm", "gru", "rnn"] {
        if wanted.as_deref().is_some_and(|wanted| wanted != cell) {
            continue;
        }
        let layer = || -> LayerSpec {
            match cell {
                "lstm" => Lstm::new(UNITS).return_sequences().into(),
                "gru" => Gru::new(UNITS).return_sequences().into(),
                _ => SimpleRnn::new(UNITS).return_sequences().into(),
            }
        };
        let cells = || {
            Sequential::builder(Shape::sequence(5, 2))
                .add(layer())
                .add(layer())
        };
        let head = cells()
            .add(TimeDistributed::new(Dense::new(1)))
            .add(Flatten::new())
            .add(Dense::new(5))
            .add(Dense::new(1));
        let net = head.build(0).expect("shapes fit");
        let mut predictor = net.predictor().expect("memory for a window");
        let window = times(|call| predictor.predict(&[call; 10]).expect("ten numbers")[0]);

        let head = cells().add(TimeDistributed::new(Dense::new(1)));
        let net = head.build(0).expect("shapes fit");
        let mut stream = net.stream().expect("every layer works step by step");
        let row = times(|call| stream.step(&[call; 2]).expect("two numbers")[0]);
        println!(
            "{cell:5}  {:17.1}  {:6.1}   {:14.1}  {:6.1}",
            window.0, window.1, row.0, row.1
        );
    }
}

/// Best and median microseconds of a call.
fn times(mut call: impl FnMut(f32) -> f32) -> (f64, f64) {
    let mut times: Vec<f64> = (0..CALLS)
        .map(|index| {
            let start = Instant::now();
            std::hint::black_box(call(index as f32 / CALLS as f32));
            1e6 * start.elapsed().as_secs_f64()
        })
        .collect();
    times.sort_by(f64::total_cmp);
    (times[0], times[CALLS / 2])
}
