//! Why the service does not start. What this file is not: what a request is answered, which is a `Problem`.

use std::net::SocketAddr;
use std::path::PathBuf;

/// Why the service does not start.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// Another program listens there, or the system does not allow it.
    #[error("cannot listen on {address}: {source}")]
    Listen {
        /// Where.
        address: SocketAddr,
        /// What the system said.
        source: std::io::Error,
    },
    /// What the service keeps cannot be read or written.
    #[error("cannot use {}: {reason}", path.display())]
    Store {
        /// Where it lies.
        path: PathBuf,
        /// What is wrong with it.
        reason: String,
    },
    /// Other machines could ask without showing anything.
    #[error("{0} can be reached from other machines, and there is no token")]
    NoToken(std::net::IpAddr),
    /// The system gave no threads or no random numbers.
    #[error("the system refused: {0}")]
    System(std::io::Error),
}

impl Error {
    /// What the user can do about it, as one sentence.
    pub fn help(&self) -> Option<&'static str> {
        Some(match self {
            Self::Listen { .. } => "stop the other program, or name another port",
            Self::Store { .. } => {
                "check that no other service uses this folder, and that it may be written to"
            }
            Self::NoToken(_) => "set a token",
            Self::System(_) => return None,
        })
    }

    /// Whether it was called wrongly.
    pub fn is_usage(&self) -> bool {
        matches!(self, Self::NoToken(_))
    }
}
