//! What headers mean: which column is the time, which are open, high, low, close and volume, which names
//! the series, in the languages whose exchanges and brokers export most. What this file is not:
//! it looks at no cells.

/// Headers of the time, as [`fold`] leaves them.
#[rustfmt::skip]
const TIME: &[&str] = &[
    "date", "datetime", "date/time", "timestamp", "day", "ds", "period", "tradedate", "tradingdate",
    "businessdate", "dtyyyymmdd", "gmttime", "localtime", "utctime", "timeutc", "dateutc", "utc",
    "opentime", "timeopen", "time", "unix", "unixtimestamp", "unixtime", "epoch", "mts", "ts",
    "snappedat", "begin", "start", "barstart", "candledatetimeutc", "month", "quarter", "year", "week",
    // Chinese, Japanese, Korean
    "日期", "交易日期", "交易日", "年月日", "時間", "时间", "日期时间", "日期時間", "交易时间", "交易時間",
    "月份", "年月", "日付", "日付け", "日時", "年度", "날짜", "일자", "일시", "기준일", "기준일자", "거래일",
    // German, Polish, Italian, Portuguese, French, Spanish
    "datum", "datum/zeit", "datum/uhrzeit", "zeitpunkt", "zeitstempel", "data", "data/hora", "datadopregao",
    "datapregao", "datedecotation", "seance", "fecha", "fecha/hora", "fechahora", "mes", "mois", "monat",
    // Russian, Turkish, Indonesian, Vietnamese, Thai
    "дата", "дататоргов", "датаивремя", "tarih", "tanggal", "ngay", "วันที่", "วัน/เดือน/ปี",
];

/// Of these, those that may as well count rows.
#[rustfmt::skip]
const COUNTS: &[&str] = &["ds", "time", "ts", "period", "timestamp", "begin", "start", "data"];

/// Headers of the time of day beside a date.
#[rustfmt::skip]
const TIME_OF_DAY: &[&str] = &[
    "time", "hour", "hhmm", "时间", "時間", "时刻", "時刻", "시간", "시각", "체결시간", "zeit", "uhrzeit", "heure",
    "hora", "ora", "время", "godzina", "czas", "saat", "waktu", "gio", "เวลา",
];

/// Headers of a column that counts rows.
#[rustfmt::skip]
const INDEX: &[&str] = &[
    "", "t", "index", "idx", "step", "timestep", "timeidx", "row", "rownumber", "no", "nr", "n", "#",
    "unnamed:0", "period", "obs", "序号", "序號",
];

/// A name that the library gives, and the headers that mean it, as [`fold`] leaves them.
#[rustfmt::skip]
const KNOWN: &[(&str, &[&str])] = &[
    (
        "open",
        &[
            "open", "openprice", "opening", "openingprice", "priceopen", "pxopen", "topen", "bidopen", "openbid",
            "開盤價", "開盤", "开盘价", "开盘", "今开", "今开盘", "開市", "開市價", "始値", "시가", "오픈", "otwarcie",
            "kursotwarcia", "eroffnung", "eroffn", "eroffnungskurs", "eroffnungspreis", "erster", "eroeffnung",
            "eroeffnungskurs", "ouverture", "ouv", "apertura", "precioapertura", "abertura", "precodeabertura",
            "preabe", "открытие", "откр", "ценаоткрытия", "acilis", "pembukaan", "mo", "mocua", "giamocua",
            "เปิด", "ราคาเปิด",
        ],
    ),
    (
        "high",
        &[
            "high", "highprice", "highest", "dayhigh", "pxhigh", "bidhigh", "最高價", "最高", "最高价", "高", "高値",
            "고가", "najwyzszy", "kursmax", "hoch", "tageshoch", "hochst", "hochstkurs", "hoechst", "haut",
            "plushaut", "+haut", "maximo", "preciomaximo", "maxima", "premax", "precomaximo", "massimo",
            "massimi", "макс", "максимум", "максимальная", "yuksek", "enyuksek", "tertinggi", "cao", "caonhat",
            "giacaonhat", "สูงสุด", "ราคาสูงสุด",
        ],
    ),
    (
        "low",
        &[
            "low", "lowprice", "lowest", "daylow", "pxlow", "bidlow", "最低價", "最低", "最低价", "低", "安値", "저가",
            "najnizszy", "kursmin", "tief", "tagestief", "tiefst", "tiefstkurs", "bas", "plusbas", "+bas", "minimo",
            "preciominimo", "minima", "premin", "precominimo", "minimi", "мин", "минимум", "минимальная", "dusuk",
            "endusuk", "terendah", "thap", "thapnhat", "giathapnhat", "ต่ำสุด", "ราคาต่ำสุด",
        ],
    ),
    (
        "close",
        &[
            "close", "closing", "closeprice", "closingprice", "priceclose", "close/last", "pxlast", "tclose",
            "bidclose", "closebid", "收盤價", "收盤", "收盘价", "收盘", "今收", "收市", "收市價", "收市价", "終値", "종가",
            "zamkniecie", "kurszamkniecia", "schluss", "schlusskurs", "schlußkurs", "schlusspreis", "cloture",
            "clot", "clos", "fermeture", "cierre", "preciocierre", "fechamento", "precodefechamento", "chiusura",
            "prezzodichiusura", "закрытие", "ценазакрытия", "закр", "kapanis", "penutupan", "dongcua",
            "giadongcua", "ปิด", "ราคาปิด",
        ],
    ),
    (
        "adj close",
        &[
            "adjclose", "adjustedclose", "closeadj", "adjclosingprice", "adjustedclosingprice",
            "adjustmentclose", "closeadjusted", "調整後收盤價", "還原收盤價", "調整收盤價", "前复权", "后复权", "复权收盘价",
            "前复权收盘价", "終値調整値", "調整後終値", "調整済み終値", "調整済終値", "修正後終値", "수정종가", "수정주가", "조정종가",
            "bereinigterschlusskurs", "adjschlusskurs", "clotureajustee", "cierreajustado", "fechamentoajustado",
            "chiusurarettificata", "скоррзакрытие", "duzeltilmiskapanis", "giadieuchinh",
        ],
    ),
    (
        "volume",
        &[
            "volume", "vol", "volumes", "pxvolume", "tradedvolume", "volumetraded", "volumebase", "basevolume",
            "totalvolume", "numberofshares", "noofshares", "sharestraded", "totaltradedquantity", "tickvol",
            "tickvolume", "volumebtc", "成交股數", "成交量", "成交股数", "成交仟股", "成交張數", "总手", "交易量", "出来高", "売買高",
            "거래량", "wolumen", "stucke", "stuecke", "stuckumsatz", "volumen", "volumetitres", "quantidade",
            "volumi", "объем", "об", "колво", "hacim", "hac", "kl", "khoiluong", "ปริมาณ",
        ],
    ),
    (
        "turnover",
        &[
            "turnover", "amount", "tradedvalue", "valuetraded", "quoteassetvolume", "quotevolume", "成交金額", "成交仟元",
            "成交值", "成交额", "成交額", "成交金额", "売買代金", "거래대금", "umsatz", "geldumsatz", "capitaux", "оборот", "obrot",
        ],
    ),
    ("change", &["change", "漲跌價差", "漲跌"]),
    ("transactions", &["transactions", "成交筆數", "筆數"]),
    ("dividends", &["dividends", "dividendamount", "dividend"]),
    ("splits", &["splits", "splitcoefficient", "stocksplits", "split"]),
];

/// Headers that mean the close where no other does, the surest first.
#[rustfmt::skip]
const CLOSE_IF_ALONE: &[&str] = &[
    "last", "lastprice", "settle", "settlement", "settleprice", "price", "latest", "nav", "最新价", "最新價", "成交價",
    "結算價", "单位净值", "淨值", "現在値", "基準価額", "현재가", "기준가", "zuletzt", "letzter", "kurs", "dernier", "cours",
    "ultimo", "precio", "preult", "preco", "cotacao", "prezzo", "ultimoprezzo", "цена", "посл", "последняя",
    "курс", "ostatnio", "ostatni", "simdi", "son", "fiyat", "terakhir", "harga", "lancuoi", "gia", "ล่าสุด",
    "ราคา", "tradeprice",
];

/// Headers of a column that names the series, the surest first.
#[rustfmt::skip]
const SERIES: &[&str] = &[
    "uniqueid", "seriesid", "itemid", "ticker", "symbol", "sym", "tscode", "stockcode", "stockid", "tradingsymbol",
    "instrument", "security", "secid", "code", "stock", "asset", "pair", "contract", "isin", "ric", "permno",
    "wkn", "股票代码", "股票代號", "股票代号", "證券代號", "证券代码", "證券代碼", "代码", "代碼", "代號", "契約", "合约", "コード",
    "銘柄コード", "証券コード", "銘柄", "종목코드", "종목", "단축코드", "simbolo", "ativo", "papel", "codneg", "тикер",
    "hisse", "sembol", "kode", "mack", "series", "store", "storeid", "shop", "product", "productid", "sku",
    "item", "region", "country", "city", "station", "sensor", "sensorid", "meter", "meterid", "name", "名称",
    "股票名称", "股票名稱", "證券名稱", "名稱", "銘柄名", "종목명", "nom", "nombre", "nome", "название", "nazwa",
];

/// A header as it is compared: in lower case, without accents, marks, brackets and a unit behind it.
fn fold(header: &str) -> String {
    let header = header.trim_matches(|c: char| c.is_whitespace() || c == '\u{feff}' || c == '"');
    let bare = ["<>", "[]"].iter().find_map(|marks| {
        let mut marks = marks.chars();
        header
            .strip_prefix(marks.next()?)?
            .strip_suffix(marks.next()?)
    });
    let mut header = bare.unwrap_or(header);
    // Alpha Vantage's numbers: "1. open".
    if let Some((number, rest)) = header.split_once(". ")
        && !number.is_empty()
        && number.bytes().all(|byte| byte.is_ascii_digit())
    {
        header = rest;
    }
    // A unit or a currency: "Close (USD)", "收盘价(元)".
    if let Some(at) = header.find(['(', '（', '[']).filter(|&at| at > 0)
        && header.ends_with([')', '）', ']'])
    {
        header = &header[..at];
    }
    let lower = header.to_lowercase();
    let folded = lower.chars().filter_map(|c| {
        Some(match c {
            ' ' | '_' | '-' | '.' | '*' | '\u{a0}' | '\u{307}' => return None,
            'á' | 'à' | 'â' | 'ã' | 'ä' | 'å' | 'ạ' | 'ả' | 'ấ' | 'ầ' | 'ă' => 'a',
            'é' | 'è' | 'ê' | 'ë' | 'ę' | 'ề' => 'e',
            'í' | 'ì' | 'î' | 'ï' | 'ı' => 'i',
            'ó' | 'ò' | 'ô' | 'õ' | 'ö' | 'ố' | 'ở' => 'o',
            'ú' | 'ù' | 'û' | 'ü' | 'ư' | 'ử' => 'u',
            'ñ' | 'ń' => 'n',
            'ç' | 'ć' => 'c',
            'ş' | 'ś' => 's',
            'ż' | 'ź' => 'z',
            'ğ' => 'g',
            'ł' => 'l',
            'đ' => 'd',
            'ё' => 'е',
            c => c,
        })
    });
    folded.collect()
}

/// Whether a header is that of the time column.
pub(super) fn is_time(header: &str) -> bool {
    TIME.contains(&fold(header).as_str())
}

/// Whether a header means a date, so that whole numbers below it do not count rows.
pub(super) fn is_date(header: &str) -> bool {
    let folded = fold(header);
    TIME.contains(&folded.as_str()) && !COUNTS.contains(&folded.as_str())
}

/// Whether a header is that of the time of day beside a date.
pub(super) fn is_time_of_day(header: &str) -> bool {
    TIME_OF_DAY.contains(&fold(header).as_str())
}

/// Whether a header is that of a column that counts rows.
pub(super) fn is_index(header: &str) -> bool {
    INDEX.contains(&fold(header).as_str())
}

/// How sure a header names the series, 0 being the surest; none where it does not.
pub(super) fn names_series(header: &str) -> Option<usize> {
    let folded = fold(header);
    SERIES.iter().position(|name| *name == folded)
}

/// The unit that a header names.
pub(super) fn unit(header: &str) -> Option<&'static str> {
    match header.trim() {
        "成交股數" | "成交股数" => Some("shares"),
        "成交仟股" | "成交張數" => Some("thousands of shares"),
        "成交仟元" | "成交值(千元)" => Some("thousands"),
        _ => None,
    }
}

/// What tells one column from another: its canonical name in lower case.
pub(crate) fn key(header: &str) -> String {
    canonical(header).to_lowercase()
}

/// The library's name for a header, or the header itself, trimmed and without `<>`.
pub(super) fn canonical(header: &str) -> String {
    let folded = fold(header);
    match KNOWN
        .iter()
        .find(|(_, headers)| headers.contains(&folded.as_str()))
    {
        Some((name, _)) => (*name).to_string(),
        None => {
            let header = header.trim().trim_start_matches('\u{feff}');
            let bare = header
                .strip_prefix('<')
                .and_then(|name| name.strip_suffix('>'));
            bare.unwrap_or(header).to_string()
        }
    }
}

/// The library's names for the headers of one file. Where open, high and low have a name and the close
/// has none, what may mean the close does; of two volumes the first is the volume.
pub(super) fn names(header: &[String]) -> Vec<String> {
    let mut names: Vec<String> = header.iter().map(|header| canonical(header)).collect();
    let has = |names: &[String], name: &str| names.iter().any(|found| found == name);
    let bar = ["open", "high", "low"].iter().all(|name| has(&names, name));
    if bar
        && !has(&names, "close")
        && let Some(at) = close_if_alone(header)
    {
        names[at] = "close".into();
    }
    for name in ["volume", "turnover"] {
        let mut seen = false;
        for (found, header) in names.iter_mut().zip(header) {
            if found == name && std::mem::replace(&mut seen, true) {
                *found = header.trim().to_string();
            }
        }
    }
    names
}

/// The column that means the close where none is called so.
pub(super) fn close_if_alone(header: &[String]) -> Option<usize> {
    let folded: Vec<String> = header.iter().map(|header| fold(header)).collect();
    CLOSE_IF_ALONE
        .iter()
        .find_map(|name| folded.iter().position(|found| found == name))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn headers_are_understood_in_many_languages_and_any_case() {
        for (header, name) in [
            (" Close ", "close"),
            ("收盤價", "close"),
            ("成交股數", "volume"),
            ("ADJ CLOSE", "adj close"),
            ("Sentiment", "Sentiment"),
            ("<CLOSE>", "close"),
            ("<SPREAD>", "SPREAD"),
            ("Close (USD)", "close"),
            ("Close/Last", "close"),
            ("收盘价(元)", "close"),
            ("終値", "close"),
            ("종가", "close"),
            ("Schlusskurs", "close"),
            ("Clôture", "close"),
            ("Cierre", "close"),
            ("Fechamento", "close"),
            ("Закрытие", "close"),
            ("Chiusura", "close"),
            ("Kapanış", "close"),
            ("4. close", "close"),
            ("Eröffn.", "open"),
            (" Plus Haut", "high"),
            ("Mínimo", "low"),
            ("Объём", "volume"),
            ("前收盘", "前收盘"),
        ] {
            assert_eq!(canonical(header), name, "{header}");
        }
        assert!(is_date("日期") && is_date("<DATE>") && is_date("Datum") && !is_date("close"));
        assert!(is_time("ds") && !is_date("ds"));
        assert!(names_series("<TICKER>") < names_series("Name"));
    }

    #[test]
    fn what_may_mean_the_close_does_beside_open_high_and_low() {
        let names = |header: &[&str]| {
            let header: Vec<String> = header.iter().map(|name| (*name).to_string()).collect();
            names(&header)
        };
        let german = [
            "Datum", "Zuletzt", "Eröffn.", "Hoch", "Tief", "Vol.", "+/- %",
        ];
        assert_eq!(
            names(&german)[1..6],
            ["close", "open", "high", "low", "volume"]
        );
        assert_eq!(names(&["Date", "Price"]), ["Date", "Price"]);
        assert_eq!(names(&["Volume BTC", "Volume"]), ["volume", "Volume"]);
    }
}
