//! Requests that no good client makes. Each is refused, or answered as if it were a good one; the service goes on, and
//! tells neither where it lies nor its token.

mod common;

use std::io::{Read, Write};
use std::net::TcpStream;
use std::time::{Duration, Instant};

use common::{Service, prices};
use gatecast_web::Limits;
use serde_json::json;

/// A request with these headers, and the host that a good one names.
fn request(service: &Service, line: &str, headers: &str, body: &[u8]) -> Vec<u8> {
    let head = format!(
        "{line} HTTP/1.1\r\nHost: {}\r\nConnection: close\r\n{headers}",
        service.address
    );
    [
        head.as_bytes(),
        format!("Content-Length: {}\r\n\r\n", body.len()).as_bytes(),
        body,
    ]
    .concat()
}

fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut gzip = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::best());
    gzip.write_all(bytes).unwrap();
    gzip.finish().unwrap()
}

/// Arrow IPC that claims a body of this length.
fn arrow_with_length(length: i64) -> Vec<u8> {
    let mut bytes = vec![0xff; 4];
    bytes.extend_from_slice(&i32::MAX.to_le_bytes());
    bytes.extend_from_slice(&length.to_le_bytes());
    bytes
}

#[test]
fn a_table_of_hostile_requests() {
    let limits = Limits {
        bytes: 1 << 20,
        rows: 50_000,
        ..Limits::default()
    };
    let service = Service::with(None, limits);
    std::fs::write(service.folder.path().join("secret.safetensors"), "secret").unwrap();
    let text = prices(60);
    let id = service
        .ask("POST", "/v1/files?name=prices.csv", &[], text.as_bytes())
        .json()["id"]
        .as_str()
        .unwrap()
        .to_string();
    let of = |line: &str, headers: &str, body: &[u8]| request(&service, line, headers, body);
    let json = "Content-Type: application/json\r\n";
    let run = |body: serde_json::Value| of("POST /v1/runs", json, body.to_string().as_bytes());
    let port = service.address.port();
    let host = |host: &str| {
        format!("GET /v1/models HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n\r\n").into_bytes()
    };
    let train = |settings: serde_json::Value| {
        run(json!({"kind": "train", "file": id, "settings": settings}))
    };
    let deep = "[".repeat(100_000);
    let many = format!("{{\"rows\": {{\"close\": [{}1]}}}}", "1,".repeat(200_000));
    let bomb = gzip(&vec![b'1'; 200 << 20]);
    let many_rows = gzip(format!("close\n{}", "1\n".repeat(60_000)).as_bytes());
    let long = format!("GET /v1/models/{}", "a".repeat(70_000));
    let line = "POST /v1/models/none/forecast";
    // 0 stands for no answer at all.
    let table: Vec<(&str, Vec<u8>, &[u16])> = vec![
        // Paths out of the folder.
        ("dots in a model's name", of("GET /v1/models/..%2Fsecret", "", b""), &[404]),
        ("dots, twice encoded", of("GET /v1/models/..%252Fsecret", "", b""), &[404]),
        ("dots as they are", of("GET /v1/models/../secret", "", b""), &[404]),
        ("an absolute path", of("GET /v1/models/%2Fetc%2Fpasswd/file", "", b""), &[404]),
        ("a hidden folder", of("GET /v1/models/.service%2Fservice/file", "", b""), &[404]),
        ("a zero byte in a name", of("GET /v1/models/a%00b/file", "", b""), &[404]),
        ("no UTF-8 in a name", of("GET /v1/models/%ff%fe", "", b""), &[404]),
        ("delete out of the folder", of("DELETE /v1/models/..%2Fsecret", "", b""), &[404]),
        ("an asset out of the folder", of("GET /assets/..%2FCargo.toml", "", b""), &[404]),
        ("a file out of the folder", of("GET /v1/files/..%2Fservice.redb", "", b""), &[404]),
        ("the database as a file", of("DELETE /v1/files/..%2F..%2Fsecret.safetensors", "", b""), &[404]),
        ("a run that is no number", of("GET /v1/runs/..%2F1", "", b""), &[404]),
        ("a run beyond all numbers", of("GET /v1/runs/99999999999999999999", "", b""), &[404]),
        ("a run below zero", of("POST /v1/runs/-1/cancel", "", b""), &[404]),
        ("a model named by a path", run(json!({"kind": "train", "file": id, "name": "../../x"})), &[422]),
        ("a hidden model", run(json!({"kind": "train", "file": id, "name": ".x"})), &[422]),
        ("a file's name with a path", of("POST /v1/files?name=..%2F..%2Fx.csv", "", text.as_bytes()), &[201]),
        // Who asks.
        ("a name that leads here", host(&format!("evil.example:{port}")), &[403]),
        ("a name that begins like ours", host(&format!("localhost.evil.example:{port}")), &[403]),
        ("our address on another port", host("127.0.0.1:1"), &[403]),
        ("no host", b"GET /v1/models HTTP/1.1\r\nConnection: close\r\n\r\n".to_vec(), &[400, 403]),
        ("an empty host", host(""), &[400, 403]),
        ("two hosts", format!("GET / HTTP/1.1\r\nHost: localhost:{port}\r\nHost: evil\r\nConnection: close\r\n\r\n").into(), &[400, 403]),
        ("HTTP/1.0 without a host", b"GET /v1/models HTTP/1.0\r\n\r\n".to_vec(), &[400, 403]),
        ("a foreign origin", of("POST /v1/runs", "Origin: https://evil.example\r\n", b"{}"), &[403]),
        ("a foreign origin that reads", of("GET /v1/files", "Origin: https://evil.example\r\n", b""), &[403]),
        ("a page of the disk", of("POST /v1/files", "Origin: null\r\n", b"a"), &[403]),
        ("our origin on another port", of("GET /v1/files", "Origin: http://127.0.0.1:1\r\n", b""), &[403]),
        ("a form of another site", of("POST /v1/files", "Origin: http://evil.example\r\nContent-Type: text/plain\r\n", b"a"), &[403]),
        ("a preflight", of("OPTIONS /v1/runs", "Origin: https://evil.example\r\nAccess-Control-Request-Method: POST\r\n", b""), &[403]),
        // Bodies.
        ("too long a body", of("POST /v1/files", "", &vec![b'a'; 2 << 20]), &[413, 0]),
        ("a length beyond all", format!("POST /v1/files HTTP/1.1\r\nHost: {}\r\nConnection: close\r\nContent-Length: 99999999999999\r\n\r\n", service.address).into(), &[413]),
        ("a length below zero", format!("POST /v1/files HTTP/1.1\r\nHost: {}\r\nContent-Length: -1\r\n\r\n", service.address).into(), &[400, 0]),
        ("two lengths", format!("POST /v1/files HTTP/1.1\r\nHost: {}\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nab", service.address).into(), &[400, 0]),
        ("a length and chunks", format!("POST /v1/files HTTP/1.1\r\nHost: {}\r\nConnection: close\r\nContent-Length: 4\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", service.address).into(), &[400, 422, 0]),
        ("chunks without end", format!("POST /v1/files HTTP/1.1\r\nHost: {}\r\nConnection: close\r\nTransfer-Encoding: chunked\r\n\r\n{}", service.address, "10000\r\n".to_string() + &"a".repeat(0x10000) + "\r\n").repeat(1).into_bytes().into_iter().chain(format!("10000\r\n{}\r\n", "a".repeat(0x10000)).repeat(40).into_bytes()).collect(), &[413, 0]),
        ("chunks that are none", format!("POST /v1/files HTTP/1.1\r\nHost: {}\r\nConnection: close\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n", service.address).into(), &[400, 0]),
        ("an empty file", of("POST /v1/files", "", b""), &[422]),
        ("bytes that are nothing", of("POST /v1/files", "", &[0, 1, 2, 255]), &[422]),
        ("a gzip bomb", of("POST /v1/files", "", &bomb), &[422]),
        ("too many rows, packed", of("POST /v1/files", "", &many_rows), &[422]),
        ("half a gzip", of("POST /v1/files", "", &bomb[..100]), &[422]),
        ("an archive that is none", of("POST /v1/files", "", b"PK\x03\x04aaaaaaaaaaaaaaaaaaaaaaaa"), &[422]),
        ("Parquet that is none", of("POST /v1/files", "", b"PAR1aaaaaaaaaaaaaaaaPAR1"), &[422]),
        ("Arrow that claims all memory", of("POST /v1/files", "", &arrow_with_length(i64::MAX)), &[422]),
        ("Arrow that claims less than none", of("POST /v1/files", "", &arrow_with_length(-1)), &[422]),
        // JSON.
        ("no JSON", of("POST /v1/runs", json, b"{"), &[400]),
        ("JSON of another shape", of("POST /v1/runs", json, b"[1, 2]"), &[400, 422]),
        ("JSON without end", of("POST /v1/runs", json, deep.as_bytes()), &[400]),
        ("no UTF-8", of("POST /v1/runs", json, b"{\"kind\": \"\xff\"}"), &[400]),
        ("a kind that is none", run(json!({"kind": "rm", "file": id})), &[422]),
        ("a key that is none", run(json!({"kind": "train", "file": id, "shell": "rm"})), &[422]),
        ("a file that is none", run(json!({"kind": "train", "file": "0".repeat(32)})), &[404]),
        ("a setting that is none", train(json!({"windw": 5})), &[422]),
        ("a setting of another kind", train(json!({"window": "five"})), &[422]),
        ("a setting beyond all", train(json!({"hidden": [1_000_000_000_u64]})), &[422]),
        ("members beyond all", train(json!({"members": 4_000_000_000_u64})), &[422]),
        ("a window beyond all", train(json!({"window": 9_007_199_254_740_991_u64})), &[422]),
        ("a setting below zero", train(json!({"epochs": -1})), &[422]),
        ("a setting that is a list of lists", train(json!({"hidden": [[[1]]]})), &[422]),
        ("folds without end", run(json!({"kind": "backtest", "file": id, "folds": 1_000_000})), &[422]),
        // Forecasts.
        ("a model that is none", of(line, json, b"{\"rows\": {\"close\": [1]}}"), &[404]),
        ("steps beyond all", of(&format!("{line}?horizon=99999999999999999999"), json, b"{}"), &[422]),
        ("steps below zero", of(&format!("{line}?horizon=-1"), json, b"{}"), &[422]),
        ("more rows than are served", of(line, json, many.as_bytes()), &[404]),
        ("classes of a model that is none", of("POST /v1/models/none/classify", json, b"{\"texts\": []}"), &[404]),
        ("a language that is none", of("GET /v1/runs/1/report?language=%00", "", b""), &[404, 422]),
        // Requests.
        ("a path without end", of(&long, "", b""), &[404, 414, 431, 0]),
        ("a head without end", of("GET /v1/models", &format!("X: {}\r\n", "a".repeat(200_000)), b""), &[400, 431, 0]),
        ("headers without end", of("GET /v1/models", &"X: a\r\n".repeat(5000), b""), &[400, 431, 0]),
        ("a method that is none", of("BREW /v1/models", "", b""), &[405]),
        ("a method that does not fit", of("PUT /v1/runs", "", b""), &[405]),
        ("CONNECT", format!("CONNECT 127.0.0.1:22 HTTP/1.1\r\nHost: {}\r\nConnection: close\r\n\r\n", service.address).into(), &[400, 404, 405, 0]),
        ("another server's address", format!("GET http://evil.example/ HTTP/1.1\r\nHost: {}\r\nConnection: close\r\n\r\n", service.address).into(), &[200, 400, 403, 404]),
        ("a line break in a header", of("GET /v1/models", "X: a\r\n b\r\n", b""), &[200, 400, 0]),
        ("a zero byte in a header", of("GET /v1/models", "X: a\0b\r\n", b""), &[400, 0]),
        ("no HTTP", b"hello\r\n\r\n".to_vec(), &[400, 0]),
        ("TLS", b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03".to_vec(), &[400, 0]),
        ("HTTP/2", b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n".to_vec(), &[400, 505, 0]),
        ("an event number beyond all", of("GET /v1/runs/1/events", "Last-Event-ID: 99999999999999999999\r\n", b""), &[404]),
        ("a websocket", of("GET /v1/runs", "Upgrade: websocket\r\nSec-WebSocket-Key: aaaa\r\n", b""), &[200]),
    ];
    assert!(table.len() >= 60, "{}", table.len());
    let place = service.folder.path().display().to_string();
    let mut wrong = Vec::new();
    for (what, bytes, allowed) in &table {
        let answer = service.send(bytes);
        let status = answer.as_ref().map_or(0, |answer| answer.status);
        if !allowed.contains(&status) {
            wrong.push(format!(
                "{what}: {status}, {}",
                answer.as_ref().map_or(String::new(), common::Answer::text)
            ));
        }
        if let Some(answer) = answer {
            let all = answer.head.clone() + &answer.text();
            for leak in [&*place, "/root", "panicked", ".rs:", "secret\""] {
                if all.contains(leak) {
                    wrong.push(format!("{what}: tells of {leak}: {all}"));
                }
            }
            if !answer.body.is_empty()
                && answer.status >= 400
                && answer
                    .header("content-type")
                    .is_some_and(|kind| kind != "application/problem+json")
            {
                wrong.push(format!("{what}: {:?}", answer.header("content-type")));
            }
        }
        if service.get("/healthz").status != 200 {
            wrong.push(format!("{what}: the service is gone"));
            break;
        }
    }
    assert!(
        wrong.is_empty(),
        "{} of {}:\n{}",
        wrong.len(),
        table.len(),
        wrong.join("\n")
    );
    assert!(service.folder.path().join("secret.safetensors").exists());
    assert!(
        service.get("/v1/models").json()["models"]
            .as_array()
            .unwrap()
            .is_empty()
    );
}

#[test]
fn nothing_is_answered_without_the_token() {
    let token = "a-token-of-some-length";
    let service = Service::with(Some(token), Limits::default());
    let with = |value: &str| service.ask("GET", "/v1/models", &[("Authorization", value)], b"");
    for (value, status) in [
        ("", 401),
        ("Bearer", 401),
        ("Bearer ", 401),
        ("Bearer a-token-of-some-lengt", 401),
        ("Bearer a-token-of-some-length1", 401),
        ("Basic a-token-of-some-length", 401),
        ("Bearer a-token-of-some-length", 200),
        ("bearer a-token-of-some-length", 200),
    ] {
        let answer = with(value);
        assert_eq!(answer.status, status, "{value}");
        assert!(!(answer.head.clone() + &answer.text()).contains(token));
    }
    for path in [
        "/v1/models",
        "/v1/runs",
        "/v1/files",
        "/v1/settings",
        "/metrics",
        "/openapi.json",
        "/none",
    ] {
        assert_eq!(service.get(path).status, 401, "{path}");
    }
    for (method, path) in [
        ("POST", "/v1/files"),
        ("POST", "/"),
        ("DELETE", "/assets/main.js"),
        ("POST", "/v1/runs"),
    ] {
        assert_eq!(
            service.ask(method, path, &[], b"").status,
            401,
            "{method} {path}"
        );
    }
    for path in ["/", "/api", "/healthz", "/readyz", "/assets/report.js"] {
        assert_eq!(service.get(path).status, 200, "{path}");
    }
    // Any name may lead to a service with a token, but no page of another site may ask.
    let bearer = format!("Bearer {token}");
    let foreign = [
        ("Authorization", &*bearer),
        ("Origin", "https://evil.example"),
    ];
    assert_eq!(service.ask("GET", "/v1/models", &foreign, b"").status, 403);
}

#[test]
fn slow_senders_are_let_go() {
    let service = Service::start();
    // Half a head: the connection is closed when ten seconds are over.
    let mut stream = TcpStream::connect(service.address).unwrap();
    stream
        .write_all(b"GET /v1/models HTTP/1.1\r\nHost: ")
        .unwrap();
    stream
        .set_read_timeout(Some(Duration::from_secs(60)))
        .unwrap();
    let start = Instant::now();
    let mut rest = Vec::new();
    let _ = stream.read_to_end(&mut rest);
    assert!(start.elapsed() < Duration::from_secs(50));
    // Nothing at all after one good request: the same.
    let mut stream = TcpStream::connect(service.address).unwrap();
    let good = format!("GET /healthz HTTP/1.1\r\nHost: {}\r\n\r\n", service.address);
    stream.write_all(good.as_bytes()).unwrap();
    stream
        .set_read_timeout(Some(Duration::from_secs(60)))
        .unwrap();
    let start = Instant::now();
    let _ = stream.read_to_end(&mut rest);
    assert!(start.elapsed() < Duration::from_secs(50));
    assert!(String::from_utf8_lossy(&rest).contains("200 OK"));
}

#[test]
fn who_takes_no_answer_is_let_go() {
    let service = Service::start();
    let open = || {
        let metrics = service.get("/metrics").text();
        let count = metrics
            .lines()
            .find_map(|line| line.strip_prefix("gatecast_connections "));
        count.unwrap().parse::<usize>().unwrap()
    };
    // A hundred megabytes of answers, which no buffer of the system holds, and nobody who reads them.
    let mut stream = TcpStream::connect(service.address).unwrap();
    let ask = format!(
        "GET /assets/uPlot.iife.min.js HTTP/1.1\r\nHost: {}\r\n\r\n",
        service.address
    );
    stream.write_all(ask.repeat(2000).as_bytes()).unwrap();
    let mut first = [0; 12];
    stream.read_exact(&mut first).unwrap();
    assert_eq!(&first, b"HTTP/1.1 200");
    assert_eq!(open(), 2);
    let start = Instant::now();
    while open() > 1 {
        assert!(
            start.elapsed() < Duration::from_secs(60),
            "it is still there"
        );
        std::thread::sleep(Duration::from_millis(500));
    }
}

#[test]
fn who_watches_and_leaves_takes_nothing_along() {
    let service = Service::start();
    let id = service
        .ask("POST", "/v1/files?name=a.csv", &[], prices(120).as_bytes())
        .json()["id"]
        .clone();
    let settings = json!({"preset": "plain", "hidden": [4], "window": 5, "epochs": 100_000_000});
    let run = service
        .post(
            "/v1/runs",
            &json!({"kind": "train", "file": id, "settings": settings}),
        )
        .json();
    let path = format!("/v1/runs/{}/events", run["id"].as_str().unwrap());
    // Two hundred read some bytes and leave, or never read at all.
    let mut silent = Vec::new();
    for round in 0..200 {
        let mut stream = TcpStream::connect(service.address).unwrap();
        let ask = format!(
            "GET {path} HTTP/1.1\r\nHost: {}\r\nLast-Event-ID: nonsense\r\n\r\n",
            service.address
        );
        stream.write_all(ask.as_bytes()).unwrap();
        match round % 4 {
            0 => silent.push(stream),
            _ => {
                let _ = stream.read(&mut [0; 100]);
            }
        }
    }
    let cancel = format!("/v1/runs/{}/cancel", run["id"].as_str().unwrap());
    assert_eq!(service.post(&cancel, &json!({})).status, 200);
    assert!(service.get(&path).text().contains("event: end"));
}
