//! The whole way over HTTP: a file in, what is wrong with it, training watched, forecasts in every form, a report.

mod common;

use std::io::Cursor;

use arrow_array::cast::AsArray;
use arrow_array::types::Float64Type;
use common::{Service, prices};
use gatecast::{FittedForecaster, Series};
use serde_json::{Value, json};

/// Settings of a network that is trained in no time.
fn small() -> Value {
    json!({"preset": "plain", "hidden": [4], "window": 5, "epochs": 3, "horizon": 2})
}

/// Uploads a file and gives its id.
fn upload(service: &Service, name: &str, text: &str) -> String {
    let answer = service.ask(
        "POST",
        &format!("/v1/files?name={name}"),
        &[],
        text.as_bytes(),
    );
    assert_eq!(answer.status, 201, "{}", answer.text());
    answer.json()["id"].as_str().unwrap().into()
}

/// Asks for a run and waits until it is over.
fn run(service: &Service, wanted: &Value) -> Value {
    let answer = service.post("/v1/runs", wanted);
    assert_eq!(answer.status, 202, "{}", answer.text());
    let id = answer.json()["id"].as_str().unwrap().to_string();
    assert_eq!(answer.header("location"), Some(&*format!("/v1/runs/{id}")));
    // The stream of events ends with the run.
    service.get(&format!("/v1/runs/{id}/events"));
    service.get(&format!("/v1/runs/{id}")).json()
}

#[test]
fn from_a_file_to_a_dated_forecast() {
    let service = Service::start();
    let text = prices(120);
    let id = upload(&service, "prices.csv", &text);
    let file = service.get(&format!("/v1/files/{id}")).json();
    assert_eq!(
        (file["rows"].as_u64(), file["target"].as_str()),
        (Some(120), Some("close"))
    );
    assert_eq!(file["inspection"]["rhythm"], "every day of the week");
    let shown = service.get(&format!("/v1/files/{id}/series")).json();
    assert_eq!(shown["dates"].as_array().unwrap().len(), 120);

    let wanted = json!({"kind": "train", "file": id, "name": "mine", "settings": small()});
    let done = run(&service, &wanted);
    assert_eq!(
        (done["status"].as_str(), done["model"].as_str()),
        (Some("finished"), Some("mine")),
        "{done}"
    );
    assert_eq!(done["result"]["history"].as_array().unwrap().len(), 3);
    // A second one of the same name replaces nothing.
    assert_eq!(run(&service, &wanted)["model"], "mine-2");

    // What the library says of the same file and model.
    let fitted = FittedForecaster::load(service.models().join("mine.safetensors")).unwrap();
    let series = Series::parse("prices.csv", text.as_bytes(), &["close"]).unwrap();
    let expected = fitted.forecast(&series).unwrap();
    let points = serde_json::to_value(&expected.points).unwrap();
    let by_file = service.post("/v1/models/mine/forecast", &json!({"file": id}));
    assert_eq!(by_file.json()["forecast"], points, "{}", by_file.text());
    let (dates, closes): (Vec<&str>, Vec<f64>) = text
        .lines()
        .skip(1)
        .map(|line| line.split_once(',').unwrap())
        .map(|(d, c)| (d, c.parse::<f64>().unwrap()))
        .unzip();
    let rows = json!({"rows": {"date": dates, "close": closes}});
    assert_eq!(
        service.post("/v1/models/mine/forecast", &rows).json()["forecast"],
        points
    );
    let csv = service.ask(
        "POST",
        "/v1/models/mine/forecast",
        &[("Content-Type", "text/csv"), ("Accept", "text/csv")],
        text.as_bytes(),
    );
    let lines: Vec<String> = expected
        .points
        .iter()
        .map(|point| format!("{},{}", point.date, point.value))
        .collect();
    assert_eq!(csv.text(), format!("date,close\n{}\n", lines.join("\n")));
    let stream = "application/vnd.apache.arrow.stream";
    let arrow = service.ask(
        "POST",
        "/v1/models/mine/forecast",
        &[("Accept", stream)],
        text.as_bytes(),
    );
    assert_eq!(arrow.header("content-type"), Some(stream));
    let batches = arrow_ipc::reader::StreamReader::try_new(Cursor::new(&arrow.body), None).unwrap();
    let batch = batches.map(Result::unwrap).next().unwrap();
    let values = batch
        .column_by_name("close")
        .unwrap()
        .as_primitive::<Float64Type>();
    assert_eq!(
        values.values(),
        &expected
            .points
            .iter()
            .map(|point| point.value)
            .collect::<Vec<_>>()[..]
    );
    // And Arrow goes in as it came out.
    let sent = service.ask(
        "POST",
        "/v1/models/mine/forecast",
        &[("Content-Type", stream)],
        &arrow.body,
    );
    assert_eq!(
        sent.status,
        422,
        "two rows are fewer than a window: {}",
        sent.text()
    );

    let judged = service
        .post("/v1/models/mine/backtest", &json!({"file": id}))
        .json();
    assert_eq!(judged["test"]["mae"], done["result"]["test"]["mae"]);
    let listed = service.get("/v1/models").json();
    assert_eq!(
        listed["models"][0]["skill"],
        done["result"]["test"]["skill"]
    );
    let summary = service.get("/v1/models/mine").json();
    assert_eq!(summary["summary"]["spec"]["data"]["window"], 5);
    let bytes = service.get("/v1/models/mine/file").body;
    assert_eq!(
        bytes,
        std::fs::read(service.models().join("mine.safetensors")).unwrap()
    );

    let run_id = done["id"].as_str().unwrap();
    let document = service
        .get(&format!("/v1/runs/{run_id}/report?format=json"))
        .json();
    assert_eq!(document["results"]["test"], done["result"]["test"]);
    let html = service
        .get(&format!("/v1/runs/{run_id}/report?language=zh-Hant"))
        .text();
    assert!(html.contains("lang=\"zh-Hant\"") && html.len() < 1_500_000);
    assert_eq!(
        service.ask("DELETE", "/v1/models/mine-2", &[], b"").status,
        204
    );
    assert_eq!(service.get("/v1/models/mine-2").status, 404);
    assert_eq!(
        service
            .ask("DELETE", &format!("/v1/runs/{run_id}"), &[], b"")
            .status,
        204
    );
    assert_eq!(service.get(&format!("/v1/runs/{run_id}")).status, 404);
    assert_eq!(
        service
            .ask("DELETE", &format!("/v1/files/{id}"), &[], b"")
            .status,
        204
    );
    assert_eq!(
        service.get("/v1/files").json()["files"]
            .as_array()
            .unwrap()
            .len(),
        0
    );
}

#[test]
fn a_file_is_read_as_its_owner_says() {
    let service = Service::start();
    // March or April? One point five or fifteen?
    let rows: String = (1..=12)
        .map(|day| format!("{day:02}/04/2018;{day},500\n"))
        .collect();
    let text = format!("Date;Close\n{rows}");
    let send = |query: &str| {
        service.ask(
            "POST",
            &format!("/v1/files?name=a.csv{query}"),
            &[],
            text.as_bytes(),
        )
    };
    let refused = send("");
    assert_eq!(refused.status, 422, "{}", refused.text());
    let remedy = refused.json()["remedy"].as_str().unwrap().to_string();
    assert!(remedy.contains("dates mdy or dmy"), "{remedy}");
    let refused = send("&dates=dmy").json();
    assert_eq!(
        refused["remedy"], "choose decimal comma or point",
        "{refused}"
    );
    assert_eq!(send("&dates=dmy&decimals=comma").status, 422);
    let kept = send("&dates=dmy&decimal=comma");
    assert_eq!(kept.status, 201, "{}", kept.text());
    let file = kept.json();
    assert_eq!(file["reading"]["dates"], "dmy");
    assert_eq!(file["inspection"]["first"], "2018-04-01");

    let path = format!("/v1/files/{}", file["id"].as_str().unwrap());
    let put = |reading: Value| {
        let body = reading.to_string();
        let json = [("Content-Type", "application/json")];
        service.ask("PUT", &format!("{path}/reading"), &json, body.as_bytes())
    };
    let months = put(json!({"dates": "mdy", "decimal": "point"}));
    assert_eq!(months.status, 200, "{}", months.text());
    assert_eq!(months.json()["inspection"]["last"], "2018-12-04");
    // It is still the same file, and its rows are read as was said last.
    assert_eq!(
        service.get("/v1/files").json()["files"]
            .as_array()
            .unwrap()
            .len(),
        1
    );
    let shown = service.get(&format!("{path}/series")).json();
    assert_eq!(
        (&shown["dates"][1], &shown["values"][1]),
        (&json!("2018-02-04"), &json!(2500.0))
    );
    // What cannot be read changes nothing.
    for (reading, status) in [
        (json!({"dates": "roc"}), 422),
        (json!({"date": "dmy"}), 422),
        (json!({}), 422),
    ] {
        assert_eq!(put(reading.clone()).status, status, "{reading}");
    }
    assert_eq!(service.get(&path).json()["reading"]["dates"], "mdy");

    // A run reads it so, and its model remembers it.
    put(json!({"dates": "dmy", "decimal": "comma"}));
    let wanted = json!({"kind": "train", "file": file["id"], "name": "days", "settings": {"method": "drift", "test": 0}});
    let done = run(&service, &wanted);
    assert_eq!(done["status"], "finished", "{done}");
    let fitted = FittedForecaster::load(service.models().join("days.safetensors")).unwrap();
    assert_eq!(
        fitted.read_options().dates,
        Some(gatecast::series::DateOrder::Dmy)
    );
    let forecast = service
        .post("/v1/models/days/forecast", &json!({"file": file["id"]}))
        .json();
    assert_eq!(forecast["cutoff"], "2018-04-12", "{forecast}");
}

#[test]
fn a_file_is_cleaned_of_what_can_be_removed_safely() {
    let service = Service::start();
    let text = "Date;Close;Volume\n03/04/2018;2,5;10\n02/04/2018;1,5;10\n04/04/2018;null;0\n30/04/2018;3,5;10\n";
    let id = {
        let kept = service.ask("POST", "/v1/files?name=a.csv", &[], text.as_bytes());
        kept.json()["id"].as_str().unwrap().to_string()
    };
    let clean = service.get(&format!("/v1/files/{id}/clean")).json();
    let want = "Date,Close,Volume\n2018-04-02,1.5,10\n2018-04-03,2.5,10\n2018-04-30,3.5,10\n";
    assert_eq!(clean["csv"], want, "{clean}");
    assert_eq!(clean["rows"], 3);
    assert_eq!(clean["dropped"][0]["line"], 4);
    assert_eq!(clean["changed"][0], "the rows were put in order of date");

    // Packed, the same comes out.
    let mut gzip = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    std::io::Write::write_all(&mut gzip, text.as_bytes()).unwrap();
    let packed = service.ask(
        "POST",
        "/v1/files?name=a.csv.gz",
        &[],
        &gzip.finish().unwrap(),
    );
    let path = format!("/v1/files/{}/clean", packed.json()["id"].as_str().unwrap());
    assert_eq!(service.get(&path).json()["csv"], want);

    let many = "unique_id,date,y\nA,2018-04-02,1\nA,2018-04-03,2\nB,2018-04-02,1\nB,2018-04-03,2\n";
    let many = service
        .ask("POST", "/v1/files?name=b.csv", &[], many.as_bytes())
        .json();
    let path = format!("/v1/files/{}/clean", many["id"].as_str().unwrap());
    let refused = service.get(&path);
    assert_eq!(refused.status, 422, "{}", refused.text());
}

#[test]
fn many_series_have_one_model() {
    let service = Service::start();
    let mut text = String::from("unique_id,ds,y\n");
    for name in ["A", "B", "C"] {
        for (row, line) in prices(60).lines().skip(1).enumerate() {
            let (date, _) = line.split_once(',').unwrap();
            text += &format!("{name},{date},{}\n", row % 7 + 1);
        }
    }
    let id = upload(&service, "many.csv", &text);
    let file = service.get(&format!("/v1/files/{id}")).json();
    assert_eq!(
        (file["form"].as_str(), file["series"].as_u64()),
        (Some("long"), Some(3))
    );
    let named = service.get(&format!("/v1/files/{id}/series?name=B")).json();
    assert_eq!(
        (named["name"].as_str(), named["column"].as_str()),
        (Some("B"), Some("y"))
    );
    let alone = service.post("/v1/runs", &json!({"kind": "train", "file": id}));
    assert_eq!(alone.status, 422);
    let settings = json!({"season": 7, "horizon": 7, "epochs": 2, "members": 1, "hidden": [4]});
    let wanted = json!({"kind": "train", "file": id, "global": true, "settings": settings});
    let done = run(&service, &wanted);
    assert_eq!(
        (done["status"].as_str(), done["model"].as_str()),
        (Some("finished"), Some("many")),
        "{done}"
    );
    assert_eq!(done["result"]["series"], 3);
    let forecast = service
        .post("/v1/models/many/forecast", &json!({"file": id}))
        .json();
    assert_eq!(forecast["series"].as_array().unwrap().len(), 3);
    let csv = service.ask(
        "POST",
        "/v1/models/many/forecast?level=80",
        &[("Accept", "text/csv")],
        text.as_bytes(),
    );
    assert!(
        csv.text().starts_with("unique_id,ds,y,lower80,upper80\nA,"),
        "{}",
        csv.text()
    );
    let mut backtest = wanted;
    backtest["kind"] = "backtest".into();
    backtest["folds"] = 2.into();
    let done = run(&service, &backtest);
    assert_eq!(done["status"], "finished", "{done}");
}

#[test]
fn backtests_failures_and_cancelled_runs() {
    let service = Service::start();
    let id = upload(&service, "prices.csv", &prices(150));
    let wanted = json!({"kind": "backtest", "file": id, "folds": 3, "settings": small()});
    let done = run(&service, &wanted);
    assert_eq!(
        done["result"]["folds"].as_array().unwrap().len(),
        3,
        "{done}"
    );
    // What the rows say is found by the run.
    let mut long = small();
    long["window"] = 500.into();
    let done = run(
        &service,
        &json!({"kind": "train", "file": id, "settings": long}),
    );
    assert_eq!(done["status"], "failed");
    assert!(
        done["error"]["remedy"].as_str().unwrap().contains("window"),
        "{done}"
    );
    // One goes on for hours, one waits behind it.
    let mut endless = small();
    endless["epochs"] = 100_000_000.into();
    let endless = json!({"kind": "train", "file": id, "settings": endless});
    let first = service.post("/v1/runs", &endless).json()["id"]
        .as_str()
        .unwrap()
        .to_string();
    let second = service.post("/v1/runs", &endless).json()["id"]
        .as_str()
        .unwrap()
        .to_string();
    assert_eq!(
        service
            .ask("DELETE", &format!("/v1/runs/{second}"), &[], b"")
            .status,
        409
    );
    for id in [&second, &first] {
        assert_eq!(
            service
                .post(&format!("/v1/runs/{id}/cancel"), &json!({}))
                .status,
            200
        );
        let events = service.get(&format!("/v1/runs/{id}/events")).text();
        assert!(events.contains("event: end"), "{events}");
        assert_eq!(
            service.get(&format!("/v1/runs/{id}")).json()["status"],
            "cancelled"
        );
    }
    let models = service.get("/v1/models").json();
    assert_eq!(models["models"].as_array().unwrap().len(), 0, "{models}");
}

#[test]
fn the_number_of_a_run_that_is_forgotten_is_not_given_again() {
    let service = Service::start();
    let id = upload(&service, "prices.csv", &prices(120));
    let wanted = json!({"kind": "train", "file": id, "settings": small()});
    let first = run(&service, &wanted);
    let path = format!("/v1/runs/{}", first["id"].as_str().unwrap());
    assert_eq!(service.ask("DELETE", &path, &[], b"").status, 204);
    let second = run(&service, &wanted);
    assert_eq!(second["status"], "finished", "{second}");
    assert_ne!(first["id"], second["id"]);
    assert_eq!(service.get(&path).status, 404);
    // The thread that did it comes to an end a moment after the last event.
    let is_idle = || {
        let metrics = service.get("/metrics").text();
        metrics.contains("gatecast_runs_running 0\n")
    };
    assert!((0..1000).any(|_| is_idle()));
}

#[test]
fn a_late_run_fails() {
    let limits = gatecast_web::Limits {
        run: std::time::Duration::from_millis(200),
        ..gatecast_web::Limits::default()
    };
    let service = Service::with(None, limits);
    let id = upload(&service, "prices.csv", &prices(150));
    let mut endless = small();
    endless["epochs"] = 100_000_000.into();
    let done = run(
        &service,
        &json!({"kind": "train", "file": id, "settings": endless}),
    );
    assert_eq!(done["status"], "failed");
    assert!(
        done["error"]["remedy"]
            .as_str()
            .unwrap()
            .contains("--max-seconds"),
        "{done}"
    );
}

#[test]
fn events_go_on_where_somebody_left() {
    let service = Service::start();
    let id = upload(&service, "prices.csv", &prices(120));
    let done = run(
        &service,
        &json!({"kind": "train", "file": id, "settings": small()}),
    );
    let path = format!("/v1/runs/{}/events", done["id"].as_str().unwrap());
    let all = service.get(&path).text();
    let epochs = all.matches("event: epoch").count();
    assert_eq!(epochs, 3, "{all}");
    assert!(all.contains("\"gradient_norm\""));
    let ids: Vec<&str> = all
        .lines()
        .filter_map(|line| line.strip_prefix("id: "))
        .collect();
    let last = ids[ids.len() - 2];
    let rest = service
        .ask("GET", &path, &[("Last-Event-ID", last)], b"")
        .text();
    assert_eq!(rest.matches("id: ").count(), 1, "{rest}");
    assert!(rest.contains("event: end"));
}

#[test]
fn kserves_form() {
    let service = Service::start();
    let id = upload(&service, "prices.csv", &prices(120));
    let done = run(
        &service,
        &json!({"kind": "train", "file": id, "name": "m", "settings": small()}),
    );
    assert_eq!(done["status"], "finished");
    let values: Vec<f64> = (0..30).map(|row| 100.0 + f64::from(row % 5)).collect();
    let input = |name: &str, series: &[f64], start: &str| json!({"type": "univariate_time_series", "name": name, "series": series, "frequency": "D", "start_timestamp": start});
    let request = json!({
        "model": "m",
        "inputs": [input("a", &values, "2025-06-05T13:10:00Z"), input("b", &values[..2], "2025-06-05")],
        "options": {"horizon": 2, "quantiles": [0.5]},
        "metadata": {"any": "thing"},
    });
    let answer = service.post("/v1/timeseries/forecast", &request).json();
    assert_eq!(answer["status"], "PARTIAL", "{answer}");
    let content = &answer["outputs"][0]["content"][0];
    assert_eq!(content["start_timestamp"], "2025-07-05");
    assert_eq!(content["mean_forecast"].as_array().unwrap().len(), 2);
    assert_eq!(content["quantiles"]["0.5"], content["mean_forecast"]);
    assert!(
        answer["outputs"][1]["error"]["message"]
            .as_str()
            .unwrap()
            .contains("rows"),
        "{answer}"
    );
}

#[test]
fn the_page_and_the_description_are_there() {
    let service = Service::start();
    for path in ["/", "/api"] {
        let answer = service.get(path);
        assert_eq!(
            answer.header("content-type"),
            Some("text/html; charset=utf-8"),
            "{path}"
        );
        assert!(
            answer
                .header("content-security-policy")
                .unwrap()
                .contains("default-src 'none'")
        );
    }
    let scripts = service.get("/").text();
    for name in scripts.split("/assets/").skip(1) {
        let name = name.split(['"', '\'']).next().unwrap();
        assert_eq!(
            service.get(&format!("/assets/{name}")).status,
            200,
            "{name}"
        );
    }
    assert_eq!(
        service.get("/assets/report.js").header("content-type"),
        Some("text/javascript; charset=utf-8")
    );
    // Packed for those who can unpack it, and the same.
    let gzip = [("Accept-Encoding", "gzip, deflate, br")];
    let packed = service.ask("GET", "/assets/main.js", &gzip, b"");
    assert_eq!(packed.header("content-encoding"), Some("gzip"));
    assert_eq!(packed.header("vary"), Some("accept-encoding"));
    let mut content = Vec::new();
    let mut reader = flate2::read::GzDecoder::new(&packed.body[..]);
    std::io::Read::read_to_end(&mut reader, &mut content).unwrap();
    let plain = service.get("/assets/main.js");
    assert_eq!(plain.header("content-encoding"), None);
    assert_eq!(plain.body, content);
    let description = service.get("/openapi.json").json();
    assert_eq!(description["paths"].as_object().unwrap().len(), 22);
    // Types of one name would hide one another.
    let schemas = description["components"]["schemas"].as_object().unwrap();
    assert!(schemas.contains_key("TimeSeriesType") && schemas.contains_key("Kind"));
    assert!(
        service
            .get("/metrics")
            .text()
            .contains("gatecast_http_answers_total{status=\"2xx\"}")
    );
    assert_eq!(service.get("/readyz").status, 200);
    let settings = service.get("/v1/settings").json();
    assert!(
        settings["settings"]
            .as_array()
            .unwrap()
            .iter()
            .any(|one| one["name"] == "window")
    );
    let sample = service
        .ask("POST", "/v1/files?sample=sp500", &[], b"")
        .json();
    assert_eq!(sample["rows"], 333);
}
