//! `gatecast fetch` against a server on this machine: what it writes, says and refuses. How it bears
//! faults of the network is tested in the crate gatecast-fetch.

use std::io::{BufRead, BufReader, Write};
use std::net::TcpListener;

mod common;

use common::Folder;

/// Answers requests for TWSE's months with two sessions each, and gives its address.
fn server() -> String {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = format!("http://{}", listener.local_addr().unwrap());
    std::thread::spawn(move || {
        for stream in listener.incoming() {
            let mut stream = stream.unwrap();
            let mut line = String::new();
            let mut reader = BufReader::new(stream.try_clone().unwrap());
            reader.read_line(&mut line).unwrap();
            let mut header = String::new();
            while reader.read_line(&mut header).unwrap() > 2 {
                header.clear();
            }
            let at = line.find("date=").unwrap() + 5;
            let (year, month) = (&line[at..at + 4], &line[at + 4..at + 6]);
            let roc = year.parse::<u32>().unwrap() - 1911;
            let row = |day: u32, close: &str| {
                format!(
                    "[\"{roc}/{month}/{day:02}\",\"1,000\",\"10,000\",\"9.00\",\"12.00\",\"8.00\",\"{close}\",\"+1.00\",\"7\"]"
                )
            };
            let body = format!(
                "{{\"stat\":\"OK\",\"date\":\"{year}{month}01\",\"title\":\"\",\"fields\":[\"日期\",\"成交股數\",\"成交金額\",\"開盤價\",\"最高價\",\"最低價\",\"收盤價\",\"漲跌價差\",\"成交筆數\"],\"data\":[{},{}]}}",
                row(5, "10.00"),
                row(6, "11.50"),
            );
            write!(
                stream,
                "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: {}\r\nConnection: close\r\n\r\n{body}",
                body.len()
            )
            .unwrap();
        }
    });
    address
}

#[test]
fn months_become_a_file_and_stay_in_the_cache() {
    let folder = Folder::new();
    let command = "fetch 0050 --source twse --from 2017-01 --to 2017-02 --cache pages --pause 0";
    let run = folder.run(&format!("{command} --base {} --json", server()));
    assert_eq!(run.status, Some(0), "{}", run.stderr);
    assert!(
        run.stderr.contains("page 2/2  2017-02: 2 rows"),
        "{}",
        run.stderr
    );
    let json: serde_json::Value = serde_json::from_str(&run.stdout).unwrap();
    assert_eq!(
        (&json["rows"], &json["from_network"]),
        (&4.into(), &2.into())
    );
    let text = String::from_utf8(folder.read("0050.csv")).unwrap();
    assert!(
        text.starts_with("Date,Open,High,Low,Close,Volume"),
        "{text}"
    );
    assert!(text.contains("2017-02-06,9,12,8,11.5,1000"), "{text}");

    let address = json["file"].as_str();
    assert_eq!(address, Some("0050.csv"));
    let refused = folder.run(&format!("{command} --offline --quiet --out again.csv"));
    assert_eq!(
        refused.status,
        Some(1),
        "the cache is that of another address"
    );
    assert!(
        refused
            .stderr
            .contains("2 of 2 pages are not whole in the cache pages"),
        "{}",
        refused.stderr
    );
    assert!(
        refused
            .stderr
            .contains("help: run it once without --offline"),
        "{}",
        refused.stderr
    );
}

#[test]
fn what_cannot_be_fetched_is_said() {
    let folder = Folder::new();
    for (command, status, wanted) in [
        (
            "fetch 0050 --source twse --from 2018-04-30 --to 2018-04-01",
            2,
            "--from 2018-04-30 is after --to",
        ),
        (
            "fetch 0050 --source twse --from yesterday",
            2,
            "write a day such as 2018-04-30",
        ),
        (
            "fetch 0050 --source bloomberg --from 2018-01",
            2,
            "possible values: twse, yahoo",
        ),
        (
            "fetch IBM --source alphavantage --from 2018-01 --cache c",
            2,
            "set ALPHAVANTAGE_API_KEY",
        ),
        (
            "fetch a/../b --source yahoo --from 2018-01 --base nowhere",
            2,
            "is no base address",
        ),
        (
            "fetch 0050 --source twse --from 2018-01 --to 2018-01 --out missing/",
            1,
            "cannot write missing/",
        ),
    ] {
        let run = folder.run(command);
        assert_eq!(run.status, Some(status), "{command}: {}", run.stderr);
        assert!(run.stderr.contains(wanted), "{command}: {}", run.stderr);
        assert_eq!(run.stdout, "", "{command}");
    }
}
