//! Every source's envelope, with made-up numbers: what it is recognised as and what comes of it.

use gatecast::error::Answer;
use gatecast::series::{DateOrder, Decimal, Format, ReadOptions};
use gatecast::{ErrorKind, Series};
use jiff::civil::date;

fn parse(body: &[u8]) -> gatecast::Result<Series> {
    Series::parse("body", body, &[] as &[&str])
}

/// Two sessions, 2018-04-03 and 2018-04-09, closing at 11 and 1012.5.
#[test]
fn two_sessions_in_every_envelope() {
    let twse_csv = "\"107年04月 9999 某某公司       各日成交資訊\"\r\n\
        \"日期\",\"成交股數\",\"成交金額\",\"開盤價\",\"最高價\",\"最低價\",\"收盤價\",\"漲跌價差\",\"成交筆數\",\r\n\
        \"107/04/03\",\"1,234,000\",\"13,000,000\",\"10.00\",\"12.00\",\"9.00\",\"11.00\",\"X0.00\",\"1,001\",\r\n\
        \"107/04/09\",\"5,000\",\"60,000\",\"1,011.00\",\"1,013.00\",\"1,010.00\",\"1,012.50\",\"+1.50\",\"40\",\r\n\
        \"說明:\"\r\n\"符號說明:+/-/X表示漲/跌/不比價\"\r\n";
    let (big5, ..) = encoding_rs::BIG5.encode(twse_csv);
    let twse_row = |day: &str, close: &str| {
        format!(
            "[\"107/04/{day}\",\"1,234,000\",\"1\",\"10.00\",\"1,013.00\",\"9.00\",\"{close}\",\" 0.00\",\"7\""
        )
    };
    let fields = "\"日期\",\"成交股數\",\"成交金額\",\"開盤價\",\"最高價\",\"最低價\",\"收盤價\",\"漲跌價差\",\"成交筆數\"";
    let bodies: Vec<(&str, Vec<u8>)> = vec![
        ("TWSE CSV in Big5", big5.to_vec()),
        ("TWSE CSV in UTF-8", twse_csv.into()),
        (
            "STOCK_DAY",
            format!("{{\"stat\":\"OK\",\"fields\":[{fields}],\"data\":[{}],{}]]}}", twse_row("03", "11.00"), twse_row("09＊", "1,012.50")).into(),
        ),
        (
            "STOCK_DAY with remarks",
            format!("{{\"stat\":\"OK\",\"fields\":[{fields},\"註記\"],\"data\":[{},\"\"],{},\"\"]]}}", twse_row("03", "11.00"), twse_row("09", "1,012.50")).into(),
        ),
        (
            "TPEX, old",
            "{\"stkNo\":\"9999\",\"iTotalRecords\":2,\"aaData\":[[\"107\\/04\\/03\",\"1,234\",\"13,000\",\"10\",\"12\",\"9\",\"11.00\",\"-0.60\",\"3\"],[\"107\\/04\\/09\",\"5\",\"60\",\"1,011\",\"1,013\",\"1,010\",\"1,012.50\",\"0.00\",\"4\"]]}".into(),
        ),
        (
            "TPEX, new",
            "{\"tables\":[{\"fields\":[\"日 期\",\"成交張數\",\"開盤\",\"最高\",\"最低\",\"收盤\"],\"data\":[[\"107/04/03\",\"1,234\",\"10\",\"12\",\"9\",\"11\"],[\"107/04/09\",\"5\",\"1,011\",\"1,013\",\"1,010\",\"1,012.5\"]]}],\"stat\":\"ok\"}".into(),
        ),
        (
            "Yahoo CSV",
            "Date,Open,High,Low,Close,Adj Close,Volume\n2018-04-03,10,12,9,11,10,1234000\n2018-04-05,null,null,null,null,null,null\n2018-04-09,1011,1013,1010,1012.5,1012.5,5000".into(),
        ),
        (
            // Sessions that begin at midnight in London, in summer time: the day before in UTC.
            "Yahoo chart",
            "{\"chart\":{\"result\":[{\"meta\":{\"gmtoffset\":0,\"exchangeTimezoneName\":\"Europe/London\",\"dataGranularity\":\"1d\"},\"timestamp\":[1522710000,1523228400],\"indicators\":{\"quote\":[{\"open\":[10,1011],\"high\":[12,1013],\"low\":[9,1010],\"close\":[11.0,1012.5],\"volume\":[1234000,5000]}],\"adjclose\":[{\"adjclose\":[10.0,1012.5]}]}}],\"error\":null}}".into(),
        ),
        (
            "yfinance, three header rows",
            "Price,Close,High,Low,Open,Volume\nTicker,AAA,AAA,AAA,AAA,AAA\nDate,,,,,\n2018-04-03,11,12,9,10,1234000\n2018-04-09,1012.5,1013,1010,1011,5000\n".into(),
        ),
        (
            "yfinance, flat, with a time zone",
            "Date,Open,High,Low,Close,Volume,Dividends,Stock Splits\n2018-04-03 00:00:00+08:00,10,12,9,11,1234000,0.0,0.0\n2018-04-09 00:00:00+08:00,1011,1013,1010,1012.5,5000,0.0,0.0\n".into(),
        ),
        (
            "Stooq in Polish",
            "Data,Otwarcie,Najwyzszy,Najnizszy,Zamkniecie\n2018-04-03,10,12,9,11\n2018-04-09,1011,1013,1010,1012.5\n".into(),
        ),
        (
            "Alpha Vantage CSV",
            "timestamp,open,high,low,close,adjusted_close,volume,dividend_amount,split_coefficient\n2018-04-09,1011,1013,1010,1012.5,1012.5,5000,0,1\n2018-04-03,10,12,9,11,10,1234000,0,1\n".into(),
        ),
        (
            "Alpha Vantage JSON",
            "{\"Meta Data\":{\"2. Symbol\":\"AAA\"},\"Time Series (Daily)\":{\"2018-04-09\":{\"1. open\":\"1011\",\"4. close\":\"1012.5\"},\"2018-04-03\":{\"1. open\":\"10\",\"4. close\":\"11\"}}}".into(),
        ),
        (
            "semicolons and decimal commas",
            "Date;Close;Volume\n03.04.2018;11,0;1.234.000\n09.04.2018;1.012,5;5.000\n".into(),
        ),
        ("tabs", "日期\t收盤價\n2018年4月3日\t11\n2018年4月9日\t\"1,012.5\"\n".into()),
        (
            "UTF-16",
            [0xff, 0xfe].into_iter().chain("Date\tClose\n2018-04-03\t11\n2018-04-09\t1012.5\n".encode_utf16().flat_map(u16::to_le_bytes)).collect(),
        ),
        ("newest first, US dates, money", "Date,Close/Last,Volume\n04/09/2018,$1012.50,5000\n04/03/2018,$11.00,1234000\n04/13/2017,$11.00,1\n".into()),
    ];
    for (name, body) in bodies {
        let series = parse(&body).unwrap_or_else(|error| panic!("{name}: {error}"));
        let rows = series.rows();
        assert_eq!(
            series.stamps()[rows - 2..],
            [date(2018, 4, 3), date(2018, 4, 9)],
            "{name}"
        );
        assert_eq!(
            series.column("close").unwrap()[rows - 2..],
            [11.0, 1012.5],
            "{name}"
        );
    }
}

#[test]
fn answers_without_data_are_told_apart() {
    use Answer::{Limit, NoData, NotFound, Refused};
    for (body, kind, source) in [
        ("{\"stat\":\"很抱歉，沒有符合條件的資料!\"}", NoData, "TWSE"),
        (
            "{\"stat\":\"查詢日期小於99年1月4日，請重新查詢!\"}",
            Refused,
            "TWSE",
        ),
        ("{\"iTotalRecords\":0,\"aaData\":[]}", NoData, "TPEX"),
        (
            "{\"chart\":{\"result\":null,\"error\":{\"code\":\"Not Found\",\"description\":\"No data found\"}}}",
            NotFound,
            "Yahoo",
        ),
        (
            "{\"finance\":{\"result\":null,\"error\":{\"code\":\"Too Many Requests\",\"description\":\"\"}}}",
            Limit,
            "Yahoo",
        ),
        (
            "{\"chart\":{\"result\":[{\"meta\":{},\"indicators\":{\"quote\":[{}]}}],\"error\":null}}",
            NoData,
            "Yahoo",
        ),
        ("No data", NoData, "Stooq"),
        ("Exceeded the daily hits limit", Limit, "Stooq"),
        ("{\"Note\":\"5 calls per minute\"}", Limit, "Alpha Vantage"),
        (
            "{\"Information\":\"25 requests per day\"}",
            Limit,
            "Alpha Vantage",
        ),
        (
            "{\"Error Message\":\"Invalid API call.\"}",
            NotFound,
            "Alpha Vantage",
        ),
    ] {
        match parse(body.as_bytes()) {
            Err(error) => {
                assert_eq!(error.kind(), ErrorKind::Answer(kind), "{body}");
                let from = format!(" holds no data but an answer of {source}: ");
                assert!(error.to_string().contains(&from), "{error}");
                assert!(error.help().is_some());
            }
            Ok(series) => panic!("{body}: {series:?}"),
        }
    }
}

#[test]
fn what_no_source_sends_is_refused_with_a_place() {
    for (body, wanted) in [
        (
            "{\"stat\":\"OK\",\"fields\":[\"日期\"],\"data\":[[\"107/04/03\"",
            "line 1: the JSON cannot be read",
        ),
        ("{\"prices\":[1,2,3]}", "JSON, but not of any known source"),
        ("[]", "JSON, but not of any known source"),
        (
            "{\"chart\":{\"result\":[{\"meta\":{\"dataGranularity\":\"1m\"},\"timestamp\":[1],\"indicators\":{}}]}}",
            "the rows are 1m apart",
        ),
        (
            "{\"stat\":\"OK\",\"fields\":[\"日期\",\"收盤價\"],\"data\":[[\"107/04/03\",\"1\"],[\"someday\",\"2\"]]}",
            "row 2, column \"日期\": found \"someday\"",
        ),
        (
            "Price,Close\nTicker,A\nKind,\n2018-04-03,1\n",
            "three header rows",
        ),
    ] {
        let error = parse(body.as_bytes()).unwrap_err();
        assert!(error.to_string().contains(wanted), "{body}: {error}");
    }
}

#[test]
fn what_is_said_wins_over_what_is_seen() {
    let read = |text: &str, options: ReadOptions| {
        Series::parse_with("p.csv", text.as_bytes(), &["close"], &options)
    };
    let text = "Date,Close\n03/04/2018,1\n04/05/2018,2\n";
    let options = |dates| ReadOptions {
        dates: Some(dates),
        ..ReadOptions::default()
    };
    assert_eq!(
        read(text, options(DateOrder::Dmy)).unwrap().stamps()[0],
        date(2018, 4, 3)
    );
    assert_eq!(
        read(text, options(DateOrder::Mdy)).unwrap().stamps()[0],
        date(2018, 3, 4)
    );
    let text = "Date;Close\n2018-04-03;12,345\n";
    let comma = ReadOptions {
        decimal: Some(Decimal::Comma),
        ..ReadOptions::default()
    };
    assert_eq!(
        read(text, comma).unwrap().column("close").unwrap(),
        [12.345]
    );
    // Read as the CSV that it is, an answer of Stooq has no date.
    let csv = ReadOptions {
        format: Some(Format::Csv),
        ..ReadOptions::default()
    };
    let error = read("No data", csv).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Malformed, "{error}");
    assert!(
        error.to_string().contains(" has no date column; "),
        "{error}"
    );
}

#[cfg(feature = "arrow")]
#[test]
fn parquet_and_arrow_hold_dates_numbers_and_nulls() {
    use std::sync::Arc;

    use arrow_array::{
        ArrayRef, Date32Array, Float64Array, Int64Array, RecordBatch, TimestampNanosecondArray,
    };

    // Days since 1970 of 2018-04-03, 04, 09.
    let days = [17_624, 17_625, 17_630];
    let nanoseconds = days.map(|day| i64::from(day) * 86_400_000_000_000);
    let close: ArrayRef = Arc::new(Float64Array::from(vec![Some(11.0), None, Some(1012.5)]));
    let volume: ArrayRef = Arc::new(Int64Array::from(vec![1_234_000, 0, 5000]));
    for date_column in [
        Arc::new(Date32Array::from(days.to_vec())) as ArrayRef,
        Arc::new(TimestampNanosecondArray::from(nanoseconds.to_vec())),
        Arc::new(TimestampNanosecondArray::from(nanoseconds.to_vec()).with_timezone("+00:00")),
    ] {
        let batch = RecordBatch::try_from_iter([
            ("Date", date_column),
            ("Close", close.clone()),
            ("Volume", volume.clone()),
        ])
        .unwrap();
        let mut files: Vec<Vec<u8>> = vec![Vec::new(), Vec::new(), Vec::new()];
        let mut parquet =
            parquet::arrow::ArrowWriter::try_new(&mut files[0], batch.schema(), None).unwrap();
        parquet.write(&batch).unwrap();
        parquet.close().unwrap();
        let mut file =
            arrow_ipc::writer::FileWriter::try_new(&mut files[1], &batch.schema()).unwrap();
        file.write(&batch).unwrap();
        file.finish().unwrap();
        drop(file);
        let mut stream =
            arrow_ipc::writer::StreamWriter::try_new(&mut files[2], &batch.schema()).unwrap();
        stream.write(&batch).unwrap();
        stream.finish().unwrap();
        drop(stream);
        for bytes in &files {
            let series = parse(bytes).unwrap();
            assert_eq!(series.stamps(), [date(2018, 4, 3), date(2018, 4, 9)]);
            assert_eq!(series.column("close").unwrap(), [11.0, 1012.5]);
            assert_eq!(series.column("volume").unwrap(), [1_234_000.0, 5000.0]);
            assert!(
                series.notes()[0].contains("row 2 (2018-04-04)"),
                "{:?}",
                series.notes()
            );
            for cut in [8, bytes.len() / 2] {
                let error = parse(&bytes[..cut]).unwrap_err();
                assert_eq!(error.kind(), ErrorKind::Malformed, "cut at {cut}");
            }
        }
    }
}

#[cfg(feature = "arrow")]
#[test]
fn a_footer_that_counts_what_is_not_there_is_given_up() {
    // Made by fuzzing: a list of some two thousand million truth values without a byte. Where counting
    // them takes a moment only, it is another thing that is wrong with it.
    let read = parse(include_bytes!("fixtures/counts-nothing.parquet"));
    assert_eq!(read.unwrap_err().kind(), ErrorKind::Malformed);
}
