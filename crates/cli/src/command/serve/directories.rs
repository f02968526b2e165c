//! Where files are kept (XDG Base Directory Specification).

use std::ffi::OsString;
use std::path::{Path, PathBuf};

use crate::exit::Exit;
use crate::failure::Explain;

/// There is no home folder to keep files in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("there is no folder to keep data in: neither XDG_DATA_HOME nor HOME is set")]
pub(crate) struct NoFolder;

impl Explain for NoFolder {
    fn exit(&self) -> Exit {
        Exit::WrongInput
    }

    fn hint(&self) -> Option<String> {
        Some("give --data and --ledger, or TIDEGATE_DATA and TIDEGATE_LEDGER".to_owned())
    }
}

/// Tidegate's folder among this user's data.
pub(crate) fn data() -> Result<PathBuf, NoFolder> {
    data_of(|name| std::env::var_os(name))
}

/// The ledger in a data folder.
pub(crate) fn ledger(data: &Path) -> PathBuf {
    data.join("ledger.sqlite")
}

/// A relative `XDG_DATA_HOME` does not count.
fn data_of(variable: impl Fn(&str) -> Option<OsString>) -> Result<PathBuf, NoFolder> {
    let absolute = |name| {
        variable(name)
            .map(PathBuf::from)
            .filter(|path| path.is_absolute())
    };
    absolute("XDG_DATA_HOME")
        .or_else(|| absolute("HOME").map(|home| home.join(".local/share")))
        .map(|base| base.join("tidegate"))
        .ok_or(NoFolder)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn with(variables: &[(&str, &str)]) -> Result<PathBuf, NoFolder> {
        data_of(|name| {
            let found = variables.iter().find(|(known, _)| *known == name);
            found.map(|(_, value)| OsString::from(value))
        })
    }

    #[test]
    fn data_is_where_the_desktop_keeps_it() {
        let expected = PathBuf::from("/home/lea/.local/share/tidegate");
        assert_eq!(with(&[("HOME", "/home/lea")]), Ok(expected.clone()));
        assert_eq!(
            with(&[("HOME", "/home/lea"), ("XDG_DATA_HOME", "data")]),
            Ok(expected)
        );
        let elsewhere = with(&[("HOME", "/home/lea"), ("XDG_DATA_HOME", "/data")]);
        assert_eq!(elsewhere, Ok(PathBuf::from("/data/tidegate")));
        assert_eq!(with(&[]), Err(NoFolder));
    }
}
