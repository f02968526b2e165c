/// Someone who may talk to the API server. Who may do what is for RBAC objects to say: only [`User::Admin`] may do
/// anything at first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum User {
    /// A developer, who writes changes.
    Dana,
    /// A developer who owns the application's code.
    Lea,
    /// A site reliability engineer.
    Marc,
    /// Another site reliability engineer.
    Priya,
    /// Leads the site reliability engineers.
    Tomas,
    /// The change manager.
    Chris,
    /// The auditor.
    Audrey,
    /// May do everything: the group `system:masters` passes by authorization.
    Admin,
    /// Tidegate's own service account `tidegate` in the namespace `tidegate`.
    Tidegate,
    /// The service account of Argo CD's application controller in the namespace `argocd`.
    ArgoCd,
    /// The service account of Velero in the namespace `velero`.
    Velero,
}

impl User {
    /// Everyone.
    pub const ALL: [Self; 11] = [
        Self::Dana,
        Self::Lea,
        Self::Marc,
        Self::Priya,
        Self::Tomas,
        Self::Chris,
        Self::Audrey,
        Self::Admin,
        Self::Tidegate,
        Self::ArgoCd,
        Self::Velero,
    ];

    /// The user name as the API server sees it (`request.userInfo.username`).
    pub const fn name(self) -> &'static str {
        match self {
            Self::Dana => "dana@example.com",
            Self::Lea => "lea@example.com",
            Self::Marc => "marc@example.com",
            Self::Priya => "priya@example.com",
            Self::Tomas => "tomas@example.com",
            Self::Chris => "chris@example.com",
            Self::Audrey => "audrey@example.com",
            Self::Admin => "admin",
            Self::Tidegate => "system:serviceaccount:tidegate:tidegate",
            Self::ArgoCd => "system:serviceaccount:argocd:argocd-application-controller",
            Self::Velero => "system:serviceaccount:velero:velero",
        }
    }

    /// The groups, to which the API server adds `system:authenticated`.
    pub const fn groups(self) -> &'static [&'static str] {
        match self {
            Self::Dana => &["developers"],
            Self::Lea => &["developers", "app-team"],
            Self::Marc | Self::Priya => &["sre-team"],
            Self::Tomas => &["sre-lead", "sre-team"],
            Self::Chris => &["change-managers"],
            Self::Audrey => &["auditors"],
            Self::Admin => &["system:masters"],
            Self::Tidegate => &["system:serviceaccounts", "system:serviceaccounts:tidegate"],
            Self::ArgoCd => &["system:serviceaccounts", "system:serviceaccounts:argocd"],
            Self::Velero => &["system:serviceaccounts", "system:serviceaccounts:velero"],
        }
    }

    /// The first part of the file name of the user's kubeconfig.
    pub(super) const fn short_name(self) -> &'static str {
        match self {
            Self::Dana => "dana",
            Self::Lea => "lea",
            Self::Marc => "marc",
            Self::Priya => "priya",
            Self::Tomas => "tomas",
            Self::Chris => "chris",
            Self::Audrey => "audrey",
            Self::Admin => "admin",
            Self::Tidegate => "tidegate",
            Self::ArgoCd => "argocd",
            Self::Velero => "velero",
        }
    }
}
