//! Eight independent fits of job J1's network, one a core: seconds on one thread and on all, in
//! turn, and the ratio of the medians. `cargo bench --bench fits`

use std::time::Instant;

use gatecast::nn::{
    Arrays, Dense, Flatten, Lstm, Sequential, Shape, TimeDistributed, TrainSpec, fit,
};
use gatecast::parallel_map;

const FITS: usize = 8;
const ROUNDS: usize = 5;

fn main() {
    let noise = |count: usize| -> Vec<f32> {
        let number = |i| ((i * 7919) % 1009) as f32 / 1009.0 - 0.5;
        (0..count).map(number).collect()
    };
    let input = Shape::sequence(5, 2);
    let data = Arrays::new(input, noise(309 * 10), Shape::vector(1), noise(309));
    let data = data.expect("lengths fit");
    let seconds = |threads: Option<usize>| {
        let start = Instant::now();
        let losses = parallel_map(threads, FITS, |seed| {
            let mut net = Sequential::builder(input)
                .add(Lstm::new(256).return_sequences())
                .add(Lstm::new(256).return_sequences())
                .add(TimeDistributed::new(Dense::new(1)))
                .add(Flatten::new())
                .add(Dense::new(5))
                .add(Dense::new(1))
                .build(seed as u64)
                .expect("shapes fit");
            let spec = TrainSpec {
                epochs: 4,
                seed: seed as u64,
                threads: Some(1),
                ..TrainSpec::default()
            };
            let history = fit(&mut net, &data, None, &spec).expect("noise is learnt");
            history.epochs[3].loss
        });
        (start.elapsed().as_secs_f64(), losses)
    };
    let (mut one, mut all) = (Vec::new(), Vec::new());
    for _ in 0..ROUNDS {
        let (time, losses) = seconds(Some(1));
        one.push(time);
        let (time, same) = seconds(None);
        all.push(time);
        assert_eq!(losses, same, "the number of threads changed a result");
    }
    let median = |times: &mut Vec<f64>| {
        times.sort_by(f64::total_cmp);
        times[ROUNDS / 2]
    };
    let (one, all) = (median(&mut one), median(&mut all));
    println!(
        "{FITS} fits: {one:.2} s on 1 thread, {all:.2} s on all, ratio {:.2}",
        all / one
    );
}
