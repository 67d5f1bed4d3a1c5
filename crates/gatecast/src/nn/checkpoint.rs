//! Weights in a safetensors file, with one entry of text beside them.
//!
//! Tensors have PyTorch's names and layouts. Where a cell has a single bias, a second one of
//! zeros is written too, because `torch.nn.LSTM` and `torch.nn.RNN` have two; on the way in the
//! two are added. What the text says is the caller's business.

use std::borrow::Cow;
use std::collections::{HashMap, HashSet};
use std::path::{Path, PathBuf};

use safetensors::tensor::{Dtype, SafeTensors, View};
use serde_json::Value;

use super::stack::Plan;
use super::{Fault, LayerSpec, Seq2Seq, Seq2SeqSpec, Sequential, Shape};
use crate::error::{Error, Result, fail};

/// Entry of a model file under which everything but the weights stands.
pub(crate) const KEY: &str = "gatecast";

/// The second bias that PyTorch's cells have and Keras' do not.
const FIRST_BIAS: &str = "bias_ih_l0";
const SECOND_BIAS: &str = "bias_hh_l0";

/// A tensor on its way into a file.
struct Out<'a> {
    shape: &'a [usize],
    values: Cow<'a, [f32]>,
}

impl View for Out<'_> {
    fn dtype(&self) -> Dtype {
        Dtype::F32
    }

    fn shape(&self) -> &[usize] {
        self.shape
    }

    fn data(&self) -> Cow<'_, [u8]> {
        self.values
            .iter()
            .flat_map(|value| value.to_le_bytes())
            .collect::<Vec<_>>()
            .into()
    }

    fn data_len(&self) -> usize {
        4 * self.values.len()
    }
}

/// What the names of a network's tensors begin with: nothing for the first, `member1.` for the next.
fn prefix(member: usize) -> String {
    match member {
        0 => String::new(),
        _ => format!("member{member}."),
    }
}

/// A file of the weights of networks, of further numbers by name, and of `text` under `key`.
///
/// # Errors
/// [`Model`](crate::ErrorKind::Model) where the format cannot hold them.
pub(crate) fn to_bytes(
    nets: &[Sequential],
    tables: &[(&str, &[f32])],
    key: &str,
    text: String,
) -> Result<Vec<u8>> {
    let shapes: Vec<[usize; 1]> = tables.iter().map(|(_, table)| [table.len()]).collect();
    let mut tensors: Vec<Named<'_>> = Vec::new();
    for ((name, table), shape) in tables.iter().zip(&shapes) {
        tensors.push(((*name).into(), shape, table));
    }
    for (member, net) in nets.iter().enumerate() {
        let prefix = prefix(member);
        let of_net = net.tensors();
        tensors
            .extend(of_net.map(|(name, shape, values)| (format!("{prefix}{name}"), shape, values)));
    }
    serialize(&tensors, key, text)
}

/// A tensor by its name, with its shape and its numbers.
pub(crate) type Named<'a> = (String, &'a [usize], &'a [f32]);

/// A file of these tensors and of `text` under `key`.
///
/// # Errors
/// [`Model`](crate::ErrorKind::Model) where the format cannot hold them.
pub(crate) fn serialize(named: &[Named<'_>], key: &str, text: String) -> Result<Vec<u8>> {
    let names: HashSet<&str> = named.iter().map(|(name, ..)| name.as_str()).collect();
    let mut tensors: Vec<(String, Out<'_>)> = Vec::new();
    for (name, shape, values) in named {
        let second = name.replace(FIRST_BIAS, SECOND_BIAS);
        if !names.contains(second.as_str()) {
            let values = vec![0.0; values.len()].into();
            tensors.push((second, Out { shape, values }));
        }
        let values = Cow::Borrowed(*values);
        tensors.push((name.clone(), Out { shape, values }));
    }
    let text = HashMap::from([(key.to_string(), text)]);
    safetensors::serialize(tensors, Some(text))
        .or_else(|error| fail(Fault::model("model", error.to_string(), "train again")))
}

/// What to do about a model for another task.
const FOR_WHAT: &str =
    "`train`, `classify train` and `translate train` write models, each for its own commands";

/// Checks that a model file is for a task; one that names none forecasts series.
fn check_task(path: &Path, about: &Value, wanted: Option<&str>) -> Result<()> {
    let task = about.get("task").and_then(Value::as_str);
    let (what, help) = match task {
        found if found == wanted => return Ok(()),
        None => ("it forecasts series", FOR_WHAT),
        Some("classify") => ("it tells the class of sentences", FOR_WHAT),
        Some("translate") => ("it translates sentences", FOR_WHAT),
        Some("network") => (
            "it is a network by itself",
            "load it as one (`gatecast.nn` in Python, `Sequential::parse` in Rust)",
        ),
        Some(_) => ("it is for another task", "update gatecast"),
    };
    fail(Fault::model(path, what.into(), help))
}

/// What a file holds: the text, and the bytes of the weights.
#[derive(Debug)]
pub(crate) struct Tensors {
    path: PathBuf,
    bytes: Vec<u8>,
    text: String,
}

/// Reads the bytes of a file that [`to_bytes`] made; `path` is what messages call them.
///
/// # Errors
/// [`Model`](crate::ErrorKind::Model) when they are no safetensors file or have no text under `key`.
pub(crate) fn parse(path: &Path, bytes: Vec<u8>, key: &str) -> Result<Tensors> {
    let foreign = |reason: String, help| Fault::model(path, reason, help);
    let (_, metadata) = SafeTensors::read_metadata(&bytes).map_err(|error| {
        foreign(
            format!("it is cut short or was not written by gatecast ({error})"),
            "name a model file, or train again",
        )
    })?;
    // `read_metadata` has read the header; `deserialize` also checks that every byte is there.
    SafeTensors::deserialize(&bytes).map_err(|error| {
        foreign(
            format!("it is damaged or cut short ({error})"),
            "copy it again, or train again",
        )
    })?;
    let text = metadata
        .metadata()
        .as_ref()
        .and_then(|map| map.get(key))
        .cloned()
        .ok_or_else(|| {
            foreign(
                "it holds tensors, but not gatecast's description of the model".into(),
                "name a model file",
            )
        })?;
    Ok(Tensors {
        path: path.into(),
        bytes,
        text,
    })
}

impl Tensors {
    /// The task that the file names, if it does.
    pub(crate) fn task(&self) -> Option<String> {
        let about: Value = serde_json::from_str(&self.text).ok()?;
        Some(about.get("task")?.as_str()?.to_string())
    }

    /// What the file says of a model for `task`, which is none for forecasts of series, and its format.
    ///
    /// # Errors
    /// [`Model`](crate::ErrorKind::Model) when it is for another task, or of a format after `newest`.
    pub(crate) fn description(&self, task: Option<&str>, newest: u64) -> Result<(Value, u64)> {
        let wrong = |reason: String, help| fail(Fault::model(&self.path, reason, help));
        let altered = |reason: String| wrong(reason, "the file was altered; train again");
        let value: Value = match serde_json::from_str(&self.text) {
            Ok(value) => value,
            Err(error) => return altered(format!("its description is no JSON ({error})")),
        };
        check_task(&self.path, &value, task)?;
        match value.get("format").and_then(Value::as_u64) {
            Some(format) if (1..=newest).contains(&format) => Ok((value, format)),
            Some(newer) if newer > newest => wrong(
                format!("it has format {newer}; this version of gatecast reads up to {newest}"),
                "update gatecast",
            ),
            _ => altered("its description lacks a valid format version".into()),
        }
    }

    /// The further numbers that go by a name.
    ///
    /// # Errors
    /// [`Model`](crate::ErrorKind::Model) when there are none, or they are not finite.
    pub(crate) fn table(&self, name: &str) -> Result<Vec<f32>> {
        let file =
            SafeTensors::deserialize(&self.bytes).map_err(|e| self.damaged(e.to_string()))?;
        let view = file.tensor(name).ok();
        let view = view.filter(|view| view.dtype() == Dtype::F32);
        let view = view.ok_or_else(|| self.damaged(format!("it lacks the tensor \"{name}\"")))?;
        let values: Vec<f32> = floats(view.data()).collect();
        match values.iter().find(|value| !value.is_finite()) {
            Some(value) => Err(self.damaged(format!("tensor \"{name}\" contains {value}"))),
            None => Ok(values),
        }
    }

    /// Network number `member` of the file, with these layers. Names and shapes are compared before
    /// memory is taken for the weights.
    ///
    /// # Errors
    /// [`Model`](crate::ErrorKind::Model) when layers, names, shapes or numbers do not fit.
    pub(crate) fn network(
        &self,
        member: usize,
        input: Shape,
        layers: Vec<LayerSpec>,
    ) -> Result<Sequential> {
        let plan = Plan::new(input, layers).map_err(|error| self.damaged(error.to_string()))?;
        let prefix = prefix(member);
        let wanted: Vec<(String, &[usize])> = plan
            .tensors
            .iter()
            .map(|placed| (format!("{prefix}{}", placed.name), &placed.tensor.shape[..]))
            .collect();
        let weights = self.weights(&wanted)?;
        Ok(Sequential::with_weights(plan, weights))
    }

    /// The encoder–decoder of the file, of this form.
    ///
    /// # Errors
    /// [`Model`](crate::ErrorKind::Model), as [`Tensors::network`].
    pub(crate) fn seq2seq(&self, spec: &Seq2SeqSpec) -> Result<Seq2Seq> {
        let damaged = |error: Error| self.damaged(error.to_string());
        let plan = Seq2Seq::plan(spec).map_err(damaged)?;
        let wanted: Vec<(String, &[usize])> = plan
            .iter()
            .map(|(name, shape)| (name.clone(), &shape[..]))
            .collect();
        let weights = self.weights(&wanted)?;
        Seq2Seq::with_weights(spec, weights).map_err(damaged)
    }

    fn damaged(&self, reason: String) -> Error {
        Fault::model(&self.path, reason, "the file was altered; train again").into()
    }

    /// The numbers of these tensors, one behind the other. All names and shapes are compared before memory is
    /// taken for any number.
    fn weights(&self, wanted: &[(String, &[usize])]) -> Result<Vec<f32>> {
        let file =
            SafeTensors::deserialize(&self.bytes).map_err(|e| self.damaged(e.to_string()))?;
        let names: HashSet<&str> = wanted.iter().map(|(name, _)| name.as_str()).collect();
        let expect = |name: &str, shape: &[usize]| {
            let view = file
                .tensor(name)
                .map_err(|_| self.damaged(format!("it lacks the tensor \"{name}\"")))?;
            if view.dtype() != Dtype::F32 || view.shape() != shape {
                return Err(self.damaged(format!(
                    "tensor \"{name}\" is {:?} of shape {:?}; its layer wants F32 of shape {shape:?}",
                    view.dtype(),
                    view.shape(),
                )));
            }
            Ok(view)
        };
        let mut found = Vec::with_capacity(wanted.len());
        for (name, shape) in wanted {
            let mut views = vec![expect(name, shape)?];
            let second = name.replace(FIRST_BIAS, SECOND_BIAS);
            if !names.contains(second.as_str()) && file.tensor(&second).is_ok() {
                views.push(expect(&second, shape)?);
            }
            found.push(views);
        }
        let numbers = |(_, shape): &(String, &[usize])| shape.iter().product::<usize>();
        let mut weights = Vec::with_capacity(wanted.iter().map(numbers).sum());
        for ((name, _), views) in wanted.iter().zip(&found) {
            let start = weights.len();
            weights.extend(floats(views[0].data()));
            if let Some(second) = views.get(1) {
                for (value, more) in weights[start..].iter_mut().zip(floats(second.data())) {
                    *value += more;
                }
            }
            if let Some(value) = weights[start..].iter().find(|value| !value.is_finite()) {
                return Err(self.damaged(format!("tensor \"{name}\" contains {value}")));
            }
        }
        Ok(weights)
    }
}

fn floats(bytes: &[u8]) -> impl Iterator<Item = f32> + '_ {
    bytes
        .chunks_exact(4)
        .map(|four| f32::from_le_bytes([four[0], four[1], four[2], four[3]]))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ErrorKind;
    use crate::nn::network::Network;
    use crate::nn::workspace::{Purpose, Workspace};
    use crate::nn::{Dense, Dropout, Flatten, Gru, Lstm, RepeatVector, SimpleRnn};

    fn net() -> Sequential {
        Sequential::builder(Shape::sequence(4, 2))
            .add(Lstm::new(3).return_sequences())
            .add(Gru::new(3).return_sequences())
            .add(SimpleRnn::new(3))
            .add(Dense::new(1))
            .build(1)
            .unwrap()
    }

    fn saved(net: &Sequential) -> (tempfile::TempDir, PathBuf) {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("m.safetensors");
        let bytes = to_bytes(std::slice::from_ref(net), &[], "k", "text".into()).unwrap();
        crate::write_whole(&path, &bytes).unwrap();
        (folder, path)
    }

    #[test]
    fn weights_come_back_with_pytorchs_names() {
        let net = net();
        let (_folder, path) = saved(&net);
        let file = parse(&path, std::fs::read(&path).unwrap(), "k").unwrap();
        assert_eq!(file.text, "text");
        let back = file.network(0, net.input(), net.specs().to_vec()).unwrap();
        assert_eq!(back.weights(), net.weights());

        let bytes = std::fs::read(&path).unwrap();
        let tensors = SafeTensors::deserialize(&bytes).unwrap();
        let mut names = tensors.names();
        names.sort_unstable();
        let of = |layer: usize| {
            ["bias_hh_l0", "bias_ih_l0", "weight_hh_l0", "weight_ih_l0"]
                .map(|n| format!("{layer}.{n}"))
        };
        let mut want: Vec<String> = (0..3).flat_map(of).collect();
        want.extend(["3.bias".into(), "3.weight".into()]);
        assert_eq!(names, want);
        assert_eq!(tensors.tensor("0.weight_ih_l0").unwrap().shape(), [12, 2]);
        assert!(parse(&path, std::fs::read(&path).unwrap(), "other").is_err());
    }

    #[test]
    fn a_second_bias_is_added_to_the_first() {
        // As PyTorch would write it, with half of each bias in either place.
        let net = net();
        let (_folder, path) = saved(&net);
        let bytes = std::fs::read(&path).unwrap();
        let file = SafeTensors::deserialize(&bytes).unwrap();
        let split = |name: &str, data: &[u8]| -> Vec<f32> {
            let own: Vec<f32> = floats(data).collect();
            let Some(layer) = name
                .strip_suffix(".bias_hh_l0")
                .or(name.strip_suffix(".bias_ih_l0"))
            else {
                return own;
            };
            if layer == "1" {
                return own; // a GRU's two biases are two things
            }
            let first = file.tensor(&format!("{layer}.bias_ih_l0")).unwrap();
            floats(first.data()).map(|value| value / 2.0).collect()
        };
        let values: Vec<(String, Vec<usize>, Vec<f32>)> = file
            .iter()
            .map(|(name, view)| {
                (
                    name.to_string(),
                    view.shape().to_vec(),
                    split(name, view.data()),
                )
            })
            .collect();
        let tensors = values.iter().map(|(name, shape, values)| {
            (
                name.clone(),
                Out {
                    shape,
                    values: values.into(),
                },
            )
        });
        let text = HashMap::from([("k".to_string(), String::new())]);
        std::fs::write(&path, safetensors::serialize(tensors, Some(text)).unwrap()).unwrap();
        let back = parse(&path, std::fs::read(&path).unwrap(), "k")
            .unwrap()
            .network(0, net.input(), net.specs().to_vec())
            .unwrap();
        assert_eq!(back.weights(), net.weights());
    }

    #[test]
    fn layers_that_would_fill_the_memory_are_refused() {
        let layers: Vec<LayerSpec> = vec![
            Flatten::new().into(),
            RepeatVector::new(65_536).into(),
            Flatten::new().into(),
            RepeatVector::new(8000).into(),
            Dropout::new(0.1).into(),
            SimpleRnn::new(1).into(),
            Dense::new(1).into(),
        ];
        let (_folder, path) = saved(&net());
        let error = parse(&path, std::fs::read(&path).unwrap(), "k")
            .unwrap()
            .network(0, Shape::sequence(4, 2), layers)
            .unwrap_err();
        assert!(error.to_string().contains("2²⁸ numbers"), "{error}");
        let many = vec![Flatten::new().into(); 2000];
        assert!(
            parse(&path, std::fs::read(&path).unwrap(), "k")
                .unwrap()
                .network(0, Shape::sequence(4, 2), many)
                .is_err()
        );
    }

    #[test]
    fn more_memory_than_there_is_is_an_error() {
        let net = Sequential::builder(Shape::sequence(60_000, 1))
            .add(Lstm::new(4))
            .build(0)
            .unwrap();
        let error = Workspace::new(net.plan(), 1 << 20, Purpose::Training).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Memory, "{error}");
    }
}
