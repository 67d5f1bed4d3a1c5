//! A page from its server, with patience: what may pass is tried again, a limited number of times.

use std::thread::sleep;

use gatecast::ErrorKind;
use ureq::Agent;

use crate::error::{Error, Result};
use crate::http::{self, Failure, Response};
use crate::page::{self, Content, Fault, Page};
use crate::pages;
use crate::patience::{LONGEST_WAIT, Pace, wait};
use crate::progress::Progress;
use crate::request::Request;

/// The way to one server.
pub(crate) struct Network<'a> {
    request: &'a Request,
    agent: Agent,
    pace: Pace,
}

/// How one try ended that did not give the page.
enum Trouble {
    Again {
        reason: String,
        /// What the server asks to wait.
        asked: Option<std::time::Duration>,
    },
    Stop(Error),
}

impl<'a> Network<'a> {
    pub(crate) fn new(request: &'a Request) -> Result<Self> {
        Ok(Self {
            request,
            agent: http::agent(request.base()?, request.timeout),
            pace: Pace::new(request.pause),
        })
    }

    /// The page, understood and as it came.
    pub(crate) fn page(
        &mut self,
        page: &Page,
        name: &str,
        progress: &mut dyn FnMut(Progress<'_>),
    ) -> Result<(Content, Vec<u8>)> {
        let tries = self.request.tries.max(1);
        let mut failed = 0;
        loop {
            let (reason, asked) = match self.attempt(page, name) {
                Ok(got) => return Ok(got),
                Err(Trouble::Stop(error)) => return Err(error),
                Err(Trouble::Again { reason, asked }) => (reason, asked),
            };
            failed += 1;
            if failed == tries {
                return Err(Error::GaveUp {
                    page: name.into(),
                    url: page.url.clone(),
                    tries,
                    reason,
                });
            }
            let wait = wait(self.request.backoff, failed, asked);
            if wait > LONGEST_WAIT {
                return Err(Error::AskedToWait {
                    page: name.into(),
                    url: page.url.clone(),
                    seconds: wait.as_secs(),
                    reason,
                });
            }
            progress(Progress::Retry {
                label: &page.label,
                failed,
                tries,
                wait,
                reason: &reason,
            });
            sleep(wait);
        }
    }

    fn attempt(&mut self, page: &Page, name: &str) -> Result<(Content, Vec<u8>), Trouble> {
        let url = pages::signed(self.request, &page.url);
        self.pace.wait();
        let Response {
            status,
            retry_after,
            body,
            framing,
        } = http::get(&self.agent, &url).map_err(|failure| self.trouble(failure, page, name))?;
        if matches!(status, 408 | 425 | 429 | 500..) {
            return Err(Trouble::Again {
                reason: format!("the status was {status}"),
                asked: retry_after,
            });
        }
        let read = page::read(page, name, &body, framing);
        // The body may say why. Yahoo, for one, explains a 404 in JSON.
        let explained = match &read {
            Ok(Content::Empty) => true,
            Err(Fault::Meant(error)) => matches!(error.kind(), ErrorKind::Answer(_)),
            _ => false,
        };
        if status != 200 && !explained {
            return Err(Trouble::Stop(Error::Status {
                page: name.into(),
                url: page.url.clone(),
                status,
            }));
        }
        match read {
            Ok(content) => Ok((content, body)),
            Err(Fault::Damaged(reason)) => Err(Trouble::Again {
                reason,
                asked: retry_after,
            }),
            Err(Fault::Meant(error)) => Err(Trouble::Stop(self.discreet(error, name))),
        }
    }

    fn trouble(&self, failure: Failure, page: &Page, name: &str) -> Trouble {
        let (page, url) = (name.to_string(), page.url.clone());
        match failure {
            Failure::Passing(reason) => Trouble::Again {
                reason: self.hide(&reason),
                asked: None,
            },
            Failure::Lasting(reason) => Trouble::Stop(Error::Transport {
                page,
                url,
                reason: self.hide(&reason),
            }),
            Failure::TooLarge => Trouble::Stop(Error::TooLarge {
                page,
                url,
                limit: http::LONGEST_BODY,
            }),
        }
    }

    /// An error about a body without the key, which the body may repeat: Alpha Vantage names it
    /// when there were too many requests with it.
    fn discreet(&self, error: gatecast::Error, name: &str) -> Error {
        let (shown, kind) = (format!("{error} {error:?}"), error.kind());
        if self.hide(&shown) == shown {
            return error.into();
        }
        let message = self.hide(&error.to_string());
        match kind {
            ErrorKind::Answer(_) => Error::Discreet {
                message,
                help: error.help(),
                kind,
            },
            _ => Error::Discreet {
                message: format!("{name}, line 1: {message}"),
                help: Some("check the base address".into()),
                kind: ErrorKind::Malformed,
            },
        }
    }

    fn hide(&self, text: &str) -> String {
        match &self.request.key {
            Some(key) => key.hide_in(text),
            None => text.into(),
        }
    }
}
