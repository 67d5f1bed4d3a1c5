//! From a request to a series: cache first, then the network, page by page.

use gatecast::Series;

use crate::cache::Cache;
use crate::error::{Error, Result};
use crate::merge::{Part, merge};
use crate::network::Network;
use crate::page::{self, Content, Framing, Kind, Page};
use crate::pages;
use crate::progress::{Origin, Progress};
use crate::request::Request;

/// What came of a request.
#[derive(Clone, Debug)]
pub struct Fetched {
    /// The days asked for, as far as the source has them.
    pub series: Series,
    /// Pages that were asked for over the network.
    pub from_network: usize,
    /// Pages that were in the cache.
    pub from_cache: usize,
    /// What is worth knowing about the rows, a sentence each.
    pub notes: Vec<String>,
}

/// Fetches the days of a request.
///
/// With a cache, each page is on disk before the next is asked for, so that a fetch that ends
/// early is taken up where it ended.
///
/// # Errors
/// [`Error`]; pages that were fetched before it are in the cache.
pub fn fetch(request: &Request, progress: &mut dyn FnMut(Progress<'_>)) -> Result<Fetched> {
    request.check()?;
    let pages = pages::of(request)?;
    let shelf = match &request.cache {
        Some(folder) => Some(Cache::new(folder, request.source, request.base()?)),
        None => None,
    };
    let mut network = Network::new(request)?;
    let (mut from_network, mut from_cache) = (0, 0);
    let mut parts = Vec::with_capacity(pages.len());
    let mut missing = Vec::new();
    for (index, page) in pages.iter().enumerate() {
        let name = format!(
            "{} {} {}",
            request.source.title(),
            request.symbol,
            page.label
        );
        let kept = match &shelf {
            Some(cache) => kept(cache, page, &name, request.offline)?,
            None => None,
        };
        let (content, origin) = match kept {
            Some(content) => (content, Origin::Cache),
            None if request.offline => {
                missing.push(name);
                continue;
            }
            None => {
                let (content, body) = network.page(page, &name, progress)?;
                // An only page that is empty ends in an error; a mistyped symbol is not kept.
                let worth = page.kind == Kind::OneOfMany || matches!(content, Content::Rows(_));
                if let Some(cache) = shelf.as_ref().filter(|_| worth) {
                    cache.write(&page.url, request.today, &body)?;
                }
                (content, Origin::Network)
            }
        };
        match origin {
            Origin::Network => from_network += 1,
            Origin::Cache => from_cache += 1,
        }
        progress(Progress::Page {
            done: index + 1,
            of: pages.len(),
            label: &page.label,
            origin,
            rows: match &content {
                Content::Rows(series) => series.rows(),
                Content::Empty => 0,
            },
        });
        parts.push(Part {
            label: &page.label,
            content,
        });
    }
    if let (Some(first), Some(cache)) = (missing.first(), &request.cache) {
        return Err(Error::NotCached {
            page: first.clone(),
            missing: missing.len(),
            of: pages.len(),
            cache: cache.clone(),
        });
    }
    let (series, notes) = merge(request, parts)?;
    Ok(Fetched {
        series,
        from_network,
        from_cache,
        notes,
    })
}

/// The page from the cache, if it need not be fetched: because it is settled, or may not be.
fn kept(cache: &Cache, page: &Page, name: &str, offline: bool) -> Result<Option<Content>> {
    let Some(stored) = cache.read(&page.url)? else {
        return Ok(None);
    };
    if !offline && !page.is_settled(stored.fetched) {
        return Ok(None);
    }
    match page::read(page, name, &stored.body, Framing::Given) {
        Ok(content) => Ok(Some(content)),
        // It was understood when it was kept, but perhaps not by this version.
        Err(page::Fault::Meant(error)) if offline => Err(error.into()),
        Err(_) => Ok(None),
    }
}
