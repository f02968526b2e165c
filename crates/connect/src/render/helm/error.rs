//! Why a chart does not render.

use std::process::ExitStatus;

use super::super::manifests::ManifestError;
use crate::subprocess::SubprocessError;

/// What Helm says where a chart's dependencies are not beside it.
const DEPENDENCIES: &str = "missing in charts/ directory: ";

/// Why a chart did not render.
#[derive(Debug, thiserror::Error)]
pub enum HelmError {
    /// There is no Helm.
    #[error(
        "helm is not in PATH of the controller, and a chart is to be rendered: install Helm 4 there (https://helm.sh/docs/intro/install), or say where it is with --helm"
    )]
    Missing,
    /// Charts that it needs are not in the repository.
    #[error(
        "the chart {path} needs charts that are not in its folder charts ({names}): run `helm dependency build {path}` and commit what it writes"
    )]
    Dependencies {
        /// The chart's folder.
        path: String,
        /// The charts that are missing.
        names: String,
    },
    /// It renders to something else each time.
    #[error(
        "the chart {path} does not render to the same twice ({object} differs), so what runs could not be compared with what was approved: give it fixed values in place of random ones, of generated certificates and of the time"
    )]
    Unsteady {
        /// The chart's folder.
        path: String,
        /// The first object that differs.
        object: String,
    },
    /// Helm does not accept it.
    #[error("the chart {path} does not render: {message}")]
    Failed {
        /// The chart's folder.
        path: String,
        /// Helm's message, with paths as in the repository.
        message: String,
    },
    /// It took too much memory.
    #[error("the chart {path} needs more than {limit} bytes of memory to render")]
    OutOfMemory {
        /// The chart's folder.
        path: String,
        /// The limit in bytes.
        limit: u64,
    },
    /// It took too long or wrote too much, or could not be started.
    #[error("rendering the chart {path} was broken off")]
    BrokenOff {
        /// The chart's folder.
        path: String,
        /// What happened.
        #[source]
        source: SubprocessError,
    },
    /// It rendered to something that cannot be applied.
    #[error("the chart {path} renders to manifests that cannot be applied")]
    Manifests {
        /// The chart's folder.
        path: String,
        /// What is wrong with them.
        #[source]
        source: ManifestError,
    },
    /// It rendered to nothing, which would mean to remove everything.
    #[error("the chart {path} renders to no objects")]
    Empty {
        /// The chart's folder.
        path: String,
    },
}

impl HelmError {
    /// Reads from Helm's message why it failed.
    pub(super) fn failure(path: String, message: String, status: ExitStatus) -> Self {
        if let Some((_, names)) = message.split_once(DEPENDENCIES) {
            let names = names.split(';').next().unwrap_or(names).trim().to_owned();
            return Self::Dependencies { path, names };
        }
        let message = if message.is_empty() {
            format!("helm ended with {status}")
        } else {
            message
        };
        Self::Failed { path, message }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn failure(message: &str) -> String {
        HelmError::failure(
            "charts/shop".to_owned(),
            message.to_owned(),
            ExitStatus::default(),
        )
        .to_string()
    }

    #[test]
    fn missing_dependencies_are_told_with_the_command_that_brings_them() {
        let said = failure(
            "an error occurred while checking for chart dependencies. You may need to run `helm dependency build` to fetch missing dependencies: found in Chart.yaml, but missing in charts/ directory: redis, common",
        );
        assert_eq!(
            said,
            "the chart charts/shop needs charts that are not in its folder charts (redis, common): run `helm dependency build charts/shop` and commit what it writes"
        );
    }

    #[test]
    fn anything_else_is_told_in_helms_own_words() {
        let said = failure("values don't meet the specifications of the schema");
        assert_eq!(
            said,
            "the chart charts/shop does not render: values don't meet the specifications of the schema"
        );
        assert!(failure("").contains("helm ended with"));
    }
}
