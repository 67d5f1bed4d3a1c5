//! The encoder–decoder: its gradients against central differences, its loop, and what it learns.

use gatecast_kernels::testing::numbers;

use crate::nn::batches::Batches;
use crate::nn::network::{Back, Gradient, Network};
use crate::nn::{CellName, Loss, Pairs, Seq2Seq, Seq2SeqSpec, Sequences, TrainSpec};
use crate::rng::Rng;

fn spec(cell: CellName) -> Seq2SeqSpec {
    Seq2SeqSpec {
        source_words: 9,
        target_words: 11,
        cell,
        embedding: 5,
        units: 4,
        layers: 2,
        dropout: 0.3,
        word_dropout: 0.2,
        smoothing: 0.1,
    }
}

/// Pairs of different lengths, an empty target among them.
fn pairs() -> Pairs {
    let source: [&[u32]; 4] = [&[1, 2, 8], &[3], &[4, 5, 6, 7, 2], &[2, 2]];
    let target: [&[u32]; 4] = [&[1, 10], &[], &[3, 4, 5, 6], &[7, 3, 9]];
    Pairs::new(source.into_iter().collect(), target.into_iter().collect()).unwrap()
}

#[test]
fn gradients_agree_with_central_differences() {
    const STEP: f32 = 5e-3;
    // Relative to the largest gradient of the tensor, or to what thirteen losses in f32 can show.
    const TOLERANCE: f32 = 2e-3;
    const SMALL: f32 = 5e-2;
    for cell in CellName::ALL {
        let mut net = Seq2Seq::new(&spec(cell), 3).unwrap();
        let noise = numbers(net.parameters(), 5);
        net.update(|weights| {
            let pairs = weights.iter_mut().zip(&noise);
            pairs.for_each(|(weight, noise)| *weight += 0.3 * noise);
        });
        let (pairs, rows) = (pairs(), [2, 0, 3, 1]);
        let mut worker = net.worker(4, &pairs, None).unwrap();
        let mut gradient = Gradient::new(&net);
        let mut loss = |net: &Seq2Seq| {
            let mut rng = Rng::named(0, "mask");
            gradient.clear(net.sparse());
            let back = Back {
                factor: 1.0,
                gradient: &mut gradient,
            };
            let sums = net.pass(
                &mut worker,
                &pairs,
                &rows,
                Loss::CrossEntropy,
                Some(&mut rng),
                Some(back),
            );
            assert_eq!(sums.terms, 13);
            (sums.loss, gradient.values.clone())
        };
        let (_, got) = loss(&net);
        let places: Vec<usize> = (0..got.len()).collect();
        let want: Vec<f32> = places
            .iter()
            .map(|&at| {
                let mut ends = [0.0; 2];
                for (end, by) in ends.iter_mut().zip([STEP, -STEP]) {
                    let before = net.weights()[at];
                    net.update(|weights| weights[at] = before + by);
                    *end = loss(&net).0;
                    net.update(|weights| weights[at] = before);
                }
                ((ends[0] - ends[1]) / f64::from(2.0 * STEP)) as f32
            })
            .collect();
        for part in net.parts() {
            for placed in &part.stack.plan.tensors {
                let range =
                    part.range.start + placed.range.start..part.range.start + placed.range.end;
                let (got, want) = (&got[range.clone()], &want[range]);
                assert!(want.iter().any(|want| want.abs() > 1e-3), "{}", placed.name);
                let scale = want.iter().fold(SMALL, |most, v| most.max(v.abs()));
                for (at, (got, want)) in got.iter().zip(want).enumerate() {
                    assert!(
                        (got - want).abs() <= TOLERANCE * scale,
                        "{cell:?} {}.{}[{at}]: {got} against {want}",
                        part.name,
                        placed.name
                    );
                }
            }
        }
        let bias = got.len() - 11..;
        for (got, want) in got[bias.clone()].iter().zip(&want[bias]) {
            assert!(
                (got - want).abs() < 2e-3,
                "{cell:?} bias: {got} against {want}"
            );
        }
    }
}

#[test]
fn little_of_a_batch_of_pairs_is_padding() {
    let mut rng = Rng::named(0, "lengths");
    let mut below = |most: u64| (rng.bits() % most) as usize;
    let (mut source, mut target) = (Sequences::new(), Sequences::new());
    for _ in 0..5000 {
        let length = 4 + below(12) + below(12);
        source.push(&vec![1; length]);
        target.push(&vec![1; length + below(7)]);
    }
    let pairs = Pairs::new(source, target).unwrap();
    let mut batches = Batches::new::<Seq2Seq>(&pairs, 64);
    for epoch in 0..3 {
        batches.shuffle(&mut Rng::named(epoch, "order"));
        for of in [&pairs.source, &pairs.target] {
            let (mut own, mut all) = (0, 0);
            // As shards are cut.
            for rows in batches.iter().flat_map(|batch| batch.chunks(16)) {
                let lengths = rows.iter().map(|&row| of.get(row).len());
                own += lengths.clone().sum::<usize>();
                all += lengths.max().unwrap_or(0) * rows.len();
            }
            let padding = 1.0 - own as f64 / all as f64;
            assert!(padding < 0.1, "{padding}");
        }
    }
}

/// Sequences of digits and the same backwards.
fn backwards(count: usize, seed: u64) -> Pairs {
    let mut rng = Rng::named(seed, "digits");
    let mut below = |most: u64| (rng.bits() % most) as u32;
    let (mut source, mut target) = (Sequences::new(), Sequences::new());
    for _ in 0..count {
        let length = 1 + below(6);
        let digits: Vec<u32> = (0..length).map(|_| 1 + below(8)).collect();
        source.push(&digits);
        target.push(&digits.iter().rev().copied().collect::<Vec<_>>());
    }
    Pairs::new(source, target).unwrap()
}

#[test]
fn sequences_are_learned_backwards_the_same_at_any_number_of_threads() {
    let spec = Seq2SeqSpec {
        source_words: 9,
        target_words: 9,
        embedding: 16,
        units: 24,
        layers: 1,
        dropout: 0.0,
        word_dropout: 0.0,
        smoothing: 0.05,
        ..spec(CellName::Gru)
    };
    let (train, validation) = (backwards(600, 0), backwards(50, 1));
    let nets = [1, 2].map(|threads| {
        let mut net = Seq2Seq::new(&spec, 1).unwrap();
        let train_spec = TrainSpec {
            epochs: 25,
            learning_rate: 0.01,
            clip_norm: Some(1.0),
            threads: Some(threads),
            ..TrainSpec::default()
        };
        let go_on = &mut |_: &crate::nn::Event| std::ops::ControlFlow::Continue(());
        let history = net
            .fit(&train, Some(&validation), &train_spec, go_on)
            .unwrap();
        let last = history.epochs.last().unwrap();
        assert!(last.val_loss.unwrap() < 0.1, "{last:?}");
        net
    });
    assert_eq!(nets[0].weights(), nets[1].weights());
}
