//! One window or one row at a time, with memory that is taken once: for services that forecast as
//! data come in.
//!
//! [`Predictor`] gives what [`Sequential::predict`] gives, for one window a call. [`Stream`] is
//! given a row a day and carries the layers' states on, so that a day costs one step and not a
//! whole window. Neither allocates after it was made.

use super::stack::Plan;
use super::workspace::{Purpose, Workspace};
use super::{Fault, Sequential, Shape};
use crate::error::{Result, fail};

/// A network with the memory for one sample; see [`Sequential::predictor`].
#[derive(Debug)]
pub struct Predictor<'a> {
    net: &'a Sequential,
    workspace: Workspace,
}

/// A network that is given a sequence row by row; see [`Sequential::stream`].
#[derive(Debug)]
pub struct Stream<'a> {
    net: &'a Sequential,
    /// The network for sequences of one step.
    plan: Plan,
    workspace: Workspace,
    /// A layer's state each.
    states: Vec<Vec<f32>>,
}

impl Sequential {
    /// Takes the memory to predict one sample after the other.
    ///
    /// # Errors
    /// [`Memory`](crate::ErrorKind::Memory) when there is not enough.
    pub fn predictor(&self) -> Result<Predictor<'_>> {
        Ok(Predictor {
            net: self,
            workspace: Workspace::new(self.plan(), 1, Purpose::Prediction)?,
        })
    }

    /// Starts a sequence that is given row by row, from a state of zero.
    ///
    /// The network's layers must work step by step: recurrent ones, `TimeDistributed`, `Dense` and
    /// `Dropout` do.
    ///
    /// ```
    /// use gatecast::nn::{Dense, Gru, Sequential, Shape};
    ///
    /// let net = Sequential::builder(Shape::sequence(20, 2))
    ///     .add(Gru::new(8))
    ///     .add(Dense::new(1))
    ///     .build(0)?;
    /// let mut stream = net.stream()?;
    /// for row in [[0.1, 0.2], [0.3, 0.1], [0.2, 0.2]] {
    ///     let tomorrow = stream.step(&row)?;
    ///     println!("{tomorrow:?}");
    /// }
    /// # Ok::<(), gatecast::Error>(())
    /// ```
    ///
    /// # Errors
    /// [`Shape`](crate::ErrorKind::Shape) naming the first layer that needs a whole window;
    /// [`Memory`](crate::ErrorKind::Memory).
    pub fn stream(&self) -> Result<Stream<'_>> {
        let plan = Plan::new(
            Shape::sequence(1, self.input().features()),
            self.specs().to_vec(),
        )?;
        let mut states = Vec::new();
        for (index, (layer, found)) in self.plan().layers().enumerate() {
            let len = layer.state_len().ok_or_else(|| Fault::Shape {
                index,
                layer: layer.kind(),
                found: found.to_string(),
                wanted:
                    "all its steps at once, so that the network cannot be given rows one by one"
                        .into(),
            })?;
            states.push(vec![0.0; len]);
        }
        assert_eq!(
            plan.parts,
            self.plan().parts,
            "weights do not know of steps"
        );
        let workspace = Workspace::new(&plan, 1, Purpose::Prediction)?;
        Ok(Stream {
            net: self,
            plan,
            workspace,
            states,
        })
    }
}

impl Predictor<'_> {
    /// The output for one input: `T·F` numbers, one step after the other. Allocates nothing.
    ///
    /// # Errors
    /// [`Shape`](crate::ErrorKind::Shape) when there are fewer or more.
    pub fn predict(&mut self, x: &[f32]) -> Result<&[f32]> {
        copy(&mut self.workspace.x, x, self.net.input())?;
        self.net.forward(&mut self.workspace, 1, None, None);
        Ok(self.workspace.output(1))
    }
}

impl Stream<'_> {
    /// Takes in the next row, of `F` numbers, and gives the output after it: what the network
    /// predicts for the sequence so far. Allocates nothing.
    ///
    /// # Errors
    /// [`Shape`](crate::ErrorKind::Shape) when the row has another length; the state stays as it was.
    pub fn step(&mut self, row: &[f32]) -> Result<&[f32]> {
        copy(&mut self.workspace.x, row, self.plan.input)?;
        self.net
            .forward(&mut self.workspace, 1, None, Some(&mut self.states));
        Ok(self.workspace.output(1))
    }

    /// Back to the state of zero, for another sequence.
    pub fn reset(&mut self) {
        self.states.iter_mut().for_each(|state| state.fill(0.0));
    }
}

/// Copies an input to where the network reads it, if it is one.
fn copy(to: &mut [f32], from: &[f32], wanted: Shape) -> Result<()> {
    if to.len() != from.len() {
        let found = Shape::vector(from.len());
        return fail(Fault::data_shape("input", found, wanted));
    }
    to.copy_from_slice(from);
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::nn::{
        Arrays, Dense, Dropout, Flatten, Gru, LayerSpec, Lstm, SimpleRnn, TimeDistributed,
    };

    const STEPS: usize = 30;

    fn close(got: &[f32], want: &[f32]) -> bool {
        got.len() == want.len() && got.iter().zip(want).all(|(a, b)| (a - b).abs() < 1e-6)
    }

    fn window() -> Vec<f32> {
        (0..STEPS * 2)
            .map(|i| (i % 11) as f32 / 5.0 - 1.0)
            .collect()
    }

    /// Two recurrent layers, one with dropout of every kind, and a head for every step.
    fn every_step(first: impl Into<LayerSpec>) -> Sequential {
        Sequential::builder(Shape::sequence(STEPS, 2))
            .add(first)
            .add(
                Lstm::new(17)
                    .return_sequences()
                    .recurrent_dropout(0.3)
                    .dropout(0.2),
            )
            .add(Dropout::new(0.5))
            .add(TimeDistributed::new(Dense::new(3)))
            .build(3)
            .unwrap()
    }

    #[test]
    fn rows_one_by_one_give_what_the_window_gives() {
        let layers: [LayerSpec; 3] = [
            Lstm::new(40).return_sequences().into(),
            Gru::new(40).return_sequences().into(),
            SimpleRnn::new(40).return_sequences().into(),
        ];
        for layer in layers {
            let net = every_step(layer);
            let x = window();
            let data = Arrays::new(net.input(), x.clone(), net.output(), vec![0.0; STEPS * 3]);
            let whole = net.predict(&data.unwrap()).unwrap();
            assert!(close(net.predictor().unwrap().predict(&x).unwrap(), &whole));
            let mut stream = net.stream().unwrap();
            for _ in 0..2 {
                for (row, want) in x.chunks(2).zip(whole.chunks(3)) {
                    assert!(close(stream.step(row).unwrap(), want));
                }
                stream.reset();
            }
        }
    }

    #[test]
    fn a_head_on_the_last_state_sees_the_sequence_so_far() {
        let net = |steps| {
            Sequential::builder(Shape::sequence(steps, 2))
                .add(Gru::new(9))
                .add(Dense::new(1))
                .build(5)
                .unwrap()
        };
        let (long, x) = (net(STEPS), window());
        let mut stream = long.stream().unwrap();
        for (index, row) in x.chunks(2).enumerate() {
            let so_far = net(index + 1);
            let mut predictor = so_far.predictor().unwrap();
            let want = predictor.predict(&x[..2 * (index + 1)]).unwrap();
            assert!(close(stream.step(row).unwrap(), want), "step {index}");
        }
    }

    #[test]
    fn what_cannot_be_streamed_says_so() {
        let net = Sequential::builder(Shape::sequence(5, 2))
            .add(Gru::new(9).return_sequences())
            .add(Flatten::new())
            .build(5)
            .unwrap();
        let error = net.stream().unwrap_err().to_string();
        assert!(error.starts_with("layer 1 (Flatten)"), "{error}");
        let error = net.predictor().unwrap().predict(&[0.0; 9]).unwrap_err();
        let want = "the input has shape (None, 9); the network wants (None, 5, 2)";
        assert_eq!(error.to_string(), want);
    }
}
