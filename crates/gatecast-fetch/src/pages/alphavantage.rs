//! Alpha Vantage: one CSV with the whole history, whatever days are asked for.

use crate::error::{Error, Result};
use crate::page::Page;
use crate::request::{Key, Request};
use crate::text::encode;

pub(super) fn pages(request: &Request) -> Result<Vec<Page>> {
    // The cache answers without a key.
    if request.key.is_none() && !request.offline {
        return Err(Error::usage(
            "Alpha Vantage answers only with a key",
            "set ALPHAVANTAGE_API_KEY; a key is free at alphavantage.co",
        ));
    }
    let url = format!(
        "{}/query?function=TIME_SERIES_DAILY&symbol={}&outputsize=full&datatype=csv",
        request.base()?,
        encode(&request.symbol),
    );
    Ok(vec![Page::only(request, url)])
}

/// The address to send. It goes nowhere else: messages and the cache have the one without a key.
pub(super) fn signed(url: &str, key: &Key) -> String {
    format!("{url}&apikey={}", key.encoded())
}
