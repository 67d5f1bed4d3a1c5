//! Whole training jobs: milliseconds an epoch, and how many GFLOP/s of products that is.
//!
//! `cargo bench --bench jobs -- [JOB] [CELL] [THREADS] [EPOCHS]`, e.g. `-- J1 lstm 2`. The head is
//! the article's, the optimizer Adam, the data noise; what is learnt does not matter here. With
//! EPOCHS, the time of each but the first follows behind a bar.

use std::ops::ControlFlow;
use std::time::Instant;

use gatecast::nn::{
    Arrays, Dense, Event, Flatten, Gru, LayerSpec, Lstm, Sequential, Shape, SimpleRnn,
    TimeDistributed, TrainSpec, fit_with,
};

/// A job: `H` units in both layers, `T` steps, batch `B`, `N` windows of two features.
struct Job {
    name: &'static str,
    units: usize,
    steps: usize,
    batch: usize,
    windows: usize,
}

const JOBS: [Job; 3] = [
    Job {
        name: "J1",
        units: 256,
        steps: 5,
        batch: 32,
        windows: 309,
    },
    Job {
        name: "J2",
        units: 128,
        steps: 60,
        batch: 64,
        windows: 2393,
    },
    Job {
        name: "J3",
        units: 64,
        steps: 20,
        batch: 800,
        windows: 4980,
    },
];

const FEATURES: usize = 2;

impl Job {
    /// Multiplications and additions of an epoch's products: forward, dX and dW once each,
    /// without the recurrent product of the first step and without dX of the first layer.
    fn flop(&self, gates: usize) -> f64 {
        let (h, t) = (self.units as f64, self.steps as f64);
        let width = gates as f64 * h;
        let input = |inputs: f64, passes: f64| passes * t * inputs * width;
        let recurrent = 3.0 * (t - 1.0) * h * width;
        2.0 * self.windows as f64 * (input(FEATURES as f64, 2.0) + input(h, 3.0) + 2.0 * recurrent)
    }

    fn network(&self, cell: &str) -> Sequential {
        let layer = || -> LayerSpec {
            match cell {
                "lstm" => Lstm::new(self.units).return_sequences().into(),
                "gru" => Gru::new(self.units).return_sequences().into(),
                _ => SimpleRnn::new(self.units).return_sequences().into(),
            }
        };
        Sequential::builder(Shape::sequence(self.steps, FEATURES))
            .add(layer())
            .add(layer())
            .add(TimeDistributed::new(Dense::new(1)))
            .add(Flatten::new())
            .add(Dense::new(5))
            .add(Dense::new(1))
            .build(0)
            .expect("shapes fit")
    }
}

fn main() {
    let arguments: Vec<String> = std::env::args()
        .skip(1)
        .filter(|a| a != "--bench")
        .collect();
    let wanted = |at: usize, name: &str| {
        arguments
            .get(at)
            .is_none_or(|a| a.eq_ignore_ascii_case(name))
    };
    let threads = arguments.get(2).and_then(|a| a.parse().ok());
    println!("job  cell   ms an epoch: best  median   GFLOP/s");
    for job in JOBS.iter().filter(|job| wanted(0, job.name)) {
        for (cell, gates) in [("lstm", 4), ("gru", 3), ("rnn", 1)] {
            if !wanted(1, cell) {
                continue;
            }
            let mut net = job.network(cell);
            let noise = |count: usize| {
                (0..count)
                    .map(|i| ((i * 7919) % 1009) as f32 / 1009.0 - 0.5)
                    .collect()
            };
            let x = noise(job.windows * job.steps * FEATURES);
            let data =
                Arrays::new(net.input(), x, net.output(), noise(job.windows)).expect("lengths fit");
            let flop = job.flop(gates);
            let epochs = arguments.get(3).and_then(|a| a.parse().ok());
            let list = epochs.is_some();
            let epochs = epochs
                .unwrap_or((6e11 / flop).clamp(4.0, 60.0) as usize)
                .max(2);
            let spec = TrainSpec {
                epochs,
                batch: job.batch,
                threads,
                ..TrainSpec::default()
            };
            let (mut last, mut times) = (Instant::now(), Vec::new());
            fit_with(&mut net, &data, None, &spec, &mut |event| {
                if let Event::Epoch(epoch) = event {
                    // The first epoch warms up.
                    if epoch.epoch > 1 {
                        times.push(last.elapsed().as_secs_f64());
                    }
                    last = Instant::now();
                }
                ControlFlow::Continue(())
            })
            .expect("noise can be learnt");
            let mut each = String::new();
            if list {
                each = times
                    .iter()
                    .map(|time| format!(" {:.3}", time * 1e3))
                    .collect();
                each.insert_str(0, "  |");
            }
            times.sort_by(f64::total_cmp);
            let (best, median) = (times[0], times[times.len() / 2]);
            println!(
                "{:3}  {cell:5}  {:17.1}  {:6.1}  {:8.0}{each}",
                job.name,
                best * 1e3,
                median * 1e3,
                flop / median / 1e9
            );
        }
    }
}
