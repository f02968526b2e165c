use std::{
    fs::File,
    hash::{BuildHasher, RandomState},
    net::{Ipv4Addr, TcpListener},
    path::Path,
};

/// The ports to choose from: below those that Linux gives to outgoing connections (`ip_local_port_range`, from 32768),
/// so that a server that is stopped for a while finds its port free again.
const FIRST: u16 = 20_000;
const COUNT: u16 = 12_000;

/// A port of the loopback interface that nothing else that this user starts from here takes while this value lives.
#[derive(Debug)]
pub(crate) struct LoopbackPort {
    number: u16,
    /// A locked file: the lock goes when the process ends, whatever ends it.
    _reservation: File,
}

impl LoopbackPort {
    /// Reserves a free port; `folder` holds the reservations of all processes of this user.
    pub(crate) fn reserve(folder: &Path) -> Option<Self> {
        let start = RandomState::new().hash_one(std::process::id());
        (0..u64::from(COUNT)).find_map(|step| {
            let offset = (start % u64::from(COUNT) + step) % u64::from(COUNT);
            Self::reserve_number(folder, FIRST + u16::try_from(offset).ok()?)
        })
    }

    /// Reserves this very port if it is free.
    pub(crate) fn reserve_number(folder: &Path, number: u16) -> Option<Self> {
        let reservation = File::create(folder.join(number.to_string())).ok()?;
        reservation.try_lock().ok()?;
        TcpListener::bind((Ipv4Addr::LOCALHOST, number)).ok()?;
        Some(Self {
            number,
            _reservation: reservation,
        })
    }

    pub(crate) const fn number(&self) -> u16 {
        self.number
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_reserved_port_is_given_once() {
        let folder = tempfile::tempdir().unwrap();
        let first = LoopbackPort::reserve(folder.path()).unwrap();
        assert!(LoopbackPort::reserve_number(folder.path(), first.number()).is_none());
        let second = LoopbackPort::reserve(folder.path()).unwrap();
        assert_ne!(first.number(), second.number());
    }

    #[test]
    fn a_port_in_use_is_not_given() {
        let folder = tempfile::tempdir().unwrap();
        let server = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
        let number = server.local_addr().unwrap().port();
        assert!(LoopbackPort::reserve_number(folder.path(), number).is_none());
    }
}
