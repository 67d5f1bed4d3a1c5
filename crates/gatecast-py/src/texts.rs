//! Classes of sentences and translations. What this file is not: it reads no files; sentences come as lists.

use std::sync::Arc;

use gatecast::text::{
    Classifier, ClassifierSpec, Corpus, FittedClassifier, FittedTranslator, ParallelText,
    Translator, TranslatorEvent, TranslatorSpec,
};
use gatecast::{nearest, nn};
use pyo3::exceptions::PyValueError;
use pyo3::prelude::*;
use pyo3::types::PyBytes;
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::{Map, Value};

use crate::fault::{OrRaise, setting_error};
use crate::watch::{shown, watched};

/// Settings with those that are set, as a JSON object, in the place of their defaults.
fn spec<S: Default + Serialize + DeserializeOwned>(
    py: Python<'_>,
    set: &str,
) -> PyResult<(S, Option<usize>)> {
    let wrong = |error: serde_json::Error| PyValueError::new_err(error.to_string());
    let mut all = serde_json::to_value(S::default()).map_err(wrong)?;
    let set: Map<String, Value> = serde_json::from_str(set).map_err(wrong)?;
    let mut threads = None;
    if let Some(known) = all.as_object_mut() {
        for (name, value) in set {
            if name == "threads" {
                threads = serde_json::from_value(value).map_err(|error| {
                    setting_error(
                        py,
                        &format!("`threads` is wrong: {error}"),
                        "threads",
                        "give a whole number",
                    )
                })?;
                continue;
            }
            let names: Vec<&str> = known.keys().map(String::as_str).collect();
            if !known.contains_key(&name) {
                let near = nearest(&name, &names);
                let help = match near {
                    Some(near) => format!("did you mean \"{near}\"?"),
                    None => format!("the settings are {}", names.join(", ")),
                };
                return Err(setting_error(
                    py,
                    &format!("there is no setting \"{name}\""),
                    &name,
                    &help,
                ));
            }
            let mut one = known.clone();
            one.insert(name.clone(), value.clone());
            if let Err(error) = serde_json::from_value::<S>(Value::Object(one)) {
                let found = format!("`{name}` is {value}; {error}");
                return Err(setting_error(
                    py,
                    &found,
                    &name,
                    "give a value of the kind of the default",
                ));
            }
            known.insert(name, value);
        }
    }
    Ok((serde_json::from_value(all).map_err(wrong)?, threads))
}

fn to_json(value: &impl Serialize) -> PyResult<String> {
    serde_json::to_string(value).map_err(|error| PyValueError::new_err(error.to_string()))
}

/// Sentences with labels.
fn corpus(texts: Vec<String>, labels: &[String]) -> Corpus {
    let mut classes: Vec<String> = labels.to_vec();
    classes.sort();
    classes.dedup();
    let number = |label: &String| classes.binary_search(label).unwrap_or_default() as u32;
    Corpus {
        name: "the sentences".into(),
        labels: labels.iter().map(number).collect(),
        lines: (1..=texts.len() as u64).collect(),
        phrases: vec![false; texts.len()],
        texts,
        classes,
        notes: Vec::new(),
    }
}

/// A fitted classifier.
#[pyclass(frozen, module = "gatecast._gatecast")]
pub(crate) struct Classes {
    fitted: Arc<FittedClassifier>,
}

#[pymethods]
impl Classes {
    /// Learns from sentences and their labels.
    #[staticmethod]
    #[pyo3(signature = (texts, labels, settings, progress))]
    fn fit(
        py: Python<'_>,
        texts: Vec<String>,
        labels: Vec<String>,
        settings: &str,
        progress: Option<Bound<'_, PyAny>>,
    ) -> PyResult<Self> {
        let (mut spec, threads): (ClassifierSpec, _) = spec(py, settings)?;
        spec.threads = threads;
        let corpus = corpus(texts, &labels);
        let networks = spec.folds;
        let fitted = shown(py, progress.as_ref(), move |watch| {
            Classifier::new(spec)?.fit_with(&corpus, &|_, event| {
                if let nn::Event::End { .. } = event {
                    return watch.one_more("networks", networks);
                }
                watch.go_on()
            })
        })?;
        Ok(Self {
            fitted: Arc::new(fitted),
        })
    }

    /// The labels.
    fn classes(&self) -> Vec<String> {
        self.fitted.classes().to_vec()
    }

    /// The probability of each class, sentence by sentence.
    fn probabilities(&self, py: Python<'_>, texts: Vec<String>) -> PyResult<Vec<f64>> {
        let fitted = Arc::clone(&self.fitted);
        watched(py, None, move |_| Ok(fitted.probabilities(&texts)))
    }

    /// Scores beside a bag of words, as JSON.
    fn evaluate(
        &self,
        py: Python<'_>,
        train: (Vec<String>, Vec<String>),
        test: (Vec<String>, Vec<String>),
    ) -> PyResult<String> {
        let (train, test) = (corpus(train.0, &train.1), corpus(test.0, &test.1));
        let found = py
            .detach(|| self.fitted.evaluate(&train, &test))
            .or_raise(py)?;
        to_json(&found)
    }

    /// What it was trained on, and its settings, as JSON.
    fn facts(&self) -> PyResult<String> {
        to_json(
            &serde_json::json!({ "spec": self.fitted.spec(), "training": self.fitted.training() }),
        )
    }

    fn to_bytes<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyBytes>> {
        Ok(PyBytes::new(py, &self.fitted.to_bytes().or_raise(py)?))
    }

    #[staticmethod]
    fn parse(py: Python<'_>, name: &str, bytes: Vec<u8>) -> PyResult<Self> {
        let fitted = FittedClassifier::parse(name, bytes).or_raise(py)?;
        Ok(Self {
            fitted: Arc::new(fitted),
        })
    }
}

/// Sentences with translations.
fn pairs(sources: Vec<String>, targets: Vec<String>) -> ParallelText {
    ParallelText {
        name: "the sentences".into(),
        lines: (1..=sources.len() as u64).collect(),
        sources,
        targets,
        notes: Vec::new(),
    }
}

/// The pieces of a sentence and of its translation, the weights between them, and the translation.
type Attended = (Vec<String>, Vec<String>, Vec<f32>, String);

/// A fitted translator.
#[pyclass(frozen, module = "gatecast._gatecast")]
pub(crate) struct Translations {
    fitted: Arc<FittedTranslator>,
}

#[pymethods]
impl Translations {
    /// Learns from sentences and their translations; the weights are chosen by those of `validation`, or by a share of the pairs
    /// that is held out.
    #[staticmethod]
    #[pyo3(signature = (sources, targets, validation, settings, progress))]
    fn fit(
        py: Python<'_>,
        sources: Vec<String>,
        targets: Vec<String>,
        validation: Option<(Vec<String>, Vec<String>)>,
        settings: &str,
        progress: Option<Bound<'_, PyAny>>,
    ) -> PyResult<Self> {
        let (mut spec, threads): (TranslatorSpec, _) = spec(py, settings)?;
        spec.threads = threads;
        let text = pairs(sources, targets);
        let (train, held_out) = match validation {
            Some((sources, targets)) => (text, Some(pairs(sources, targets))),
            None => text.hold_out(spec.seed),
        };
        let epochs = spec.epochs;
        let fitted = shown(py, progress.as_ref(), move |watch| {
            let mut on_event = |event: &TranslatorEvent| match event {
                TranslatorEvent::Epoch(_) => watch.one_more("epochs", epochs),
                _ => watch.go_on(),
            };
            let fitted =
                Translator::new(spec)?.fit_with(&train, held_out.as_ref(), &mut on_event)?;
            Ok(fitted)
        })?;
        Ok(Self {
            fitted: Arc::new(fitted),
        })
    }

    /// The translation of each sentence.
    fn translate(&self, py: Python<'_>, texts: Vec<String>, beam: usize) -> PyResult<Vec<String>> {
        let fitted = Arc::clone(&self.fitted);
        watched(py, None, move |_| fitted.translate(&texts, beam))
    }

    /// The pieces of a sentence and of its translation, and the weights between them, row by row.
    fn attention(&self, py: Python<'_>, text: &str, beam: usize) -> PyResult<Attended> {
        let found = py
            .detach(|| self.fitted.attention(text, beam))
            .or_raise(py)?;
        Ok((found.source, found.target, found.weights, found.translation))
    }

    /// Scores on pairs, as JSON.
    fn evaluate(
        &self,
        py: Python<'_>,
        sources: Vec<String>,
        targets: Vec<String>,
        beam: usize,
    ) -> PyResult<String> {
        let fitted = Arc::clone(&self.fitted);
        let test = pairs(sources, targets);
        to_json(&watched(py, None, move |_| {
            fitted.evaluate(None, &test, beam)
        })?)
    }

    /// What it was trained on, and its settings, as JSON.
    fn facts(&self) -> PyResult<String> {
        to_json(
            &serde_json::json!({ "spec": self.fitted.spec(), "training": self.fitted.training() }),
        )
    }

    fn to_bytes<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyBytes>> {
        Ok(PyBytes::new(py, &self.fitted.to_bytes().or_raise(py)?))
    }

    #[staticmethod]
    fn parse(py: Python<'_>, name: &str, bytes: Vec<u8>) -> PyResult<Self> {
        let fitted = FittedTranslator::parse(name, bytes).or_raise(py)?;
        Ok(Self {
            fitted: Arc::new(fitted),
        })
    }
}
