//! Bytes to text, in whatever encoding they are.

use std::borrow::Cow;

use encoding_rs::{Encoding, UTF_8};

/// The text of a file and the name of its encoding.
///
/// A byte-order mark decides; valid UTF-8 is UTF-8; otherwise the encoding is guessed from the
/// bytes, as browsers do for pages that do not say. Bytes that mean nothing in it become `U+FFFD`.
pub(crate) fn decode(bytes: &[u8]) -> (Cow<'_, str>, &'static str) {
    if let Some((encoding, mark)) = Encoding::for_bom(bytes) {
        return (
            encoding.decode_without_bom_handling(&bytes[mark..]).0,
            encoding.name(),
        );
    }
    if let Ok(text) = std::str::from_utf8(bytes) {
        return (Cow::Borrowed(text), UTF_8.name());
    }
    let mut detector = chardetng::EncodingDetector::new(chardetng::Iso2022JpDetection::Deny);
    detector.feed(bytes, true);
    let encoding = detector.guess(None, chardetng::Utf8Detection::Deny);
    (
        encoding.decode_without_bom_handling(bytes).0,
        encoding.name(),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_encoding_is_found() {
        let text = "日期,收盤價,成交股數\n2018/11/01,78.40,6807294\n";
        let (big5, ..) = encoding_rs::BIG5.encode(text);
        for (bytes, name) in [
            (big5.to_vec(), "Big5"),
            (text.as_bytes().to_vec(), "UTF-8"),
            (format!("\u{feff}{text}").into_bytes(), "UTF-8"),
            (
                [0xff, 0xfe]
                    .into_iter()
                    .chain(text.encode_utf16().flat_map(u16::to_le_bytes))
                    .collect(),
                "UTF-16LE",
            ),
        ] {
            let (found, encoding) = decode(&bytes);
            assert_eq!((&*found, encoding), (text, name));
        }
    }
}
