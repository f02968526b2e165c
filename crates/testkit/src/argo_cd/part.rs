use std::fmt;

/// A program of Argo CD, in the order in which they start.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Part {
    /// Keeps what has been rendered and compared; Debian's, not Argo CD's own.
    Redis,
    /// Fetches repositories and renders manifests.
    RepositoryServer,
    /// Compares, syncs and says what it sees in the status of Applications.
    Controller,
}

impl Part {
    /// The programs that are Argo CD's own: one binary, told by the name that it is started under which it is.
    pub(super) const OWN: [Self; 2] = [Self::RepositoryServer, Self::Controller];

    /// The name of its executable, and of its log.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Redis => "redis-server",
            Self::RepositoryServer => "argocd-repo-server",
            Self::Controller => "argocd-application-controller",
        }
    }
}

impl fmt::Display for Part {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}
