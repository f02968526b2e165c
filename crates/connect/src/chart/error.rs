//! Why the archive of a chart cannot be had.

use std::fmt;
use std::io;

use super::ChartAddress;
use crate::render::HelmError;
use crate::subprocess::SubprocessError;

/// Why the archive of a chart cannot be had.
#[derive(Debug, thiserror::Error)]
pub enum ChartError {
    /// There is no Helm.
    #[error(transparent)]
    Helm(#[from] HelmError),
    /// Helm does not get it.
    #[error("{address} cannot be fetched: {message}")]
    Failed {
        /// The chart.
        address: ChartAddress,
        /// What Helm says.
        message: String,
    },
    /// It took too long.
    #[error("fetching {address} was broken off")]
    BrokenOff {
        /// The chart.
        address: ChartAddress,
        /// What happened.
        #[source]
        source: SubprocessError,
    },
    /// It is larger than charts are.
    #[error("{address} has more than {limit} bytes")]
    TooLarge {
        /// The chart.
        address: ChartAddress,
        /// The limit in bytes.
        limit: u64,
    },
    /// No place for it.
    #[error("a temporary directory could not be made")]
    Temporary(#[source] io::Error),
}

impl fmt::Display for ChartAddress {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            formatter,
            "chart {} {} of {}",
            self.name, self.version, self.repository
        )
    }
}
