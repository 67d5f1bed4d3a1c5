//! Layers in a row on arrays. What this file is not: Keras' words for them stand in `gatecast/nn`.

use std::ops::ControlFlow;
use std::sync::{Arc, Mutex, PoisonError};

use gatecast::Error;
use gatecast::nn::{Arrays, Event, LayerSpec, Sequential, Shape, TrainSpec, fit_with};
use pyo3::exceptions::PyValueError;
use pyo3::prelude::*;
use pyo3::types::PyBytes;

use crate::fault::{OrRaise, raise};
use crate::watch::watched;

/// A network. Whoever reads it while it is trained sees it as it was before.
#[pyclass(frozen, module = "gatecast._gatecast")]
pub(crate) struct Net {
    net: Mutex<Arc<Sequential>>,
}

impl Net {
    fn of(net: Sequential) -> Self {
        Self {
            net: Mutex::new(Arc::new(net)),
        }
    }

    /// As it is now.
    fn now(&self) -> Arc<Sequential> {
        Arc::clone(&self.net.lock().unwrap_or_else(PoisonError::into_inner))
    }

    fn replace(&self, net: Sequential) {
        *self.net.lock().unwrap_or_else(PoisonError::into_inner) = Arc::new(net);
    }
}

/// `(features,)` or `(steps, features)`.
fn shape(sizes: &[usize]) -> PyResult<Shape> {
    match *sizes {
        [features] => Ok(Shape::vector(features)),
        [steps, features] => Ok(Shape::sequence(steps, features)),
        _ => Err(PyValueError::new_err(format!(
            "a sample has {} dimensions; it must have one (features) or two (steps, features)",
            sizes.len()
        ))),
    }
}

fn sizes(shape: Shape) -> Vec<usize> {
    match shape {
        Shape::Vector { features } => vec![features],
        Shape::Sequence { steps, features } => vec![steps, features],
    }
}

/// Numbers of single precision in this machine's order.
fn floats(bytes: &[u8]) -> Vec<f32> {
    let (numbers, _) = bytes.as_chunks();
    numbers
        .iter()
        .map(|&number| f32::from_ne_bytes(number))
        .collect()
}

fn bytes<'py>(py: Python<'py>, numbers: &[f32]) -> Bound<'py, PyBytes> {
    let bytes: Vec<u8> = numbers
        .iter()
        .flat_map(|number| number.to_ne_bytes())
        .collect();
    PyBytes::new(py, &bytes)
}

#[pymethods]
impl Net {
    /// Layers as JSON, as they stand in a model file.
    #[new]
    fn new(py: Python<'_>, input: Vec<usize>, layers: &str, seed: u64) -> PyResult<Self> {
        let layers: Vec<LayerSpec> = serde_json::from_str(layers)
            .map_err(|error| PyValueError::new_err(error.to_string()))?;
        let builder = Sequential::builder(shape(&input)?);
        let builder = layers
            .into_iter()
            .fold(builder, |builder, layer| builder.add(layer));
        Ok(Self::of(builder.build(seed).or_raise(py)?))
    }

    /// The layers in a table.
    fn summary(&self) -> String {
        self.now().summary().to_string()
    }

    /// Numbers that are trained.
    fn parameters(&self) -> usize {
        self.now().parameters()
    }

    /// Of one sample.
    fn input(&self) -> Vec<usize> {
        sizes(self.now().input())
    }

    /// Of one sample.
    fn output(&self) -> Vec<usize> {
        sizes(self.now().output())
    }

    /// The layers as JSON.
    fn layers(&self) -> PyResult<String> {
        serde_json::to_string(self.now().specs())
            .map_err(|error| PyValueError::new_err(error.to_string()))
    }

    /// Trains on samples one after the other, as `spec` (JSON) says. `on_epoch` is told of each epoch, as JSON, and ends training
    /// when it says no, and where it is to be `asked`, training waits for what it says; so does a training loss that has not become smaller for `patience` epochs. Gives the history as JSON.
    #[pyo3(signature = (x, y, validation, spec, threads, patience, on_epoch, asked))]
    fn fit(
        &self,
        py: Python<'_>,
        x: &[u8],
        y: &[u8],
        validation: Option<(Vec<u8>, Vec<u8>)>,
        spec: &str,
        threads: Option<usize>,
        patience: Option<usize>,
        on_epoch: Option<Bound<'_, PyAny>>,
        asked: bool,
    ) -> PyResult<String> {
        let mut spec: TrainSpec =
            serde_json::from_str(spec).map_err(|error| PyValueError::new_err(error.to_string()))?;
        spec.threads = threads;
        let before = self.now();
        let (input, output) = (before.input(), before.output());
        let arrays = |x: &[u8], y: &[u8]| Arrays::new(input, floats(x), output, floats(y));
        let train = arrays(x, y).or_raise(py)?;
        let held_out = validation
            .map(|(x, y)| arrays(&x, &y))
            .transpose()
            .or_raise(py)?;
        let mut net = (*before).clone();
        // What was told, and not yet passed on.
        let told: Arc<Mutex<Vec<String>>> = Arc::default();
        let telling = Arc::clone(&told);
        let pass_on = move || -> PyResult<bool> {
            let epochs = std::mem::take(&mut *told.lock().unwrap_or_else(PoisonError::into_inner));
            let Some(on_epoch) = &on_epoch else {
                return Ok(true);
            };
            for epoch in epochs {
                if !on_epoch.call1((epoch,))?.is_truthy()? {
                    return Ok(false);
                }
            }
            Ok(true)
        };
        let (net, history) = watched(py, Some(&pass_on), move |watch| {
            let (mut best, mut since) = (f64::INFINITY, 0);
            let mut on_event = |event: &Event| {
                if let Event::Epoch(epoch) = event {
                    let text = serde_json::to_string(epoch).unwrap_or_default();
                    telling
                        .lock()
                        .unwrap_or_else(PoisonError::into_inner)
                        .push(text);
                    since = if epoch.loss < best { 0 } else { since + 1 };
                    best = best.min(epoch.loss);
                    if patience.is_some_and(|patience| since >= patience) {
                        return ControlFlow::Break(());
                    }
                    if asked {
                        return watch.ask();
                    }
                }
                watch.go_on()
            };
            let validation = held_out
                .as_ref()
                .map(|data| data as &dyn gatecast::nn::Dataset);
            let history = fit_with(&mut net, &train, validation, &spec, &mut on_event)?;
            Ok((net, history))
        })?;
        self.replace(net);
        serde_json::to_string(&history).map_err(|error| PyValueError::new_err(error.to_string()))
    }

    /// The outputs for all samples.
    fn predict<'py>(&self, py: Python<'py>, x: &[u8]) -> PyResult<Bound<'py, PyBytes>> {
        let (net, x) = (self.now(), floats(x));
        let made = py.detach(move || {
            let (input, output) = (net.input(), net.output());
            let samples = x.len() / input.len().max(1);
            let data = Arrays::new(input, x, output, vec![0.0; samples * output.len()])?;
            net.predict(&data)
        });
        Ok(bytes(py, &made.or_raise(py)?))
    }

    /// Names, shapes and values of all weights, as PyTorch has them.
    fn tensors<'py>(&self, py: Python<'py>) -> Vec<(String, Vec<usize>, Bound<'py, PyBytes>)> {
        let net = self.now();
        let all = net.tensors();
        all.map(|(name, shape, values)| (name.to_string(), shape.to_vec(), bytes(py, values)))
            .collect()
    }

    /// Overwrites one.
    fn set_tensor(
        &self,
        py: Python<'_>,
        name: &str,
        shape: Vec<usize>,
        values: &[u8],
    ) -> PyResult<()> {
        if let Some((_, own, _)) = self.now().tensors().find(|(own, ..)| *own == name)
            && own != shape
        {
            let wrong = format!("the tensor \"{name}\" is {own:?} and not {shape:?}");
            return Err(raise(py, &Error::not_a_series(wrong)));
        }
        let mut net = (*self.now()).clone();
        net.set_tensor(name, &floats(values)).or_raise(py)?;
        self.replace(net);
        Ok(())
    }

    /// The model file.
    fn to_bytes<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyBytes>> {
        Ok(PyBytes::new(py, &self.now().to_bytes().or_raise(py)?))
    }

    /// What `to_bytes` wrote.
    #[staticmethod]
    fn parse(py: Python<'_>, name: &str, bytes: Vec<u8>) -> PyResult<Self> {
        Ok(Self::of(Sequential::parse(name, bytes).or_raise(py)?))
    }
}
