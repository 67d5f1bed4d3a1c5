//! `gatecast serve` as a process: how it starts, how it ends, and what is left of it when it is killed.

use std::io::{BufRead, BufReader, Read};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use serde_json::{Value, json};

/// A service that is killed when it is dropped.
struct Service {
    process: Child,
    url: String,
    token: Option<String>,
}

impl Drop for Service {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

impl Service {
    fn start(models: &Path, more: &[&str]) -> Self {
        let mut process = command(models, more)
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let mut lines = BufReader::new(process.stdout.take().unwrap()).lines();
        let mut text = String::new();
        while serde_json::from_str::<Value>(&text).is_err() {
            text += &lines.next().expect("it says where it is").unwrap();
        }
        let ready: Value = serde_json::from_str(&text).unwrap();
        let url = ready["url"].as_str().unwrap();
        Self {
            process,
            url: url
                .split("/#")
                .next()
                .unwrap()
                .replace("0.0.0.0", "127.0.0.1"),
            token: ready["token"].as_str().map(Into::into),
        }
    }

    fn ask(&self, method: &str, path: &str, body: &[u8]) -> Result<(u16, Value), ureq::Error> {
        let agent: ureq::Agent = ureq::Agent::config_builder()
            .http_status_as_error(false)
            .timeout_global(Some(Duration::from_secs(30)))
            .build()
            .into();
        let mut request = ureq::http::Request::builder()
            .method(method)
            .uri(format!("{}{path}", self.url));
        if let Some(token) = &self.token {
            request = request.header("Authorization", format!("Bearer {token}"));
        }
        let mut answer = agent.run(request.body(body).unwrap())?;
        let text = answer.body_mut().read_to_string()?;
        let json = serde_json::from_str(&text).unwrap_or(Value::String(text));
        Ok((answer.status().as_u16(), json))
    }

    fn get(&self, path: &str) -> Value {
        self.ask("GET", path, b"").unwrap().1
    }

    fn post(&self, path: &str, body: &Value) -> (u16, Value) {
        self.ask("POST", path, body.to_string().as_bytes()).unwrap()
    }

    fn upload(&self, text: &str) -> Value {
        self.ask("POST", "/v1/files?name=prices.csv", text.as_bytes())
            .unwrap()
            .1["id"]
            .clone()
    }

    /// Waits until a run is over and gives it.
    fn over(&self, id: &str) -> Value {
        let start = Instant::now();
        loop {
            let run = self.get(&format!("/v1/runs/{id}"));
            match run["status"].as_str() {
                Some("queued" | "running") if start.elapsed() < Duration::from_secs(120) => {
                    std::thread::sleep(Duration::from_millis(20));
                }
                _ => return run,
            }
        }
    }
}

fn command(models: &Path, more: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_gatecast"));
    command
        .args(["serve", "--json", "--port", "0", "--models"])
        .arg(models)
        .args(more);
    command
}

fn prices(rows: usize) -> String {
    let mut text = String::from("date,close\n");
    for row in 0..rows {
        let date = jiff::civil::date(2020, 1, 1).checked_add(jiff::Span::new().days(row as i64));
        text += &format!("{},{}\n", date.unwrap(), 100.0 + (row as f64 * 0.7).sin());
    }
    text
}

/// A run that takes some hundredths of a second, or for ever.
fn wanted(file: &Value, epochs: u64) -> Value {
    let settings = json!({"preset": "plain", "hidden": [4], "window": 5, "epochs": epochs});
    json!({"kind": "train", "file": file, "name": "m", "settings": settings})
}

#[test]
fn killed_at_any_moment() {
    /// Kills, each at another moment of upload, training and saving.
    const KILLS: u64 = 50;
    let folder = tempfile::tempdir().unwrap();
    let models = folder.path().join("models");
    let mut finished = std::collections::BTreeSet::new();
    let mut interrupted = 0;
    for kill in 0..KILLS {
        let service = Service::start(&models, &[]);
        // What was finished is there and can be read, and nothing goes on that nobody knows of.
        let listed = service.get("/v1/models");
        for model in listed["models"].as_array().unwrap() {
            assert!(model["error"].is_null(), "{model}");
        }
        let there = |name: &String| {
            listed["models"]
                .as_array()
                .unwrap()
                .iter()
                .any(|model| model["name"] == **name)
        };
        assert!(finished.iter().all(there), "{finished:?} of {listed}");
        let runs = service.get("/v1/runs");
        for run in runs["runs"].as_array().unwrap() {
            let status = run["status"].as_str().unwrap();
            assert!(
                ["finished", "interrupted", "queued", "running"].contains(&status),
                "{run}"
            );
            if status == "finished" {
                finished.insert(run["model"].as_str().unwrap().to_string());
                let report = format!(
                    "/v1/runs/{}/report?format=json",
                    run["id"].as_str().unwrap()
                );
                assert!(service.get(&report)["sections"].is_array());
            }
            interrupted += u64::from(status == "interrupted");
        }
        // It is killed while it does all this.
        let url = service.url.clone();
        let busy = std::thread::spawn(move || {
            let agent = ureq::agent();
            for round in 0..3 {
                let text = prices(100 + 7 * round + kill as usize);
                let Ok(mut answer) = agent.post(format!("{url}/v1/files?name=a.csv")).send(text)
                else {
                    return;
                };
                let Ok(text) = answer.body_mut().read_to_string() else {
                    return;
                };
                let file: Value = serde_json::from_str(&text).unwrap();
                let body = wanted(&file["id"], 2).to_string();
                if agent.post(format!("{url}/v1/runs")).send(body).is_err() {
                    return;
                }
            }
        });
        // Moments that are spread over the first tenths of a second, the same in every run of this test.
        std::thread::sleep(Duration::from_millis(kill * 37 % 300));
        drop(service);
        busy.join().unwrap();
    }
    let service = Service::start(&models, &[]);
    for run in service.get("/v1/runs")["runs"].as_array().unwrap() {
        // What is queued goes on.
        let run = service.over(run["id"].as_str().unwrap());
        assert!(
            matches!(run["status"].as_str(), Some("finished" | "interrupted")),
            "{run}"
        );
    }
    assert!(!finished.is_empty() || interrupted > 0);
    let names = |folder: &Path| -> Vec<String> {
        let entries = std::fs::read_dir(folder).unwrap();
        entries
            .map(|entry| entry.unwrap().file_name().into_string().unwrap())
            .collect()
    };
    assert_eq!(names(&models.join(".service/unfinished")), [""; 0]);
    let of_models = names(&models);
    let odd = of_models
        .iter()
        .find(|name| *name != ".service" && !name.ends_with(".safetensors"));
    assert_eq!(odd, None);
}

#[cfg(unix)]
#[test]
fn it_ends_in_order_while_somebody_watches() {
    let folder = tempfile::tempdir().unwrap();
    let mut service = Service::start(folder.path(), &[]);
    let file = service.upload(&prices(100));
    let (status, run) = service.post("/v1/runs", &wanted(&file, 100_000_000));
    assert_eq!(status, 202, "{run}");
    let (_, waiting) = service.post("/v1/runs", &wanted(&file, 2));
    let path = format!(
        "{}/v1/runs/{}/events",
        service.url,
        run["id"].as_str().unwrap()
    );
    let watcher = std::thread::spawn(move || {
        let mut text = String::new();
        let mut answer = ureq::get(path).call().unwrap();
        let _ = answer.body_mut().as_reader().read_to_string(&mut text);
        text
    });
    std::thread::sleep(Duration::from_millis(300));
    let start = Instant::now();
    let pid = service.process.id().to_string();
    assert!(
        Command::new("kill")
            .args(["-TERM", &pid])
            .status()
            .unwrap()
            .success()
    );
    assert!(service.process.wait().unwrap().success());
    assert!(start.elapsed() < Duration::from_secs(30));
    assert!(watcher.join().unwrap().contains("event: epoch"));
    let service = Service::start(folder.path(), &[]);
    let path = format!("/v1/runs/{}", run["id"].as_str().unwrap());
    assert_eq!(service.get(&path)["status"], "interrupted");
    assert_eq!(
        service.over(waiting["id"].as_str().unwrap())["status"],
        "finished"
    );
}

#[test]
fn for_other_machines_there_is_a_token() {
    let folder = tempfile::tempdir().unwrap();
    let mut service = Service::start(folder.path(), &["--listen", "0.0.0.0"]);
    assert!(service.token.as_ref().unwrap().len() >= 32);
    assert_eq!(service.ask("GET", "/v1/models", b"").unwrap().0, 200);
    service.token = None;
    assert_eq!(service.ask("GET", "/v1/models", b"").unwrap().0, 401);
}

#[test]
fn why_it_does_not_start() {
    let folder = tempfile::tempdir().unwrap();
    let service = Service::start(folder.path(), &[]);
    let port = service.url.rsplit(':').next().unwrap();
    let other = tempfile::tempdir().unwrap();
    let file = other.path().join("file");
    std::fs::write(&file, "").unwrap();
    for (models, more, status, words) in [
        (other.path(), &["--port", port][..], 1, "name another port"),
        (folder.path(), &[], 1, "no other service uses this folder"),
        (&file, &[], 1, "cannot use"),
        (other.path(), &["--token", "tiny0"], 2, "16 or more"),
        (
            other.path(),
            &["--token", "with a blank in it"],
            2,
            "16 or more",
        ),
        (other.path(), &["--max-body", "0"], 2, "--max-body"),
        (other.path(), &["--jobs", "0"], 2, "--jobs"),
        (other.path(), &["--listen", "nowhere"], 2, "--listen"),
    ] {
        let mut command = Command::new(env!("CARGO_BIN_EXE_gatecast"));
        command
            .args(["serve", "--log", "off", "--models"])
            .arg(models)
            .args(more);
        if !more.contains(&"--port") {
            command.args(["--port", "0"]);
        }
        let output = command.output().unwrap();
        let text = String::from_utf8_lossy(&output.stderr);
        assert!(text.contains(words), "{more:?}: {text}");
        assert_eq!(output.status.code(), Some(status), "{more:?}: {text}");
        assert!(!text.contains("tiny0"), "a token is shown: {text}");
    }
}
