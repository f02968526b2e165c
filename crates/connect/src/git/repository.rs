//! Where a repository is and how to get in.

use std::fmt;

use crate::secret::Secret;

/// A Git repository and, where it needs them, the credentials to read it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Repository {
    url: String,
    credentials: Option<Credentials>,
}

/// A user name and a password or token, sent as HTTP basic authentication.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Credentials {
    /// The user; forges that take a bare token say what to write here.
    pub username: String,
    /// The password or token.
    pub password: Secret,
}

/// Why a text is not the address of a repository.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum RepositoryError {
    /// Nothing was given.
    #[error("the repository is empty: give its URL")]
    Empty,
    /// It could be read as an option of git.
    #[error("the repository begins with a dash")]
    LeadingDash,
    /// Line breaks, NUL or other control characters.
    #[error("the repository has control characters in it")]
    ControlCharacter,
    /// A password or token in the URL, where everybody sees it.
    #[error("the repository URL has credentials in it: give them by reference to a Secret")]
    CredentialsInUrl,
    /// Neither file, http, https nor ssh.
    #[error("the repository scheme \"{0}\" is not supported: use https, http, ssh or file")]
    Scheme(String),
    /// A path that depends on where the program was started.
    #[error("the repository \"{0}\" is neither a URL nor an absolute path")]
    RelativePath(String),
    /// Credentials for a repository that cannot be sent any.
    #[error("credentials can be used with http and https repositories only")]
    CredentialsNotUsable,
}

impl Repository {
    /// Takes `https://`, `http://`, `ssh://` and `file://` URLs, `user@host:path`
    /// (which is ssh) and absolute paths.
    ///
    /// Only an ssh URL may name a user. Git's remote helpers (`ext::…`) are refused.
    pub fn new(url: &str, credentials: Option<Credentials>) -> Result<Self, RepositoryError> {
        if url.is_empty() {
            return Err(RepositoryError::Empty);
        }
        if url.starts_with('-') {
            return Err(RepositoryError::LeadingDash);
        }
        if url.chars().any(char::is_control) {
            return Err(RepositoryError::ControlCharacter);
        }
        let http = match url.split_once("://") {
            Some((scheme, rest)) => check_url(scheme, rest)?,
            None if url.starts_with('/') || is_scp_like(url) => false,
            None => return Err(RepositoryError::RelativePath(url.to_owned())),
        };
        if credentials.is_some() && !http {
            return Err(RepositoryError::CredentialsNotUsable);
        }
        Ok(Self {
            url: url.to_owned(),
            credentials,
        })
    }

    /// The address as given, which never has a password in it.
    pub fn url(&self) -> &str {
        &self.url
    }

    /// The credentials to send, if any.
    pub(super) fn credentials(&self) -> Option<&Credentials> {
        self.credentials.as_ref()
    }

    /// Scheme and host of an http or https repository, with a slash at the end.
    pub(super) fn http_origin(&self) -> Option<&str> {
        let (_, rest) = self.url.split_once("://")?;
        let start = self.url.len() - rest.len();
        let end = rest
            .find('/')
            .map_or(self.url.len(), |slash| start + slash + 1);
        self.url.get(..end)
    }
}

/// Whether the URL is http or https, if it is one of ours at all.
fn check_url(scheme: &str, rest: &str) -> Result<bool, RepositoryError> {
    let authority = rest.split(['/', '?', '#']).next().unwrap_or_default();
    let userinfo = authority.rsplit_once('@').map(|(userinfo, _)| userinfo);
    match scheme {
        "http" | "https" if userinfo.is_some() => Err(RepositoryError::CredentialsInUrl),
        "ssh" if userinfo.is_some_and(|userinfo| userinfo.contains(':')) => {
            Err(RepositoryError::CredentialsInUrl)
        }
        "http" | "https" => Ok(true),
        "ssh" | "file" => Ok(false),
        other => Err(RepositoryError::Scheme(other.to_owned())),
    }
}

/// `host:path` or `user@host:path`, which Git reads as ssh. `name::address` would
/// start a remote helper, and a host with a dash in front an option of ssh.
fn is_scp_like(url: &str) -> bool {
    let Some((login, path)) = url.split_once(':') else {
        return false;
    };
    let host = login.rsplit_once('@').map_or(login, |(_, host)| host);
    !host.is_empty()
        && !host.starts_with('-')
        && !login.contains('/')
        && !path.is_empty()
        && !path.starts_with(':')
}

impl fmt::Display for Repository {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.url)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn credentials() -> Credentials {
        Credentials {
            username: "tidegate".to_owned(),
            password: Secret::new("hunter2"),
        }
    }

    #[test]
    fn urls_and_absolute_paths_are_taken() {
        for url in [
            "https://git.example.com/team/shop.git",
            "http://127.0.0.1:3000/team/shop.git",
            "ssh://git@git.example.com:2222/team/shop.git",
            "git@git.example.com:team/shop.git",
            "file:///srv/git/shop.git",
            "/srv/git/shop.git",
        ] {
            assert_eq!(Repository::new(url, None).unwrap().url(), url);
        }
    }

    #[test]
    fn what_git_would_run_or_read_otherwise_is_refused() {
        for (url, error) in [
            ("", RepositoryError::Empty),
            ("--upload-pack=id", RepositoryError::LeadingDash),
            ("https://a\n/b", RepositoryError::ControlCharacter),
            ("git://example.com/x", RepositoryError::Scheme("git".into())),
            (
                "ext::sh -c id",
                RepositoryError::RelativePath("ext::sh -c id".into()),
            ),
            ("host:", RepositoryError::RelativePath("host:".into())),
            ("-oProxyCommand=id:x", RepositoryError::LeadingDash),
            (
                "a@-oProxyCommand=id:x",
                RepositoryError::RelativePath("a@-oProxyCommand=id:x".into()),
            ),
            ("../shop", RepositoryError::RelativePath("../shop".into())),
        ] {
            assert_eq!(Repository::new(url, None), Err(error), "{url}");
        }
    }

    #[test]
    fn a_password_in_the_url_is_refused_without_repeating_it() {
        for url in [
            "https://me:hunter2@git.example.com/x",
            "https://hunter2@git.example.com/x",
            "ssh://me:hunter2@git.example.com/x",
        ] {
            let error = Repository::new(url, None).unwrap_err();
            assert_eq!(error, RepositoryError::CredentialsInUrl);
            assert!(!error.to_string().contains("hunter2"));
        }
    }

    #[test]
    fn credentials_go_to_http_only_and_stay_out_of_debug_output() {
        assert_eq!(
            Repository::new("/srv/git/shop.git", Some(credentials())),
            Err(RepositoryError::CredentialsNotUsable)
        );
        let repository =
            Repository::new("https://git.example.com/x/y.git", Some(credentials())).unwrap();
        assert_eq!(repository.http_origin(), Some("https://git.example.com/"));
        assert!(!format!("{repository:?}").contains("hunter2"));
    }
}
