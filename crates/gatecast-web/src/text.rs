//! Models of texts over HTTP: classes and translations. What this file is not: it trains none.

use axum::Json;
use axum::extract::State;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use utoipa::ToSchema;

use crate::App;
use crate::extract::{Named, Whole};
use crate::models::Loaded;
use crate::options::Limits;
use crate::problem::Problem;

/// Texts to be classified.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Texts {
    texts: Vec<String>,
}

/// Texts to be translated.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Sources {
    texts: Vec<String>,
    /// Beginnings that are searched side by side: 1 is fast, 5 is better.
    #[serde(default = "beam")]
    #[schema(minimum = 1, maximum = 20)]
    beam: usize,
}

fn beam() -> usize {
    5
}

/// What classes some texts are of.
#[derive(Serialize, ToSchema)]
pub(crate) struct Classes {
    classes: Vec<String>,
    results: Vec<Class>,
}

/// The class of one.
#[derive(Serialize, ToSchema)]
pub(crate) struct Class {
    label: String,
    #[schema(value_type = Object)]
    probabilities: Map<String, Value>,
}

/// Translations in the order of the texts.
#[derive(Serialize, ToSchema)]
pub(crate) struct Translations {
    translations: Vec<String>,
}

/// Tells the class of each of some texts.
#[utoipa::path(post, path = "/v1/models/{name}/classify", tag = "models", params(("name" = String, Path)),
    request_body = Texts,
    responses((status = 200, body = Classes), (status = "4XX", body = Problem, content_type = "application/problem+json")))]
pub(crate) async fn classify(
    State(app): State<App>,
    Named(name): Named,
    body: Whole,
) -> Result<Json<Classes>, Problem> {
    let Texts { texts } = body.json()?;
    check(&texts)?;
    let work = app.clone().work(move || {
        let model = app.models.load(&app, &name)?;
        let Loaded::Classify(fitted) = &*model else {
            return Err(Problem::unusable(format!(
                "the model {name:?} does not classify"
            )));
        };
        let classes = fitted.classes().to_vec();
        let all = fitted.probabilities(&texts);
        let results = all.chunks(classes.len().max(1)).map(|each| {
            let best = each.iter().enumerate().max_by(|a, b| a.1.total_cmp(b.1));
            let named = classes.iter().zip(each);
            Class {
                label: best.map_or_else(String::new, |(at, _)| classes[at].clone()),
                probabilities: named.map(|(name, p)| (name.clone(), (*p).into())).collect(),
            }
        });
        let results = results.collect();
        Ok(Classes { classes, results })
    });
    work.await.map(Json)
}

/// Translates each of some texts.
#[utoipa::path(post, path = "/v1/models/{name}/translate", tag = "models", params(("name" = String, Path)),
    request_body = Sources,
    responses((status = 200, body = Translations), (status = "4XX", body = Problem, content_type = "application/problem+json")))]
pub(crate) async fn translate(
    State(app): State<App>,
    Named(name): Named,
    body: Whole,
) -> Result<Json<Translations>, Problem> {
    let Sources { texts, beam } = body.json()?;
    check(&texts)?;
    if !(1..=20).contains(&beam) {
        return Err(Problem::unusable(format!("the beam is {beam}")).remedy("choose 1 to 20"));
    }
    let work = app.clone().work(move || {
        let model = app.models.load(&app, &name)?;
        let Loaded::Translate(fitted) = &*model else {
            return Err(Problem::unusable(format!(
                "the model {name:?} does not translate"
            )));
        };
        let translations = fitted.translate(&texts, beam)?;
        Ok(Translations { translations })
    });
    work.await.map(Json)
}

fn check(texts: &[String]) -> Result<(), Problem> {
    match texts.len() > Limits::TEXTS {
        true => Err(
            Problem::unusable(format!("there are {} texts", texts.len()))
                .remedy(format!("send {} at most", Limits::TEXTS)),
        ),
        false => Ok(()),
    }
}
