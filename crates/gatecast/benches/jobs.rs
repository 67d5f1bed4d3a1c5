//! Whole training jobs: milliseconds an epoch, and how many GFLOP/s of products that is.
//!
//! `cargo bench --bench jobs -- [JOB] [CELL] [THREADS] [EPOCHS]`, e.g. `-- J1 lstm 2`. J1 to J3 have the
//! article's head, T1 reads sentences both ways, T2 is an encoder–decoder with attention; the optimizer is
//! Adam, the data noise: what is learnt does not matter here. With EPOCHS, the time of each but the first
//! follows behind a bar.

use std::ops::ControlFlow;
use std::time::Instant;

use gatecast::Result;
use gatecast::nn::{
    Arrays, Bidirectional, CellName, Dataset, Dense, Embedding, Event, Flatten, Gru, LayerSpec,
    Loss, Lstm, OnEvent, Pairs, Pool, Seq2Seq, Seq2SeqSpec, Sequences, Sequential, Shape,
    SimpleRnn, TimeDistributed, TrainSpec, fit_with,
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
const CELLS: [(&str, usize); 3] = [("lstm", 4), ("gru", 3), ("rnn", 1)];

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

/// Sentences for T1: chance words, of 5 to 40 a sentence.
struct Sentences;

impl Sentences {
    const WORDS: usize = 15_000;
    const LONGEST: usize = 40;
    const COUNT: usize = 3000;
    const UNITS: usize = 100;

    fn steps_of(row: usize) -> usize {
        5 + row * 7919 % 36
    }

    /// As [`Job::flop`]; the network's first layer has a gradient of its input here.
    fn flop(gates: usize) -> f64 {
        let words: usize = (0..Self::COUNT).map(Self::steps_of).sum();
        let width = (gates * Self::UNITS) as f64;
        2.0 * 3.0 * 2.0 * words as f64 * width * (2 * Self::UNITS) as f64
    }

    fn network(cell: &str) -> Sequential {
        let units = Self::UNITS;
        let layer: LayerSpec = match cell {
            "lstm" => Lstm::new(units).return_sequences().into(),
            "gru" => Gru::new(units).return_sequences().into(),
            _ => SimpleRnn::new(units).return_sequences().into(),
        };
        Sequential::builder(Shape::sequence(Self::LONGEST, 1))
            .add(Embedding::new(Self::WORDS, units))
            .add(Bidirectional::new(layer))
            .add(Pool::max())
            .add(Dense::new(2))
            .build(0)
            .expect("shapes fit")
    }
}

impl Dataset for Sentences {
    fn len(&self) -> usize {
        Self::COUNT
    }

    fn input(&self) -> Shape {
        Shape::sequence(Self::LONGEST, 1)
    }

    fn target(&self) -> Shape {
        Shape::vector(2)
    }

    fn steps(&self, row: usize) -> Option<usize> {
        Some(Self::steps_of(row))
    }

    fn gather(&self, rows: &[usize], x: &mut [f32], y: &mut [f32]) {
        x.fill(0.0);
        for (b, &row) in rows.iter().enumerate() {
            let right = row % 2;
            (y[2 * b + right], y[2 * b + 1 - right]) = (1.0, 0.0);
            for t in 0..Self::steps_of(row) {
                x[t * rows.len() + b] = (1 + (row * 31 + t * 7919) % (Self::WORDS - 1)) as f32;
            }
        }
    }
}

/// Pairs of sentences for T2: chance words, with lengths like those of Multi30k, which the German and the
/// English captions of pictures have.
struct Translations {
    pairs: Pairs,
    /// Words of the sources, and of the targets with their ends.
    words: [usize; 2],
}

impl Translations {
    const SOURCE_WORDS: usize = 7800;
    const TARGET_WORDS: usize = 5900;
    const LONGEST: usize = 35;
    const COUNT: usize = 3000;
    const UNITS: usize = 256;

    /// Words of a source and of its target: 12.4 and 13 in the mean, the source nearly log-normal and the
    /// target 0.8 to 1.3 times as long.
    fn lengths(row: usize) -> [usize; 2] {
        // Multiples of powers of one number, which fill a cube of four dimensions evenly.
        const STEP: f64 = 1.0 / 1.167_303_978_261_418_7;
        let [a, b, c, d] = [1, 2, 3, 4].map(|power| (0.5 + row as f64 * STEP.powi(power)).fract());
        let source = (2.463 + 0.33 * (2.0 * (a + b + c) - 3.0)).exp();
        let target = source * (0.8 + 0.5 * d);
        [source, target].map(|length| (length.round() as usize).clamp(4, Self::LONGEST))
    }

    fn new() -> Self {
        let (mut source, mut target) = (Sequences::new(), Sequences::new());
        let mut words = [0; 2];
        for row in 0..Self::COUNT {
            let lengths = Self::lengths(row);
            let sentence = |length: usize, words: usize| -> Vec<u32> {
                (0..length)
                    .map(|t| (1 + (row * 31 + t * 7919) % (words - 1)) as u32)
                    .collect()
            };
            source.push(&sentence(lengths[0], Self::SOURCE_WORDS));
            target.push(&sentence(lengths[1], Self::TARGET_WORDS));
            words[0] += lengths[0];
            words[1] += lengths[1] + 1;
        }
        Self {
            pairs: Pairs::new(source, target).expect("as many of one as of the other"),
            words,
        }
    }

    /// As [`Job::flop`], without the little that attention and bridge take.
    fn flop(&self, gates: usize) -> f64 {
        let units = Self::UNITS as f64;
        let [source, target] = self.words.map(|words| words as f64);
        let gates = gates as f64 * units * 2.0 * units;
        // Query, join and output.
        let told = units * (2.0 * units + 3.0 * units + Self::TARGET_WORDS as f64);
        2.0 * 3.0 * (source * 2.0 * gates + target * (gates + told))
    }

    fn network(cell: CellName) -> Seq2Seq {
        let spec = Seq2SeqSpec {
            source_words: Self::SOURCE_WORDS,
            target_words: Self::TARGET_WORDS,
            cell,
            embedding: Self::UNITS,
            units: Self::UNITS,
            layers: 1,
            dropout: 0.2,
            word_dropout: 0.0,
            smoothing: 0.1,
        };
        Seq2Seq::new(&spec, 0).expect("shapes fit")
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
    let epochs = arguments.get(3).and_then(|a| a.parse().ok());
    println!("job  cell   ms an epoch: best  median   GFLOP/s");
    for (cell, gates) in CELLS.into_iter().filter(|(cell, _)| wanted(1, cell)) {
        for job in JOBS.iter().filter(|job| wanted(0, job.name)) {
            let net = job.network(cell);
            let noise = |count: usize| {
                (0..count)
                    .map(|i| ((i * 7919) % 1009) as f32 / 1009.0 - 0.5)
                    .collect()
            };
            let x = noise(job.windows * job.steps * FEATURES);
            let data =
                Arrays::new(net.input(), x, net.output(), noise(job.windows)).expect("lengths fit");
            let spec = TrainSpec {
                batch: job.batch,
                threads,
                ..TrainSpec::default()
            };
            let train = of_samples(net, &data);
            measure((job.name, cell), spec, job.flop(gates), epochs, train);
        }
        if wanted(0, "T1") {
            let spec = TrainSpec {
                batch: 32,
                loss: Loss::CrossEntropy,
                threads,
                ..TrainSpec::default()
            };
            let train = of_samples(Sentences::network(cell), &Sentences);
            measure(("T1", cell), spec, Sentences::flop(gates), epochs, train);
        }
        if wanted(0, "T2") {
            let spec = TrainSpec {
                batch: 64,
                learning_rate: 0.002,
                clip_norm: Some(1.0),
                threads,
                ..TrainSpec::default()
            };
            let translations = Translations::new();
            let name = CellName::ALL.into_iter().find(|name| name.name() == cell);
            let mut net = Translations::network(name.unwrap_or_default());
            let flop = translations.flop(gates);
            measure(("T2", cell), spec, flop, epochs, |spec, on_event| {
                net.fit(&translations.pairs, None, spec, on_event)
                    .map(|_| ())
            });
        }
    }
}

/// Trains a network on samples.
fn of_samples(
    mut net: Sequential,
    data: &dyn Dataset,
) -> impl FnOnce(&TrainSpec, &mut OnEvent<'_>) -> Result<()> {
    move |spec, on_event| fit_with(&mut net, data, None, spec, on_event).map(|_| ())
}

/// Trains and prints how long an epoch took; with `epochs`, each of them.
fn measure(
    (job, cell): (&str, &str),
    mut spec: TrainSpec,
    flop: f64,
    epochs: Option<usize>,
    train: impl FnOnce(&TrainSpec, &mut OnEvent<'_>) -> Result<()>,
) {
    spec.epochs = epochs
        .unwrap_or((6e11 / flop).clamp(4.0, 60.0) as usize)
        .max(2);
    let (mut last, mut times) = (Instant::now(), Vec::new());
    train(&spec, &mut |event| {
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
    if epochs.is_some() {
        each = times
            .iter()
            .map(|time| format!(" {:.3}", time * 1e3))
            .collect();
        each.insert_str(0, "  |");
    }
    times.sort_by(f64::total_cmp);
    let (best, median) = (times[0], times[times.len() / 2]);
    println!(
        "{job:3}  {cell:5}  {:17.1}  {:6.1}  {:8.0}{each}",
        best * 1e3,
        median * 1e3,
        flop / median / 1e9
    );
}
