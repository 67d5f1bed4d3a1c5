//! Characters in addresses and digits of digests.

use sha2::{Digest, Sha256};

/// Percent-encodes all but what may stand anywhere in an address.
pub(crate) fn encode(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for byte in text.bytes() {
        match byte {
            b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' => {
                out.push(byte.into());
            }
            _ => out.push_str(&format!("%{byte:02X}")),
        }
    }
    out
}

/// SHA-256 in lower-case hexadecimal digits.
pub(crate) fn sha256(bytes: &[u8]) -> String {
    Sha256::digest(bytes)
        .iter()
        .map(|byte| format!("{byte:02x}"))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_could_end_a_query_is_encoded() {
        assert_eq!(encode("^spx&a=b c/臺"), "%5Espx%26a%3Db%20c%2F%E8%87%BA");
        assert_eq!(encode("0050.TW"), "0050.TW");
    }
}
