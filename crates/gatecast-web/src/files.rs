//! Uploaded files: kept under their SHA-256, looked over once, shown as a chart. What this file is not: it trains
//! nothing.

use std::collections::BTreeMap;
use std::sync::PoisonError;

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use gatecast::Series;
use gatecast::report::Inspection;
use gatecast::series::{Change, Data, Finding, PanelForm, PanelOptions, ReadOptions, Stamp, sp500};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};
use utoipa::{IntoParams, ToSchema};

use crate::App;
use crate::extract::{Named, Params, Whole};
use crate::options::Limits;
use crate::problem::Problem;
use crate::reading::Reading;
use crate::store::{FILES, INSPECTIONS};

/// An uploaded file.
#[derive(Clone, Debug, Deserialize, Serialize, ToSchema)]
pub(crate) struct File {
    /// What it is called in requests.
    pub(crate) id: String,
    /// Its place in the store.
    #[schema(minimum = 1)]
    pub(crate) number: u64,
    /// What its owner calls it.
    pub(crate) name: String,
    bytes: u64,
    sha256: String,
    #[schema(value_type = String, format = DateTime)]
    created: Timestamp,
    /// How many series lie in it: null for one, else `long` or `wide`.
    pub(crate) form: Option<String>,
    /// What is forecast if nothing else is said; null where no column means it.
    target: Option<String>,
    /// Its columns of numbers.
    columns: Vec<String>,
    /// How many series it has.
    series: usize,
    /// Rows of all series.
    rows: usize,
    /// How it is read.
    #[serde(default)]
    pub(crate) reading: Reading,
}

/// An uploaded file, and what was found in it.
#[derive(Deserialize, Serialize, ToSchema)]
pub(crate) struct Inspected {
    #[serde(flatten)]
    file: File,
    /// What `gatecast inspect --json` prints.
    #[schema(value_type = Object)]
    inspection: Value,
}

/// All uploaded files, the last first.
#[derive(Serialize, ToSchema)]
pub(crate) struct Files {
    files: Vec<File>,
}

/// What is uploaded.
#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct Upload {
    /// What the file is called, for messages.
    name: Option<String>,
    /// `sp500`: take the built-in sample instead of the body.
    sample: Option<Sample>,
}

#[derive(Deserialize, ToSchema)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Sample {
    Sp500,
}

/// Which column of which series is shown.
#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct Which {
    /// The series, where there are many; the first if not set.
    #[serde(default)]
    name: Option<String>,
    /// The column; the target if not set.
    #[serde(default)]
    column: Option<String>,
}

/// One column of one series.
#[derive(Serialize, ToSchema)]
pub(crate) struct Shown {
    name: String,
    column: String,
    /// Rows of the series, of which every so manieth is here.
    rows: usize,
    dates: Vec<String>,
    values: Vec<Option<f64>>,
}

/// A file without the faults that can be removed safely, as `gatecast inspect --fix` writes it.
#[derive(Serialize, ToSchema)]
pub(crate) struct Clean {
    /// Rows that are left.
    rows: usize,
    /// Rows that were left out, and why.
    #[schema(value_type = Vec<Object>)]
    dropped: Vec<Change>,
    /// What was done to the others, a sentence each.
    changed: Vec<String>,
    /// Faults that are still there.
    #[schema(value_type = Vec<Object>)]
    left: Vec<Finding>,
    /// The new file: commas, points, dates such as 2018-04-30.
    csv: String,
}

/// Points of a series that a chart shows.
const POINTS: usize = 2000;

/// Uploads a file and looks at it.
///
/// The body is the file as it is: CSV in any shape and encoding, Parquet, Arrow, or what an exchange or a data vendor
/// offers; packed with gzip or zip or not. A file that was uploaded before is not kept twice, but read as is asked now.
#[utoipa::path(post, path = "/v1/files", operation_id = "upload_file", tag = "files", params(Upload, Reading),
    request_body(content = Option<Vec<u8>>, content_type = "application/octet-stream"),
    responses((status = 201, body = Inspected), (status = "4XX", body = Problem, content_type = "application/problem+json")))]
pub(crate) async fn upload(
    State(app): State<App>,
    Params(mut params): Params<BTreeMap<String, String>>,
    body: Whole,
) -> Result<Response, Problem> {
    // The others say how it is read.
    let [name, sample] = ["name", "sample"].map(|key| params.remove(key));
    let upload: Upload = serde_json::from_value(json!({"name": name, "sample": sample}))
        .map_err(|error| Problem::unusable(format!("sample: {error}")))?;
    let (name, bytes) = match upload.sample {
        Some(Sample::Sp500) => ("sp500.csv".into(), sp500_csv().into()),
        None => {
            let name = file_name(upload.name.as_deref().unwrap_or("file"));
            (name, body.bytes.clone())
        }
    };
    let reading = Reading::of_params(params)?;
    let kept = app.clone().work(move || keep(&app, name, reading, &bytes));
    let found = kept.await?;
    drop(body);
    Ok((StatusCode::CREATED, Json(found)).into_response())
}

/// The files that are there.
#[utoipa::path(get, path = "/v1/files", operation_id = "list_files", tag = "files",
    responses((status = 200, body = Files), (status = "4XX", body = Problem, content_type = "application/problem+json")))]
pub(crate) async fn list(State(app): State<App>) -> Result<Json<Files>, Problem> {
    let files = app.store.all(FILES)?;
    Ok(Json(Files { files }))
}

/// One of them, and what was found in it.
#[utoipa::path(get, path = "/v1/files/{id}", operation_id = "get_file", tag = "files", params(("id" = String, Path)),
    responses((status = 200, body = Inspected), (status = "4XX", body = Problem, content_type = "application/problem+json")))]
pub(crate) async fn one(
    State(app): State<App>,
    Named(id): Named,
) -> Result<Json<Inspected>, Problem> {
    let file = find(&app, &id)?;
    let inspection = app.store.get(INSPECTIONS, file.number)?;
    let inspection = inspection.unwrap_or(Value::Null);
    Ok(Json(Inspected { file, inspection }))
}

/// Reads a file in another way, which then holds for its chart, its runs and its forecasts. Where that fails, nothing
/// changes.
#[utoipa::path(put, path = "/v1/files/{id}/reading", operation_id = "read_file", tag = "files", params(("id" = String, Path)),
    request_body = Reading,
    responses((status = 200, body = Inspected), (status = "4XX", body = Problem, content_type = "application/problem+json")))]
pub(crate) async fn read(
    State(app): State<App>,
    Named(id): Named,
    body: Whole,
) -> Result<Json<Inspected>, Problem> {
    let reading: Reading = body.json()?;
    let read = app.clone().work(move || {
        let file = find(&app, &id)?;
        let bytes = app.store.upload(&file.id)?;
        keep(&app, file.name, reading, &bytes)
    });
    read.await.map(Json)
}

/// A file of one series without the faults that can be removed safely. The file itself stays as it is.
#[utoipa::path(get, path = "/v1/files/{id}/clean", operation_id = "clean_file", tag = "files", params(("id" = String, Path)),
    responses((status = 200, body = Clean), (status = "4XX", body = Problem, content_type = "application/problem+json")))]
pub(crate) async fn clean(
    State(app): State<App>,
    Named(id): Named,
) -> Result<Json<Clean>, Problem> {
    let cleaned = app.clone().work(move || {
        let file = find(&app, &id)?;
        Ok(open(&app, &file)?.clean()?)
    });
    let cleaned = cleaned.await?;
    let left = cleaned.left().cloned().collect();
    Ok(Json(Clean {
        rows: cleaned.rows,
        dropped: cleaned.dropped,
        changed: cleaned.changed,
        left,
        csv: String::from_utf8_lossy(&cleaned.csv).into_owned(),
    }))
}

/// Removes a file. A run that waits for it will fail.
#[utoipa::path(delete, path = "/v1/files/{id}", operation_id = "delete_file", tag = "files", params(("id" = String, Path)),
    responses((status = 204), (status = "4XX", body = Problem, content_type = "application/problem+json")))]
pub(crate) async fn remove(
    State(app): State<App>,
    Named(id): Named,
) -> Result<StatusCode, Problem> {
    let file = find(&app, &id)?;
    app.store.remove(&[FILES, INSPECTIONS], file.number)?;
    app.store.remove_upload(&file.id)?;
    Ok(StatusCode::NO_CONTENT)
}

/// One column of one series, thinned for a chart.
#[utoipa::path(get, path = "/v1/files/{id}/series", operation_id = "show_series", tag = "files", params(("id" = String, Path), Which),
    responses((status = 200, body = Shown), (status = "4XX", body = Problem, content_type = "application/problem+json")))]
pub(crate) async fn series(
    State(app): State<App>,
    Named(id): Named,
    Params(which): Params<Which>,
) -> Result<Json<Shown>, Problem> {
    app.clone()
        .work(move || show(&app, &id, which))
        .await
        .map(Json)
}

impl File {
    /// The column that is forecast if nothing else is said.
    pub(crate) fn target(&self) -> Option<&str> {
        self.target.as_deref()
    }
}

/// The file of an id.
pub(crate) fn find(app: &App, id: &str) -> Result<File, Problem> {
    let files: Vec<File> = app.store.all(FILES)?;
    files
        .into_iter()
        .find(|file| file.id == id)
        .ok_or_else(|| Problem::not_found("file", id))
}

/// The rows of a file, by the name that its owner gave it.
pub(crate) fn open(app: &App, file: &File) -> Result<Data, Problem> {
    open_with(app, file, ReadOptions::default())
}

/// The same, as `base` says where the file itself leaves it open.
pub(crate) fn open_with(app: &App, file: &File, base: ReadOptions) -> Result<Data, Problem> {
    let options = options_of(app, &file.reading, base);
    let bytes = app.store.upload(&file.id)?;
    Ok(Data::parse(&file.name, &bytes, &options)?)
}

/// How rows are read: within the limits of the service.
pub(crate) fn options(app: &App, read: ReadOptions) -> PanelOptions {
    PanelOptions {
        read,
        most_bytes: Some(2 * app.limits.bytes as u64),
        ..PanelOptions::default()
    }
}

/// The same, as the owner of a file says.
fn options_of(app: &App, reading: &Reading, base: ReadOptions) -> PanelOptions {
    PanelOptions {
        id: reading.id.clone(),
        ..options(app, reading.over(base))
    }
}

/// Fails where there are more rows than are served.
pub(crate) fn check_rows(app: &App, rows: usize) -> Result<(), Problem> {
    let most = app.limits.rows;
    match rows > most {
        true => Err(
            Problem::unusable(format!("there are {rows} rows; the service takes {most}"))
                .remedy("send fewer rows, or start the service with a larger --max-rows"),
        ),
        false => Ok(()),
    }
}

fn keep(app: &App, name: String, reading: Reading, bytes: &[u8]) -> Result<Inspected, Problem> {
    let digest = Sha256::digest(bytes);
    let sha256: String = digest.iter().map(|byte| format!("{byte:02x}")).collect();
    let id = sha256[..32].to_string();
    let files: Vec<File> = app.store.all(FILES)?;
    if files.len() >= Limits::FILES && files.iter().all(|old| old.id != id) {
        return Err(
            Problem::unusable(format!("there are {} files already", files.len()))
                .remedy("delete some that are no longer needed"),
        );
    }
    let options = options_of(app, &reading, ReadOptions::default());
    let data = Data::parse(&name, bytes, &options)?;
    let inspection = Inspection::of(&data)?;
    let (columns, series, rows) = match &inspection {
        Inspection::One(health) => {
            let columns = health.columns.iter().map(|column| column.name.clone());
            (columns.collect(), 1, health.rows)
        }
        Inspection::Many { series, .. } => {
            let columns = series
                .first()
                .map_or_else(Vec::new, |one| one.columns.clone());
            (
                columns,
                series.len(),
                series.iter().map(|one| one.rows).sum(),
            )
        }
    };
    check_rows(app, rows)?;
    let file = File {
        id,
        number: 0,
        name,
        bytes: bytes.len() as u64,
        sha256,
        created: Timestamp::now(),
        form: data.form().map(|form| {
            let name = match form {
                PanelForm::Wide => "wide",
                PanelForm::Long | PanelForm::Files => "long",
            };
            name.into()
        }),
        target: data.target().ok(),
        columns,
        series,
        rows,
        reading,
    };
    let inspection =
        serde_json::to_value(&inspection).map_err(|error| Problem::internal(&error))?;
    // One after the other, so that the same bytes sent twice at once are one file. The bytes first: what the database
    // knows of is there.
    let _one = app
        .store
        .uploading
        .lock()
        .unwrap_or_else(PoisonError::into_inner);
    let files: Vec<File> = app.store.all(FILES)?;
    app.store.keep_upload(&file.id, bytes)?;
    let file = match files.into_iter().find(|old| old.id == file.id) {
        // The same bytes under another name are the same file, called as it was called last.
        Some(old) => {
            let file = File {
                number: old.number,
                created: old.created,
                ..file
            };
            app.store.put(FILES, file.number, &file)?;
            file
        }
        None => app.store.add(FILES, |number| File { number, ..file })?,
    };
    app.store.put(INSPECTIONS, file.number, &inspection)?;
    Ok(Inspected { file, inspection })
}

fn show(app: &App, id: &str, which: Which) -> Result<Shown, Problem> {
    let data = open(app, &find(app, id)?)?;
    let column = match which.column {
        Some(column) => column,
        None => data.target()?,
    };
    let panel = data.read(&[&column])?;
    let wanted = |series: &&Series| {
        which
            .name
            .as_deref()
            .is_none_or(|name| series.name() == name)
    };
    let series = panel.series.iter().find(wanted);
    let Some(series) = series.or(panel.series.first().filter(|_| data.form().is_none())) else {
        let name = which.name.unwrap_or_default();
        return Err(Problem::new(
            StatusCode::NOT_FOUND,
            format!("there is no series {name:?}"),
        ));
    };
    let values = series.column(&column)?;
    let step = series.rows().div_ceil(POINTS).max(1);
    // The last row is always shown: it is where a forecast begins.
    let at = (0..series.rows()).rev().step_by(step).collect::<Vec<_>>();
    let at = || at.iter().rev();
    Ok(Shown {
        name: series.name().into(),
        rows: series.rows(),
        dates: at()
            .map(|&row| Stamp::to_string(&series.stamps()[row]))
            .collect(),
        values: at()
            .map(|&row| Some(values[row]).filter(|value| value.is_finite()))
            .collect(),
        column,
    })
}

/// The last part of a path, without control characters and not endless.
fn file_name(name: &str) -> String {
    let last = name.rsplit(['/', '\\']).next().unwrap_or_default();
    let name: String = last.chars().filter(|c| !c.is_control()).take(200).collect();
    match name.trim() {
        "" => "file".into(),
        name => name.into(),
    }
}

/// The built-in sample as a CSV file.
fn sp500_csv() -> String {
    let series = sp500();
    let names: Vec<&str> = series
        .columns()
        .iter()
        .map(|column| &*column.name)
        .collect();
    let mut text = format!("date,{}\n", names.join(","));
    for (row, stamp) in series.stamps().iter().enumerate() {
        let values = series
            .columns()
            .iter()
            .map(|column| format!(",{}", column.values[row]));
        text += &format!("{stamp}{}\n", values.collect::<String>());
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_of_files_are_no_paths() {
        for (name, kept) in [
            ("../../etc/passwd", "passwd"),
            ("C:\\data\\a.csv", "a.csv"),
            ("a\n\u{1b}[31mb", "a[31mb"),
            ("..//", "file"),
        ] {
            assert_eq!(file_name(name), kept);
        }
    }
}
